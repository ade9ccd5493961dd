"""Writes need fewer queries and messages.

What a connection may see is read by one expression, which PostgreSQL puts into the queries that ask for it. The functions
had a subquery, so each was executed as a query of its own: eight times in the creation of a task, an eighth of its processor
time.

An idempotency key is claimed by a statement that has no result, and so needs no message of its own.
"""

UP = """
create or replace function remit_places() returns uuid[] language sql stable as $$
    select coalesce(nullif(nullif(current_setting('remit.places', true), ''), '*')::uuid[], '{}')
$$;
create or replace function remit_accounts() returns uuid[] language sql stable as $$
    select coalesce(nullif(current_setting('remit.accounts', true), '')::uuid[], '{}')
$$;
create function remit_claim(owner uuid, sent_key text) returns void language plpgsql as $$
begin
    -- Two statements: the second one sees what was committed by whoever had the lock.
    if not pg_try_advisory_xact_lock(hashtextextended('idempotency ' || owner || ' ' || sent_key, 0)) then
        raise exception using errcode = 'RM001', message = 'The idempotency key is in use.';
    end if;
    perform from idempotency where owner_id = owner and key = sent_key;
    if found then
        raise exception using errcode = 'RM001', message = 'The idempotency key has a response.';
    end if;
end $$;
"""

DOWN = """
drop function remit_claim(uuid, text);
create or replace function remit_places() returns uuid[] language sql stable as $$
    select case when told in ('', '*') then '{}'::uuid[] else told::uuid[] end
    from (select coalesce(current_setting('remit.places', true), '')) as setting(told)
$$;
create or replace function remit_accounts() returns uuid[] language sql stable as $$
    select case when told = '' then '{}'::uuid[] else told::uuid[] end
    from (select coalesce(current_setting('remit.accounts', true), '')) as setting(told)
$$;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
