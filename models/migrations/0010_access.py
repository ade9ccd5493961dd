"""Who may: teams, custom roles, grants, the audit of permission checks, and row-level security as the second wall."""

TABLES = """
alter table users
    -- Raised by the triggers below whenever what the person may do has changed: what a process keeps of it is then stale.
    add column access_version bigint not null default 0,
    -- The organizations that the person belongs to, kept by the trigger of members.
    add column places uuid[] not null default '{}';
update users set places = (
    select coalesce(array_agg(m.organization_id order by m.organization_id), '{}') from members m where m.user_id = users.id);

alter table members drop constraint members_role_check;
alter table members add constraint members_role_check
    check (role in ('collaborator', 'guest', 'member', 'admin', 'owner'));
alter table organizations add column permission_audit text not null default 'off'
    check (permission_audit in ('off', 'refusals', 'all'));

create table teams (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    name text not null,
    description text,
    unique (id, organization_id)
);
create unique index teams_name on teams (organization_id, lower(name));
create index teams_newest on teams (organization_id, created_at, id);

create table team_members (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    team_id uuid not null,
    user_id uuid not null references users (id) on delete restrict,
    role text not null check (role in ('member', 'maintainer')),
    unique (team_id, user_id),
    foreign key (team_id, organization_id) references teams (id, organization_id) on delete restrict,
    -- Only members are in teams; who leaves is taken out first.
    foreign key (organization_id, user_id) references members (organization_id, user_id) on delete restrict
);
create index team_members_user on team_members (user_id, organization_id);
create index team_members_newest on team_members (team_id, created_at, id);

create table roles (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    key text not null check (key ~ '^[a-z][a-z0-9_]{1,39}$'
        and key not in ('collaborator', 'guest', 'member', 'admin', 'owner')),
    name text not null,
    description text,
    includes text check (includes in ('collaborator', 'guest', 'member', 'admin')),
    permissions text[] not null,
    unique (organization_id, key),
    unique (id, organization_id)
);
create index roles_newest on roles (organization_id, created_at, id);

create table grants (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    user_id uuid references users (id) on delete restrict,
    team_id uuid,
    role text not null,
    role_id uuid,
    project_id uuid,
    task_id uuid,
    own_only boolean not null,
    while_active boolean not null,
    address_ranges text[] not null,
    expires_at timestamptz,
    created_by_id uuid not null references users (id) on delete restrict,
    check (num_nonnulls(user_id, team_id) = 1),
    check (num_nonnulls(project_id, task_id) <= 1),
    check ((role_id is null) = (role in ('collaborator', 'guest', 'member', 'admin'))),
    foreign key (organization_id, user_id) references members (organization_id, user_id) on delete restrict,
    foreign key (team_id, organization_id) references teams (id, organization_id) on delete restrict,
    foreign key (role_id, organization_id) references roles (id, organization_id) on delete restrict,
    foreign key (project_id, organization_id) references projects (id, organization_id) on delete restrict,
    foreign key (task_id, organization_id) references tasks (id, organization_id) on delete restrict
);
create unique index grants_once on grants (
    organization_id, coalesce(user_id, team_id), role, coalesce(project_id, task_id, organization_id));
create index grants_newest on grants (organization_id, created_at, id);
create index grants_user on grants (user_id);
create index grants_team on grants (team_id);
create index grants_role on grants (role_id);
create index grants_project on grants (project_id);
create index grants_task on grants (task_id);

create table permission_checks (
    id uuid primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    occurred_at timestamptz not null,
    user_id uuid not null,
    permission text not null,
    subject_type text not null,
    subject_id uuid not null,
    is_allowed boolean not null,
    reason text not null,
    request_id text not null,
    address text not null
);
create index permission_checks_newest on permission_checks (organization_id, occurred_at, id);
create index permission_checks_user on permission_checks (organization_id, user_id, occurred_at, id);
"""

TRIGGERS = """
create function remit_raise_access(ids uuid[]) returns void language plpgsql as $$
begin
    -- In one order everywhere, so that nobody waits in a circle.
    perform 1 from users where id = any (ids) order by id for no key update;
    update users set access_version = access_version + 1 where id = any (ids);
end $$;

create function remit_members_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        update users set access_version = access_version + 1, places = array_remove(places, old.organization_id)
        where id = old.user_id;
    elsif tg_op = 'INSERT' then
        update users set access_version = access_version + 1,
            places = array_append(array_remove(places, new.organization_id), new.organization_id)
        where id = new.user_id;
    else
        perform remit_raise_access(array[new.user_id]);
    end if;
    return null;
end $$;

create function remit_team_members_changed() returns trigger language plpgsql as $$
begin
    perform remit_raise_access(array_remove(array[old.user_id, new.user_id], null));
    return null;
end $$;

create function remit_grants_changed() returns trigger language plpgsql as $$
begin
    perform remit_raise_access(array(
        select distinct one from (values (old.user_id), (new.user_id)) direct(one) where one is not null
        union select user_id from team_members where team_id in (old.team_id, new.team_id)));
    return null;
end $$;

create function remit_roles_changed() returns trigger language plpgsql as $$
begin
    perform remit_raise_access(array(
        select user_id from grants where role_id = new.id and user_id is not null
        union select m.user_id from grants g join team_members m on m.team_id = g.team_id where g.role_id = new.id));
    return null;
end $$;

create function remit_organizations_changed() returns trigger language plpgsql as $$
begin
    perform remit_raise_access(array(select user_id from members where organization_id = new.id));
    return null;
end $$;

create trigger members_access after insert or update or delete on members
    for each row execute function remit_members_changed();
create trigger team_members_access after insert or update or delete on team_members
    for each row execute function remit_team_members_changed();
create trigger grants_access after insert or update or delete on grants
    for each row execute function remit_grants_changed();
create trigger roles_access after update on roles
    for each row execute function remit_roles_changed();
create trigger organizations_access after update of permission_audit on organizations
    for each row when (old.permission_audit is distinct from new.permission_audit)
    execute function remit_organizations_changed();
"""

# The second wall: whatever a query of ours forgets, a connection of the server sees the rows of the caller's organizations
# alone.  `remit.places` is set by the statement that finds out who asks; '*' is the work of the house itself.
WALL = """
create function remit_places() returns uuid[] language sql stable as $$
    select case when told in ('', '*') then '{}'::uuid[] else told::uuid[] end
    from (select coalesce(current_setting('remit.places', true), '')) as setting(told)
$$;
create function remit_is_open() returns boolean language sql stable as $$
    select coalesce(current_setting('remit.places', true), '') = '*'
$$;
"""
WALLED = {
    "organizations": "id",
    "members": "organization_id",
    "projects": "organization_id",
    "tasks": "organization_id",
    "assignments": "organization_id",
    "teams": "organization_id",
    "team_members": "organization_id",
    "roles": "organization_id",
    "grants": "organization_id",
    "permission_checks": "organization_id",
    "invitations": "organization_id",
    "service_accounts": "organization_id",
    "service_keys": "organization_id",
    "service_certificates": "organization_id",
    "events": "organization_id",
}
# What happens to accounts is of no organization.
BESIDE = {"events": " or organization_id is null"}
POLICY = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy wall on {table}
    using ((select remit_is_open()) or {column} = any ((select remit_places())::uuid[]){beside})
"""

# Who serves is not who owns: a superuser, as of the embedded database, is held by no wall.
ROLE = """
do $$ begin
    if not exists (select from pg_roles where rolname = 'remit_app') then
        create role remit_app nologin;
    end if;
exception when insufficient_privilege or duplicate_object or unique_violation then null;
end $$;
do $$ begin
    if exists (select from pg_roles where rolname = 'remit_app') then
        grant usage on schema public to remit_app;
        grant select, insert, update, delete on all tables in schema public to remit_app;
        grant usage on all sequences in schema public to remit_app;
        alter default privileges in schema public grant select, insert, update, delete on tables to remit_app;
        alter default privileges in schema public grant usage on sequences to remit_app;
    end if;
end $$;
-- The words of a search are compared before the wall only if that is known to tell nothing: it raises no error that depends
-- on the row.  Without it, an index of words is of no use behind a wall.  A superuser alone may say so.
do $$ begin
    alter function ts_match_vq(tsvector, tsquery) leakproof;
exception when insufficient_privilege then null;
end $$;
"""

DOWN = """
drop trigger members_access on members;
drop trigger organizations_access on organizations;
drop table permission_checks, grants, roles, team_members, teams;
drop function remit_members_changed(), remit_team_members_changed(), remit_grants_changed(), remit_roles_changed(),
    remit_organizations_changed(), remit_raise_access(uuid[]);
drop function remit_places(), remit_is_open();
alter table organizations drop column permission_audit;
update members set role = 'guest' where role = 'collaborator';
alter table members drop constraint members_role_check;
alter table members add constraint members_role_check check (role in ('guest', 'member', 'admin', 'owner'));
alter table users drop column access_version, drop column places;
do $$ begin
    if exists (select from pg_roles where rolname = 'remit_app') then
        alter default privileges in schema public revoke select, insert, update, delete on tables from remit_app;
        alter default privileges in schema public revoke usage on sequences from remit_app;
        revoke all on all tables in schema public from remit_app;
        revoke all on all sequences in schema public from remit_app;
        revoke usage on schema public from remit_app;
    end if;
end $$;
do $$ begin
    alter function ts_match_vq(tsvector, tsquery) not leakproof;
exception when insufficient_privilege then null;
end $$;
"""


def up(migrator, db):
    db.execute_sql(TABLES)
    db.execute_sql(TRIGGERS)
    db.execute_sql(WALL)
    for table, column in WALLED.items():
        db.execute_sql(POLICY.format(table=table, column=column, beside=BESIDE.get(table, "")))
    db.execute_sql(ROLE)


def down(migrator, db):
    there = {
        name
        for (name,) in db.execute_sql(
            "select tablename from pg_policies where policyname = 'wall'"
        ).fetchall()
    }
    for table in WALLED.keys() & there:
        db.execute_sql(f"drop policy wall on {table}")
        db.execute_sql(f"alter table {table} no force row level security")
        db.execute_sql(f"alter table {table} disable row level security")
    db.execute_sql(DOWN)
