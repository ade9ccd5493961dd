"""Invitations, and programs that act for an organization: service accounts, their keys and certificates."""

UP = """
alter table users
    add column if not exists kind text not null default 'person' check (kind in ('person', 'service')),
    add column if not exists disabled_at timestamptz,
    alter column email drop not null,
    alter column password_hash drop not null;

create table invitations (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    email text not null check (email = lower(email)),
    role text not null check (role in ('guest', 'member', 'admin', 'owner')),
    inviter_id uuid not null references users (id) on delete cascade,
    inviter_role text not null check (inviter_role in ('guest', 'member', 'admin', 'owner')),
    digest text not null,
    deliveries integer not null,
    delivered_at timestamptz not null,
    expires_at timestamptz not null check (expires_at <= delivered_at + interval '7 days'),
    outcome text check (outcome in ('accepted', 'declined', 'withdrawn', 'expired'))
);
create unique index invitations_digest on invitations (digest);
-- Of two who invite one person at the same moment, one does.
create unique index invitations_open on invitations (organization_id, email) where outcome is null;
create index invitations_newest on invitations (organization_id, created_at, id);
create index invitations_address on invitations (email, created_at, id) where outcome is null;
create index invitations_inviter on invitations (inviter_id);
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    # What is left of the columns of users belongs to the migrations before, which have added it wherever they were run.
    db.execute_sql("drop table invitations")
