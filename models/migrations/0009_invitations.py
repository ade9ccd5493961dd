"""Invitations, and programs that act for an organization: service accounts, their keys and certificates."""

UP = """
alter table users
    add column kind text not null default 'person' check (kind in ('person', 'service')),
    -- Nobody logs in as a program.
    add constraint users_programs check (kind = 'person' or (email is null and password_hash is null));

create table invitations (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    email text not null check (email = lower(email)),
    role text not null check (role in ('collaborator', 'guest', 'member', 'admin', 'owner')),
    team_ids uuid[] not null default '{}',
    inviter_id uuid not null references users (id) on delete cascade,
    inviter_role text not null check (inviter_role in ('collaborator', 'guest', 'member', 'admin', 'owner')),
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

create table service_accounts (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    user_id uuid not null references users (id) on delete restrict check (user_id = id),
    organization_id uuid not null references organizations (id) on delete cascade,
    description text,
    created_by_id uuid references users (id) on delete set null
);
create unique index service_accounts_user on service_accounts (user_id);
create index service_accounts_newest on service_accounts (organization_id, created_at, id);
create index service_accounts_creator on service_accounts (created_by_id);

create table service_keys (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    service_account_id uuid not null references service_accounts (id) on delete cascade,
    name text not null,
    scopes text[],
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    last_used_address text,
    kid text not null,
    algorithm text not null check (algorithm in ('Ed25519', 'ES256', 'RS256')),
    jwk jsonb not null
);
create unique index service_keys_kid on service_keys (service_account_id, kid) where revoked_at is null;
create index service_keys_newest on service_keys (service_account_id, created_at, id);
create index service_keys_organization on service_keys (organization_id);

create table service_certificates (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    service_account_id uuid not null references service_accounts (id) on delete cascade,
    name text not null,
    scopes text[],
    expires_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz,
    last_used_address text,
    fingerprint text not null check (fingerprint ~ '^[0-9a-f]{64}$'),
    subject text not null
);
create unique index service_certificates_fingerprint
    on service_certificates (service_account_id, fingerprint) where revoked_at is null;
create index service_certificates_newest on service_certificates (service_account_id, created_at, id);
create index service_certificates_organization on service_certificates (organization_id);

-- A service token is good once: whoever is second finds its id here.
create table service_token_uses (
    service_account_id uuid not null references service_accounts (id) on delete cascade,
    jti text not null,
    nonce text not null,
    expires_at timestamptz not null,
    primary key (service_account_id, jti)
);
create index service_token_uses_expires on service_token_uses (expires_at);

-- What is asked before it is known who asks, or by who belongs to no organization yet, from behind the wall: exactly what
-- matches a secret, or an address that was verified.
create function remit_inviting(address text, token_digest text) returns setof uuid
language sql stable set "remit.places" = '*' as $$
    select distinct organization_id from invitations where outcome is null and (email = address or digest = token_digest)
$$;
create function remit_service_key(account uuid, thumbprint text) returns setof service_keys
language sql stable set "remit.places" = '*' as $$
    select * from service_keys where service_account_id = account and kid = thumbprint and revoked_at is null
$$;
create function remit_service_certificate(account uuid, told text) returns setof service_certificates
language sql stable set "remit.places" = '*' as $$
    select * from service_certificates where service_account_id = account and fingerprint = told and revoked_at is null
$$;
"""
DOWN = """
drop function remit_inviting(text, text), remit_service_key(uuid, text), remit_service_certificate(uuid, text);
drop table service_token_uses, service_certificates, service_keys, service_accounts, invitations;
alter table users drop constraint users_programs, drop column kind;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
