"""The queue of background jobs, and the mails that they send."""

from pathlib import Path

MAILS = """
create table mails (
    id uuid primary key,
    created_at timestamptz not null,
    recipient text not null,
    template text not null,
    locale text not null,
    facts jsonb,
    status text not null check (status in ('waiting', 'sent', 'failed')),
    attempts integer not null,
    settled_at timestamptz,
    failure text,
    -- What was sent, or will never be, keeps no secret: a link in it opens an account.
    check (status = 'waiting' or facts is null)
);
create index mails_newest on mails (created_at, id);
"""
DROP_QUEUE = """
drop table procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers cascade;
do $$ declare one regprocedure; begin
    for one in select oid::regprocedure from pg_proc where proname like 'procrastinate\\_%%' loop
        execute 'drop function ' || one;
    end loop;
end $$;
drop type procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type;
"""


def up(migrator, db):
    queue = (Path(__file__).parent / "procrastinate_3_10.sql").read_text("utf-8")
    db.execute_sql(queue.replace("%", "%%"))
    db.execute_sql(MAILS)


def down(migrator, db):
    db.execute_sql("drop table mails")
    db.execute_sql(DROP_QUEUE)
