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
DOWN = """
alter table organizations drop column requires_two_factor;
drop table recovery_codes, two_factors, known_places, attempts;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
