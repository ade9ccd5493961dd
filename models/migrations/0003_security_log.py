"""The security log: chains of entries, of accounts and of organizations."""

UP = """
create table security_chains (
    id uuid primary key,
    last_sequence bigint not null,
    last_hash text not null
);

create table security_entries (
    id uuid primary key,
    chain_id uuid not null,
    sequence bigint not null,
    kind text not null,
    outcome text not null check (outcome in ('success', 'failure')),
    occurred_at timestamptz not null,
    organization_id uuid,
    user_id uuid,
    actor_id uuid,
    request_id text not null,
    personal jsonb,
    salt text,
    commitment text not null,
    hash text not null,
    unique (chain_id, sequence)
);
create index security_entries_kind on security_entries (chain_id, kind, sequence);
create index security_entries_user on security_entries (user_id, chain_id, sequence);
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql("drop table security_entries, security_chains")
