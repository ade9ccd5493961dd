"""Row-level security on every table of an organization or an account.

The server logs in as `remit_app`, which owns nothing.  Two settings of its session say what it sees: `remit.places` has the
organizations of the caller, `remit.accounts` the accounts that the request acts for.  What must be found before anybody is
known is found by functions of the owner, each by exactly one secret, address or id.
"""

COLUMNS = """
alter table users
    -- Every organization that the person has ever belonged to: its members see the name of who made what is there.
    add column known_in uuid[] not null default '{}';
update users u set known_in = array(
    select unnest(u.places) union select organization_id from events
    where event_type = 'member.added' and snapshot -> 'member' ->> 'user_id' = u.id::text and organization_id is not null);
create index users_known_in on users using gin (known_in);
"""

SETTINGS = """
create or replace function remit_is_open() returns boolean language sql stable as $$
    select coalesce(current_setting('remit.places', true), '') = '*' and current_user <> 'remit_app'
$$;
create function remit_accounts() returns uuid[] language sql stable as $$
    select case when told = '' then '{}'::uuid[] else told::uuid[] end
    from (select coalesce(current_setting('remit.accounts', true), '')) as setting(told)
$$;
"""

TRIGGERS = """
create or replace function remit_members_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        update users set access_version = access_version + 1, places = array_remove(places, old.organization_id)
        where id = old.user_id;
    elsif tg_op = 'INSERT' then
        update users set access_version = access_version + 1,
            places = array_append(array_remove(places, new.organization_id), new.organization_id),
            known_in = array_append(array_remove(known_in, new.organization_id), new.organization_id)
        where id = new.user_id;
    else
        perform remit_raise_access(array[new.user_id]);
    end if;
    return null;
end $$;
create function remit_organization_gone() returns trigger language plpgsql as $$
begin
    update users set known_in = array_remove(known_in, old.id) where known_in @> array[old.id];
    return null;
end $$;
create trigger organizations_known after delete on organizations
    for each row execute function remit_organization_gone();
"""

# Functions that do what their caller may not: as the owner, past the wall, with names that nobody can put others before.
OWNED = """
do $$ declare one regprocedure; begin
    for one in select oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace and (
        proname ~ '^procrastinate_(defer_jobs|trigger|notify|unlink)' or proname ~ '^remit_' and (
            prorettype = 'trigger'::regtype or proname in ('remit_raise_access', 'remit_inviting', 'remit_service_key',
                'remit_service_certificate', 'remit_organization_name')))
    loop
        execute 'alter function ' || one || ' security definer set search_path = public, pg_temp set "remit.places" = ''*''';
    end loop;
end $$;
revoke execute on function remit_raise_access(uuid[]) from public;
"""

# Whose credential it is.  The wall opens for that account and its organizations, and closes when there is none.
WHO = """
create function remit_who_by_{name}({parameters}, out user_id text, out rate_class text, out session_id text,
    out scopes text[], out expires_at timestamptz, out client_id text, out moment timestamptz, out is_unnoticed boolean,
    out access_version bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    seen text;
begin
    seen := set_config('remit.places', '*', true);
    select u.id::text, u.rate_class, {facts}, now(), {unnoticed}, u.access_version,
        set_config('remit.places', u.places::text, false) || set_config('remit.accounts', '{{' || u.id || '}}', false)
    into user_id, rate_class, session_id, scopes, expires_at, client_id, moment, is_unnoticed, access_version, seen
    from {source} and u.disabled_at is null;
    if not found then
        perform set_config('remit.places', '', false), set_config('remit.accounts', '', false);
    end if;
end $$;
"""
NOT_LATELY = "{0}.last_used_at is null or {0}.last_used_at < now() - interval '1 minute'"
IS_GOOD = "c.revoked_at is null and (c.expires_at is null or c.expires_at > now())"
WAYS = (
    {
        "name": "session",
        "parameters": "shown uuid, shown_epoch bigint",
        "facts": "s.id::text, null::text[], null::timestamptz, null::text",
        "unnoticed": "s.last_used_at < now() - interval '1 minute'",
        "source": """public.sessions s join public.users u on u.id = s.user_id
            where s.id = shown and u.token_epoch = shown_epoch and s.ended_at is null and s.expires_at > now()""",
    },
    {
        "name": "api_key",
        "parameters": "shown text",
        "facts": "null::text, c.scopes, c.expires_at, c.id::text",
        "unnoticed": f"{NOT_LATELY.format('c')} or (c.secret_used_at is null and c.digest = shown)",
        "source": f"""public.api_keys c join public.users u on u.id = c.user_id
            where (c.digest = shown or (c.previous_digest = shown and c.overlap_ends_at > now())) and {IS_GOOD}""",
    },
    {
        "name": "service_key",
        "parameters": "account uuid, thumbprint text",
        "facts": "null::text, c.scopes, c.expires_at, null::text",
        "unnoticed": NOT_LATELY.format("c"),
        "source": f"""public.service_keys c join public.users u on u.id = c.service_account_id
            where c.service_account_id = account and c.kid = thumbprint and {IS_GOOD}""",
    },
    {
        "name": "certificate",
        "parameters": "account uuid, shown text",
        "facts": "null::text, c.scopes, c.expires_at, null::text",
        "unnoticed": NOT_LATELY.format("c"),
        "source": f"""public.service_certificates c join public.users u on u.id = c.service_account_id
            where c.service_account_id = account and c.fingerprint = shown and {IS_GOOD}""",
    },
    # What an app may do for somebody: what it was let do, as far as the app may do that still.  What it hands on ends with its
    # token, because the consent may be withdrawn; an app that acts for itself gets a new token whenever it asks.
    {
        "name": "token",
        "parameters": "shown text",
        # What it hands on ends with its token, because the consent may be withdrawn; an app that acts for itself gets a new token
        # whenever it asks.
        "facts": """null::text, array(select unnest(t.scopes) intersect select unnest(p.scopes)),
            case when a.consent_id is not null then t.expires_at end, p.id::text""",
        "unnoticed": NOT_LATELY.format("c"),
        "source": """public.oauth_tokens t join public.authorizations a on a.id = t.authorization_id
            join public.apps p on p.id = a.app_id join public.users u on u.id = a.user_id
            left join public.consents c on c.id = a.consent_id
            where t.digest = shown and t.purpose = 'access' and t.expires_at > now() and t.epoch = u.token_epoch
                and a.revoked_at is null and p.status = 'active' and c.revoked_at is null""",
    },
)

# What somebody shows who is not known yet opens the account that it leads to, and nothing else.
OPENING = """
create function remit_open_account(kind text, shown text) returns void
language plpgsql security definer set search_path = public, pg_temp set "remit.places" = '*' as $$
declare
    found uuid[];
begin
    case kind
        when 'email' then
            found := array(select id from users where email = shown);
        when 'session' then
            found := array(select user_id from sessions where id = shown::uuid);
        when 'browser' then
            found := array(select user_id from sessions where refresh_digest = shown);
        when 'email_token' then
            found := array(select user_id from email_tokens where digest = shown);
        when 'identity' then
            found := array(select user_id from identities where provider = split_part(shown, ' ', 1)
                and subject = substr(shown, strpos(shown, ' ') + 1));
        when 'code' then
            found := array(select user_id from authorizations where code_digest = shown);
        when 'token' then
            found := array(select a.user_id from oauth_tokens t join authorizations a on a.id = t.authorization_id
                where t.digest = shown);
        when 'app' then
            select array[id, service_user_id] into found from apps where id = shown::uuid;
    end case;
    perform set_config('remit.accounts', array_remove(remit_accounts() || found, null)::text, false);
end $$;
"""

OWN = "{0} = any ((select remit_accounts())::uuid[])"
OURS = "{0} = any ((select remit_places())::uuid[])"
# The condition of each table's policy.
WALLED = {
    "users": f"{OWN.format('id')} or known_in && (select remit_places())::uuid[]",
    "sessions": OWN.format("user_id"),
    "api_keys": OWN.format("user_id")
    + " or exists (select from service_accounts s where s.id = api_keys.user_id)",
    "idempotency": OWN.format("owner_id"),
    "jobs": OWN.format("user_id"),
    "consents": OWN.format("user_id"),
    "authorizations": OWN.format("user_id"),
    "oauth_tokens": "exists (select from authorizations a where a.id = oauth_tokens.authorization_id)",
    "email_tokens": OWN.format("user_id"),
    "identities": OWN.format("user_id"),
    "two_factors": OWN.format("user_id"),
    "recovery_codes": OWN.format("two_factor_id"),
    "known_places": OWN.format("user_id"),
    "account_erasures": OWN.format("user_id"),
    "service_token_uses": OWN.format("service_account_id"),
    "mails": "false",
    "streams": f"{OURS.format('id')} or {OWN.format('id')}",
    "security_entries": f"{OURS.format('chain_id')} or {OWN.format('chain_id')}",
    "security_chains": f"{OURS.format('id')} or {OWN.format('id')}",
    # Of one's own organizations, shown by its id, or agreed to.
    "apps": f"{OURS.format('organization_id')} or {OWN.format('id')} or id in (select app_id from consents)",
    "events": f"{OURS.format('organization_id')} or organization_id is null and {OWN.format('stream_id')}",
}
# Tables that the server writes rows of people into whom it does not see.
WRITTEN = {"mails", "security_entries"}

# Its own, and no more of the owner's than it needs: a type or table of its own could stand in the place of another.
GRANTS = """
do $$ begin
    execute 'revoke temporary on database ' || quote_ident(current_database()) || ' from public';
end $$;
do $$ begin
    if exists (select from pg_roles where rolname = 'remit_app') then
        revoke all on migrations, dead_letters, procrastinate_jobs, procrastinate_events, procrastinate_workers,
            procrastinate_periodic_defers, mails from remit_app;
        grant select on migrations to remit_app;
        grant insert on mails to remit_app;
    end if;
end $$;
"""
DOWN = """
do $$ begin
    execute 'grant temporary on database ' || quote_ident(current_database()) || ' to public';
end $$;
do $$ begin
    if exists (select from pg_roles where rolname = 'remit_app') then
        grant select, insert, update, delete on all tables in schema public to remit_app;
    end if;
end $$;
do $$ declare one regprocedure; begin
    for one in select oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace and prosecdef loop
        if one::text ~ '^remit_(who_by|open_account)' then
            execute 'drop function ' || one;
        else
            execute 'alter function ' || one || ' security invoker reset search_path reset "remit.places"';
        end if;
    end loop;
    for one in select oid::regprocedure from pg_proc where proname in ('remit_inviting', 'remit_service_key',
        'remit_service_certificate', 'remit_organization_name')
    loop
        execute 'alter function ' || one || ' set "remit.places" = ''*''';
    end loop;
end $$;
grant execute on function remit_raise_access(uuid[]) to public;
drop trigger organizations_known on organizations;
drop function remit_organization_gone();
create or replace function remit_members_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        update users set access_version = access_version + 1, places = array_remove(places, old.organization_id)
        where id = old.user_id;
    elsif tg_op = 'INSERT' then
        update users set access_version = access_version + 1,
            places = array_append(array_remove(places, new.organization_id), new.organization_id)
        where id = new.user_id;
    else
        perform remit_raise_access(array[new.user_id]);
    end if;
    return null;
end $$;
create or replace function remit_is_open() returns boolean language sql stable as $$
    select coalesce(current_setting('remit.places', true), '') = '*'
$$;
drop function remit_accounts();
alter table users drop column known_in;
"""
POLICY = """
alter table {table} enable row level security;
alter table {table} force row level security;
drop policy if exists wall on {table};
create policy wall on {table} using ((select remit_is_open()) or {condition}){check}
"""


def up(migrator, db):
    for sql in (COLUMNS, SETTINGS, TRIGGERS, OWNED, OPENING):
        db.execute_sql(sql.replace("%", "%%"))
    for way in WAYS:
        db.execute_sql(WHO.format(**way))
    for table, condition in WALLED.items():
        check = " with check (true)" if table in WRITTEN else ""
        db.execute_sql(POLICY.format(table=table, condition=condition, check=check))
    db.execute_sql(GRANTS)


def down(migrator, db):
    for table in WALLED.keys() - {"events"}:
        db.execute_sql(
            f"drop policy wall on {table}; alter table {table} no force row level security, disable row level security"
        )
    before = "organization_id = any ((select remit_places())::uuid[]) or organization_id is null"
    db.execute_sql(POLICY.format(table="events", condition=before, check=""))
    db.execute_sql(DOWN)
