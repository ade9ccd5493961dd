"""Signing keys, what cuts access tokens off, where sessions and API keys were used, and the seal of the security log."""

UP = """
create table signing_keys (
    kid text primary key,
    algorithm text not null check (algorithm in ('Ed25519', 'RS256')),
    number bigint not null,
    created_at timestamptz not null,
    signs_at timestamptz not null,
    private_part bytea not null,
    -- Of several processes that make the next key at once, one does.
    unique (algorithm, number)
);

alter table users
    add column token_epoch bigint not null default 0,
    add column disabled_at timestamptz;

alter table sessions
    add column address text not null default '',
    add column agent text not null default '',
    add column last_used_at timestamptz,
    add column previous_digest text,
    add column refreshed_at timestamptz,
    add column refreshed_by text;
update sessions set last_used_at = updated_at;
alter table sessions alter column last_used_at set not null;
create index sessions_open on sessions (user_id, created_at, id) where ended_at is null;

alter table api_keys
    add column last_used_at timestamptz,
    add column last_used_address text,
    add column secret_used_at timestamptz,
    add column previous_digest text,
    add column overlap_ends_at timestamptz,
    add check ((previous_digest is null) = (overlap_ends_at is null));
create unique index api_keys_previous on api_keys (previous_digest);

alter table security_chains rename column last_hash to seal;
create index security_entries_time on security_entries (chain_id, occurred_at);
"""

DOWN = """
drop index security_entries_time;
alter table security_chains rename column seal to last_hash;
alter table api_keys
    drop column last_used_at, drop column last_used_address, drop column secret_used_at,
    drop column previous_digest, drop column overlap_ends_at;
drop index sessions_open;
alter table sessions
    drop column address, drop column agent, drop column last_used_at,
    drop column previous_digest, drop column refreshed_at, drop column refreshed_by;
alter table users drop column token_epoch, drop column disabled_at;
drop table signing_keys;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
