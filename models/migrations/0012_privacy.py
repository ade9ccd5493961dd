"""Privacy: erasing an account, how long what is personal is kept, and what finds everything of one person."""

UP = """
alter table users
    add column erased_at timestamptz,
    -- Who is erased is known by nothing and let in by nothing.
    add check (erased_at is null or (email is null and password_hash is null and disabled_at is not null));

alter table events add column is_anonymous boolean not null default false;
-- Whose mail it is, and who else is named in it.
alter table mails add column user_id uuid, add column names_id uuid;
create index mails_user on mails (user_id);
create index mails_names on mails (names_id);
create index mails_recipient on mails (recipient);

create table retentions (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null unique references organizations (id) on delete cascade,
    permission_checks_days integer not null check (permission_checks_days between 1 and 3650),
    security_personal_days integer not null check (security_personal_days between 30 and 3650),
    check (id = organization_id)
);
insert into retentions select id, 1, created_at, created_at, id, 90, 365 from organizations;

create table account_erasures (
    user_id uuid primary key references users (id) on delete cascade,
    requested_at timestamptz not null,
    finished_at timestamptz,
    turn integer not null,
    step integer not null,
    position text,
    last_mail_id uuid,
    -- What is still needed to find the copies; nothing of it is left when the erasure is finished.
    addresses text[] not null,
    abandoned uuid[] not null,
    check (finished_at is null or (addresses = '{}' and abandoned = '{}'))
);
create index account_erasures_open on account_erasures (requested_at) where finished_at is null;

-- Everything of one person: to be exported, or to be erased.
create index tasks_creator on tasks (created_by_id, id);
create index api_keys_person on api_keys (user_id);
create index projects_creator on projects (created_by_id, id);
create index events_person on events (
    (coalesce(snapshot -> 'member' ->> 'user_id', snapshot -> 'team_member' ->> 'user_id')), id)
    where subject_type in ('member', 'team_member');
create index events_inviter on events ((snapshot -> 'invitation' ->> 'inviter_id'), id) where subject_type = 'invitation';
create index events_invited on events ((snapshot -> 'invitation' ->> 'email'), id) where subject_type = 'invitation';
create index invitations_recipient on invitations (email);
create index apps_creator on apps (created_by_id);
create index security_entries_invited on security_entries ((personal ->> 'email')) where personal ->> 'email' is not null;
create index security_entries_actor on security_entries (actor_id) where personal is not null;
-- Everything that is old.
create index security_entries_kept on security_entries (chain_id, occurred_at) where personal is not null;
create index security_entries_of_accounts on security_entries (occurred_at)
    where personal is not null and organization_id is null;
create index sessions_over on sessions ((least(ended_at, expires_at)));
create index api_keys_over on api_keys ((least(revoked_at, expires_at)));
create index jobs_over on jobs (updated_at) where status in ('succeeded', 'failed');
"""
TRIGGERS = """
-- Nothing is given to who is being erased at that moment: who gives it waits, and then tries again with what is there.
create function remit_refuse_the_erased() returns trigger language plpgsql as $$
begin
    perform from users where id = new.user_id and erased_at is null for key share;
    if not found then
        raise foreign_key_violation using message = 'The person was erased.';
    end if;
    return new;
end $$;
create trigger members_of_the_living before insert on members for each row execute function remit_refuse_the_erased();
create trigger api_keys_of_the_living before insert on api_keys for each row execute function remit_refuse_the_erased();
create trigger jobs_of_the_living before insert on jobs for each row execute function remit_refuse_the_erased();
create trigger consents_of_the_living before insert on consents for each row execute function remit_refuse_the_erased();
create trigger identities_of_the_living before insert on identities for each row execute function remit_refuse_the_erased();
create trigger authorizations_of_the_living before insert on authorizations
    for each row execute function remit_refuse_the_erased();

create function remit_organization_made() returns trigger language plpgsql as $$
begin
    insert into retentions values (new.id, 1, new.created_at, new.created_at, new.id, 90, 365);
    return null;
end $$;
create trigger organizations_retention after insert on organizations
    for each row execute function remit_organization_made();
"""
WALL = """
alter table retentions enable row level security;
alter table retentions force row level security;
create policy wall on retentions
    using ((select remit_is_open()) or organization_id = any ((select remit_places())::uuid[]));
"""
DOWN = """
drop trigger identities_of_the_living on identities;
drop trigger authorizations_of_the_living on authorizations;
drop trigger consents_of_the_living on consents;
drop trigger jobs_of_the_living on jobs;
drop trigger api_keys_of_the_living on api_keys;
drop trigger members_of_the_living on members;
drop function remit_refuse_the_erased();
drop trigger organizations_retention on organizations;
drop function remit_organization_made();
drop index jobs_over, api_keys_over, sessions_over, security_entries_of_accounts, security_entries_kept,
    security_entries_actor, security_entries_invited, apps_creator, invitations_recipient, events_invited, events_inviter,
    events_person, api_keys_person, projects_creator, tasks_creator;
drop table account_erasures, retentions;
drop index mails_recipient, mails_names, mails_user;
alter table mails drop column names_id, drop column user_id;
alter table events drop column is_anonymous;
alter table users drop column erased_at;
"""


def up(migrator, db):
    db.execute_sql(UP)
    db.execute_sql(TRIGGERS)
    db.execute_sql(WALL)


def down(migrator, db):
    db.execute_sql(DOWN)
