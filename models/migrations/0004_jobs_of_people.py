"""Long work whose progress a person can read, and the jobs of the queue that were given up."""

UP = """
create table jobs (
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    kind text not null,
    status text not null check (status in ('waiting', 'running', 'succeeded', 'failed')),
    progress integer not null check (progress between 0 and 100),
    message text,
    result_name text check (result_name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
    result_bytes bigint,
    result_file text,
    expires_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null,
    -- A result is whole, and of what succeeded.
    check (num_nonnulls(result_name, result_bytes, expires_at) in (0, 3)),
    check (status = 'succeeded' or result_name is null),
    check (result_file is null or result_name is not null)
);
create index jobs_newest on jobs (user_id, created_at, id);
create index jobs_results on jobs (expires_at) where result_file is not null;

create table dead_letters (
    job_id bigint primary key,
    name text not null,
    attempts integer not null,
    reason text not null,
    failed_at timestamptz not null
);
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql("drop table dead_letters, jobs")
