"""Accounts whose address is verified, by tokens that are mailed; how often such mails may be asked for."""

UP = """
alter table users
    alter column email drop not null,
    alter column password_hash drop not null,
    add column verified_at timestamptz,
    -- Who logs in with a password is known by an address.
    add check (password_hash is null or email is not null);
-- Who is registered could log in so far, and stays able to.
update users set verified_at = created_at;
create index users_unverified on users (created_at) where verified_at is null;

create table email_tokens (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    user_id uuid not null references users (id) on delete cascade,
    purpose text not null check (purpose in ('verify_email', 'reset_password', 'verify_new_email')),
    email text not null check (email = lower(email)),
    digest text not null,
    expires_at timestamptz not null check (expires_at <= created_at + interval '24 hours'),
    ended_at timestamptz,
    check (purpose <> 'reset_password' or expires_at <= created_at + interval '1 hour')
);
create unique index email_tokens_digest on email_tokens (digest);
-- A new one ends the one before, whatever the code above does.
create unique index email_tokens_open on email_tokens (user_id, purpose) where ended_at is null;
create index email_tokens_user on email_tokens (user_id);
create index email_tokens_expiring on email_tokens (expires_at);

create table mail_requests (
    purpose text not null,
    who text not null,
    begun_at timestamptz not null,
    asked integer not null,
    primary key (purpose, who)
);
create index mail_requests_begun on mail_requests (begun_at);
"""
DOWN = """
drop table mail_requests, email_tokens;
drop index users_unverified;
-- The tables of before know nobody without an address or a password: these can be nobody's.
update users set email = id || '@nobody.invalid' where email is null;
update users set password_hash = '!' where password_hash is null;
alter table users
    drop constraint users_check,
    drop column verified_at,
    alter column password_hash set not null,
    alter column email set not null;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
