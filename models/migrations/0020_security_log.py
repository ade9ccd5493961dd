"""The security log can only be appended to by the server, and what is personal in it only be erased with the server's key."""

UP = """
alter table security_entries
    -- Made with the server's key when the personal part is erased: without it, an empty personal part was blanked.
    add column erasure text;
-- Of these nothing was ever noted; of everybody who comes later, the first entry tells of the beginning.
insert into security_chains (id, last_sequence, seal)
select one.id, 0, 'unopened' from (
    select id from users where kind = 'person' union all select id from organizations) one
where not exists (select from security_chains c where c.id = one.id);
"""
# The security log, as the server writes it: an end only moves on, and what is personal is only ever taken away.
LOG = """
create function remit_hold_chain(chain uuid, first_seal text, anchored bigint,
    out last_sequence bigint, out seal text, out anchored_hash text)
language plpgsql security definer set search_path = public, pg_temp set "remit.places" = '*' as $$
#variable_conflict use_column
begin
    insert into security_chains (id, last_sequence, seal) values (chain, 0, first_seal)
    on conflict (id) do update set last_sequence = security_chains.last_sequence
    returning security_chains.last_sequence, security_chains.seal into last_sequence, seal;
    select hash into anchored_hash from security_entries where chain_id = chain and sequence = anchored;
end $$;
create function remit_move_chain(chain uuid, reached bigint, reached_seal text) returns void
language plpgsql security definer set search_path = public, pg_temp set "remit.places" = '*' as $$
begin
    update security_chains set last_sequence = reached, seal = reached_seal where id = chain and last_sequence < reached;
    if not found then
        raise insufficient_privilege using message = 'The security log only grows.';
    end if;
end $$;
create function remit_erase_entries(ids uuid[], marks text[]) returns bigint
language plpgsql security definer set search_path = public, pg_temp set "remit.places" = '*' as $$
declare
    many bigint;
begin
    update security_entries e set personal = null, salt = null, erasure = told.mark
    from unnest(ids, marks) as told(id, mark) where e.id = told.id and e.personal is not null;
    get diagnostics many = row_count;
    return many;
end $$;
-- Who has registered an address and never verified it makes room for who has: ids and hashes of what the log tells of it.
create function remit_forget_unverified(address text, out id text, out hash text) returns setof record
language sql security definer set search_path = public, pg_temp set "remit.places" = '*' as $$
    with gone as (
        delete from users u where u.verified_at is null and u.email = address and u.places = '{}' returning u.id
    ), untold as (
        delete from events where stream_id in (select id from gone)
    ), uncounted as (
        delete from streams where id in (select id from gone)
    )
    select e.id::text, e.hash from security_entries e join gone on gone.id = e.user_id where e.personal is not null
$$;
"""

# Functions are open to everybody unless that is taken from them.
GRANTS = """
do $$ begin
    if exists (select from pg_roles where rolname = 'remit_app') then
        revoke all on security_entries, security_chains from remit_app;
        grant select, insert on security_entries to remit_app;
        grant select on security_chains to remit_app;
    end if;
end $$;
"""
DOWN = """
do $$ begin
    if exists (select from pg_roles where rolname = 'remit_app') then
        grant select, insert, update, delete on security_entries, security_chains to remit_app;
    end if;
end $$;
drop function remit_hold_chain(uuid, text, bigint), remit_move_chain(uuid, bigint, text),
    remit_erase_entries(uuid[], text[]), remit_forget_unverified(text);
alter table security_entries drop column erasure;
"""


def up(migrator, db):
    db.execute_sql(UP)
    db.execute_sql(LOG)
    db.execute_sql(GRANTS)


def down(migrator, db):
    db.execute_sql(DOWN)
