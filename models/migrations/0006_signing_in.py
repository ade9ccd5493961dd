"""Signing in: guesses that were in vain, the places that people are known at, and their second factors."""

UP = """
-- Logged, unlike the counters of rate limits: who waits still waits after a crash.
create table attempts (
    key text primary key,
    failures integer not null check (failures >= 0),
    failed_at timestamptz,
    locked_until timestamptz
);
create index attempts_failed on attempts (failed_at);

create table known_places (
    user_id uuid not null references users (id) on delete cascade,
    place text not null,
    seen_at timestamptz not null,
    primary key (user_id, place)
);
create index known_places_seen on known_places (seen_at);

create table two_factors (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    user_id uuid not null unique references users (id) on delete cascade,
    secret text,
    turned_on_at timestamptz,
    last_step bigint,
    recovery_codes_made_at timestamptz,
    check (id = user_id),
    check (turned_on_at is null or secret is not null)
);

create table recovery_codes (
    two_factor_id uuid not null references two_factors (id) on delete cascade,
    digest text not null,
    used_at timestamptz,
    primary key (two_factor_id, digest)
);

alter table organizations add column requires_two_factor boolean not null default false;
"""
# What a process keeps of what a person may do is stale when an organization requires a second factor, or the person has one.
# `users.access_version` comes with a later migration; nothing changes in between.
TRIGGERS = """
create function remit_two_factor_required() returns trigger language plpgsql as $$
begin
    perform 1 from users where id in (select user_id from members where organization_id = new.id) order by id for no key update;
    update users set access_version = access_version + 1
    where id in (select user_id from members where organization_id = new.id);
    return null;
end $$;
create function remit_two_factor_changed() returns trigger language plpgsql as $$
begin
    update users set access_version = access_version + 1 where id = coalesce(new.id, old.id);
    return null;
end $$;
create trigger organizations_two_factor after update of requires_two_factor on organizations
    for each row when (old.requires_two_factor is distinct from new.requires_two_factor)
    execute function remit_two_factor_required();
create trigger two_factors_access after insert or delete or update of turned_on_at on two_factors
    for each row execute function remit_two_factor_changed();
"""
DOWN = """
drop trigger organizations_two_factor on organizations;
alter table organizations drop column requires_two_factor;
drop table recovery_codes, two_factors, known_places, attempts;
drop function remit_two_factor_required(), remit_two_factor_changed();
"""


def up(migrator, db):
    db.execute_sql(UP)
    db.execute_sql(TRIGGERS)


def down(migrator, db):
    db.execute_sql(DOWN)
