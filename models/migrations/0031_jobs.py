"""The queue: priorities by task, one waiting job of a key, schedules, reasons of failed attempts.  Jobs of people: cancellation
and batches.
"""

QUEUE = """
-- The tasks that workers know: each worker registers those of its release.
create table queue_tasks (
    name text primary key,
    priority integer not null,
    registered_at timestamptz not null
);
-- Each tick that a schedule was run for, so that several workers, or a clock that jumps, run it once.
create table queue_ticks (
    schedule text not null,
    tick timestamptz not null,
    next_tick timestamptz not null,
    primary key (schedule, tick)
);
-- Why the latest attempt at a job failed that will be retried.
create table queue_failures (
    job_id bigint primary key,
    attempts integer not null,
    reason text not null,
    failed_at timestamptz not null
);
"""

# The server may not read the queue.  It enqueues by this function, which tells it the ID of a job and nothing else.
ENQUEUE = """
create function remit_enqueue(queue text, task text, arguments jsonb, given_priority integer, serial_key text,
    waiting_key text, start_at timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    job bigint;
begin
    loop
        insert into procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        values (queue, task, coalesce(given_priority, (select priority from queue_tasks where name = task), 0), serial_key,
            waiting_key, arguments, start_at)
        on conflict (queueing_lock) where status = 'todo' do nothing
        returning id into job;
        exit when job is not null;
        -- No worker takes the waiting job before this transaction ends: workers skip rows that are locked.
        select id into job from procrastinate_jobs where queueing_lock = waiting_key and status = 'todo' for key share;
        if found then
            update procrastinate_jobs set scheduled_at = start_at
            where id = job and scheduled_at > coalesce(start_at, now());
            exit;
        end if;
    end loop;
    return job;
end $$;
"""

JOBS = """
alter table jobs drop constraint {status}, add constraint jobs_status_check
    check (status in ('waiting', 'running', 'succeeded', 'failed', 'cancelled'));
alter table jobs
    add column can_be_cancelled boolean not null default true,
    -- How far a job is that works in batches.
    add column cursor jsonb,
    add column done bigint not null default 0,
    add column total bigint;
update jobs set can_be_cancelled = false where kind = 'task_release';
"""
STATUS = """
select conname from pg_constraint where conrelid = 'jobs'::regclass and contype = 'c'
    and pg_get_constraintdef(oid) ~ 'waiting.*running'
"""
GRANTS = """
do $$ begin
    if exists (select from pg_roles where rolname = 'remit_app') then
        revoke all on queue_tasks, queue_ticks, queue_failures from remit_app;
    end if;
end $$;
"""

DOWN = """
update jobs set status = 'failed', message = 'Cancelled.' where status = 'cancelled';
alter table jobs drop constraint jobs_status_check, add constraint jobs_status_check
    check (status in ('waiting', 'running', 'succeeded', 'failed'));
alter table jobs drop column can_be_cancelled, drop column cursor, drop column done, drop column total;
drop function remit_enqueue(text, text, jsonb, integer, text, text, timestamptz);
drop table queue_failures, queue_ticks, queue_tasks;
"""


def up(migrator, db):
    for sql in (QUEUE, ENQUEUE):
        db.execute_sql(sql)
    ((status,),) = db.execute_sql(STATUS).fetchall()
    db.execute_sql(JOBS.format(status=status))
    db.execute_sql(GRANTS)


def down(migrator, db):
    db.execute_sql(DOWN)
