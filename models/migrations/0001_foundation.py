"""The first tables: people, organizations, projects, tasks, and the log of what happened to them."""

UP = """
create table users (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    email text not null check (email = lower(email)),
    name text not null,
    password_hash text not null,
    time_zone text not null,
    locale text not null,
    rate_class text not null
);
create unique index users_email on users (email);

create table sessions (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    user_id uuid not null references users (id) on delete cascade,
    refresh_digest text not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index sessions_user on sessions (user_id);
create unique index sessions_refresh on sessions (refresh_digest);

create table api_keys (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    user_id uuid not null references users (id) on delete cascade,
    name text not null,
    prefix text not null,
    digest text not null,
    scopes text[] not null,
    expires_at timestamptz,
    revoked_at timestamptz
);
create index api_keys_user on api_keys (user_id, created_at, id) where revoked_at is null;
create unique index api_keys_digest on api_keys (digest);

create table organizations (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    name text not null,
    description text
);

create table members (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    role text not null check (role in ('guest', 'member', 'admin', 'owner')),
    unique (organization_id, user_id)
);
create index members_user on members (user_id);
create index members_newest on members (organization_id, created_at, id);

create table projects (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    key text not null check (key ~ '^[A-Z][A-Z0-9]{1,9}$'),
    name text not null,
    description text,
    status text not null check (status in ('active', 'archived')),
    last_number bigint not null,
    created_by_id uuid not null references users (id) on delete restrict,
    unique (organization_id, key),
    unique (id, organization_id)
);
create index projects_newest on projects (organization_id, created_at, id);

create table tasks (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    project_id uuid not null,
    number bigint not null,
    key text not null,
    title text not null,
    description text,
    status text not null check (status in ('todo', 'in_progress', 'in_review', 'done', 'cancelled')),
    priority text not null check (priority in ('none', 'low', 'medium', 'high', 'urgent')),
    starts_on date,
    due_on date check (due_on >= starts_on),
    completed_at timestamptz check ((completed_at is not null) = (status = 'done')),
    created_by_id uuid not null references users (id) on delete restrict,
    priority_rank smallint generated always as (
        array_position(array['none', 'low', 'medium', 'high', 'urgent'], priority)::smallint) stored,
    search tsvector generated always as (
        setweight(to_tsvector('english', key || ' ' || title), 'A')
        || setweight(to_tsvector('english', coalesce(description, '')), 'B')) stored,
    -- A task belongs to a project of its own organization, whatever the code above does.
    foreign key (project_id, organization_id) references projects (id, organization_id) on delete restrict,
    unique (project_id, number),
    unique (id, organization_id)
);
create index tasks_created on tasks (organization_id, created_at, id);
create index tasks_updated on tasks (organization_id, updated_at, id);
create index tasks_priority on tasks (organization_id, priority_rank, id);
create index tasks_due on tasks (organization_id, (coalesce(due_on, date '9999-12-31')), id);
create index tasks_due_last on tasks (organization_id, (coalesce(due_on, date '0001-01-01')), id);
create index tasks_status on tasks (organization_id, status, created_at, id);
create index tasks_project on tasks (project_id, created_at, id);
create index tasks_project_status on tasks (project_id, status, created_at, id);
create index tasks_search on tasks using gin (search);

create table assignments (
    task_id uuid not null,
    user_id uuid not null references users (id) on delete restrict,
    organization_id uuid not null,
    primary key (task_id, user_id),
    foreign key (task_id, organization_id) references tasks (id, organization_id) on delete cascade,
    -- Only members are assigned; who leaves is taken off the tasks first.
    foreign key (organization_id, user_id) references members (organization_id, user_id) on delete restrict
);
create index assignments_user on assignments (organization_id, user_id, task_id);

create table streams (
    id uuid primary key,
    last_sequence bigint not null
);

create table events (
    id uuid primary key,
    stream_id uuid not null,
    organization_id uuid,
    sequence bigint not null,
    event_type text not null,
    occurred_at timestamptz not null,
    actor_id uuid,
    request_id text not null,
    subject_type text not null,
    subject_id uuid not null,
    subject_version bigint not null,
    changes jsonb not null,
    snapshot jsonb not null,
    unique (stream_id, sequence)
);
create index events_subject on events (stream_id, subject_id, sequence);
create index events_actor on events (stream_id, actor_id, sequence);
create index events_type on events (stream_id, event_type, sequence);

create table idempotency (
    owner_id uuid not null,
    key text not null,
    fingerprint text not null,
    status integer,
    headers jsonb,
    body bytea,
    created_at timestamptz not null,
    primary key (owner_id, key)
);
create index idempotency_created on idempotency (created_at);

create unlogged table counters (
    key text primary key,
    hits bigint not null,
    expires_at timestamptz not null
);
create index counters_expires on counters (expires_at);
"""

TABLES = "counters, idempotency, events, streams, assignments, tasks, projects, members, organizations, api_keys, sessions, users"


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(f"drop table {TABLES}")
