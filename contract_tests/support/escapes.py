"""Statements by which SQL that is slipped into a query of the server might get out of the server's role."""

ESCAPES = (
    "reset role",
    "set role none",
    "set role remit",
    "set session authorization remit",
    "set session authorization default",
    "reset session authorization",
    "select set_config('remit.places', '*', false)",
    "select set_config('role', 'remit', false)",
    "set row_security = off",
    "set session_replication_role = replica",
    "set search_path = pg_temp, public",
    "alter table users disable row level security",
    "alter table users no force row level security",
    "drop policy wall on users",
    "create policy open on users using (true)",
    "alter role remit_app superuser",
    "alter role remit_app bypassrls",
    "create role another superuser login",
    "grant remit to remit_app",
    "create schema mine",
    "create function remit_is_open_2() returns boolean language sql security definer as 'select true'",
    "create or replace function remit_is_open() returns boolean language sql as 'select true'",
    "create view mine as select * from users",
    "create extension plpython3u",
    "copy (select 1) to program 'id'",
    "copy users from program 'id'",
    "copy (select 1) to '/tmp/remit-escape'",
    "select pg_read_file('/etc/passwd')",
    "select lo_import('/etc/passwd')",
    "select pg_ls_dir('.')",
    "select * from pg_authid",
    "do $$ begin execute 'reset role'; execute 'set role remit'; end $$",
    "create temp table remit_accounts_of (id uuid)",
    "create function pg_temp.mine() returns setof users language sql security definer as 'select * from public.users'",
    "select remit_raise_access(array[gen_random_uuid()])",
)

# A type of one's own in the place of one that a function of the owner names: its check would run as the owner.
IN_PLACE_OF_A_TYPE = """
create function pg_temp.take_over(value pg_catalog.text) returns pg_catalog.bool language plpgsql as $$
begin execute 'alter role remit_app superuser'; return true; end $$;
create domain pg_temp.text as pg_catalog.text check (pg_temp.take_over(value));
set search_path = pg_temp, pg_catalog, public;
select remit_who_by_session(%s, 0)
"""
