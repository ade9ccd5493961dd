"""Signing in with a provider: identities that open accounts, and the ways to a provider that somebody is on."""

UP = """
create table identities (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    user_id uuid not null references users (id) on delete cascade,
    provider text not null check (provider in ('google', 'github')),
    subject text not null check (length(subject) between 1 and 255),
    email text,
    last_used_at timestamptz,
    -- An identity opens one account.
    unique (provider, subject)
);
create index identities_newest on identities (user_id, created_at, id);

create table identity_authorizations (
    id uuid primary key,
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at <= created_at + interval '20 minutes'),
    provider text not null check (provider in ('google', 'github')),
    return_to text not null,
    state_digest text not null unique,
    handoff_digest text not null,
    nonce_digest text not null,
    verifier text not null,
    claims text
);
create index identity_authorizations_expiring on identity_authorizations (expires_at);
"""
DOWN = """
drop table identity_authorizations, identities;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
