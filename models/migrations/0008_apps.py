"""The apps of partners, what people agreed to, what came of it, and accounts that are of no person."""

UP = """

create table apps (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    name text not null,
    homepage text,
    client_type text not null check (client_type in ('public', 'confidential')),
    redirect_uris text[] not null,
    scopes text[] not null,
    grant_types text[] not null,
    status text not null check (status in ('active', 'disabled')),
    service_user_id uuid references users (id) on delete set null,
    secret_prefix text,
    secret_digest text,
    former_secret_digest text,
    former_secret_ends_at timestamptz,
    created_by_id uuid not null references users (id) on delete restrict,
    check ((client_type = 'confidential') = (secret_digest is not null)),
    check ((secret_prefix is null) = (secret_digest is null)),
    check ((former_secret_ends_at is null) = (former_secret_digest is null)),
    check (client_type = 'confidential' or former_secret_digest is null),
    -- An app acts for itself only if it can prove to be itself, and asks people only if it can be told what they say.
    check (client_type = 'confidential' or not 'client_credentials' = any (grant_types)),
    check (cardinality(redirect_uris) > 0 or not 'authorization_code' = any (grant_types))
);
create index apps_newest on apps (organization_id, created_at, id);
create index apps_service on apps (service_user_id);

create table consents (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    user_id uuid not null references users (id) on delete cascade,
    app_id uuid not null references apps (id) on delete cascade,
    scopes text[] not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create unique index consents_open on consents (user_id, app_id) where revoked_at is null;
create index consents_newest on consents (user_id, created_at, id) where revoked_at is null;
create index consents_app on consents (app_id);

create table authorizations (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    app_id uuid not null references apps (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    consent_id uuid references consents (id) on delete cascade,
    scopes text[] not null,
    expires_at timestamptz not null,
    code_digest text,
    code_expires_at timestamptz check (code_expires_at <= created_at + interval '60 seconds'),
    redirect_uri text,
    code_challenge text,
    authenticated_at timestamptz,
    nonce text,
    redeemed_at timestamptz,
    refreshed_at timestamptz,
    revoked_at timestamptz,
    -- Either somebody agreed and there was a code, or the app acts for itself.
    check (num_nulls(consent_id, code_digest, code_expires_at, redirect_uri, code_challenge, authenticated_at) in (0, 6))
);
create unique index authorizations_code on authorizations (code_digest);
create index authorizations_user on authorizations (user_id);
create index authorizations_app on authorizations (app_id);
create index authorizations_consent on authorizations (consent_id);
create index authorizations_ended on authorizations (expires_at);

create table oauth_tokens (
    id uuid primary key,
    authorization_id uuid not null references authorizations (id) on delete cascade,
    purpose text not null check (purpose in ('access', 'refresh')),
    digest text not null,
    scopes text[] not null,
    epoch bigint not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz check (used_at is null or purpose = 'refresh')
);
create unique index oauth_tokens_digest on oauth_tokens (digest);
create index oauth_tokens_authorization on oauth_tokens (authorization_id);

-- What people are told of who answers for an app, though they are no members there: the name, and nothing else.
create function remit_organization_name(uuid) returns text language sql stable set remit.places = '*' as
    'select name from organizations where id = $1';
"""
DOWN = """
drop function remit_organization_name(uuid);
drop table oauth_tokens, authorizations, consents, apps;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
