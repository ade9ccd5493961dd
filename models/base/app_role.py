"""The role that a server logs in as: it owns nothing, is no superuser, and is held by row-level security."""

import hmac

from psycopg2.sql import SQL, Literal

NAME = "remit_app"
CAN_LOG_IN = f"select 1 from pg_roles where rolname = '{NAME}' and rolcanlogin"
LET_LOG_IN = f"""
do $$ begin
    if not exists (select from pg_roles where rolname = '{NAME}') then create role {NAME}; end if;
end $$;
alter role {NAME} login nosuperuser nobypassrls nocreaterole nocreatedb noreplication noinherit password {{}}
"""
ADVICE = (
    f"The server connects with more rights than it needs. Let the role {NAME} log in, and set REMIT_APP_DATABASE_URL;"
    " the README says how, and what it is good for."
)
# What a role must not be or have to be held by row-level security, whatever SQL it is made to run.
POWERS = """
select r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication
    or exists (select from pg_auth_members m where m.member = r.oid)
    or exists (select from pg_class c where c.relowner = r.oid)
    or has_database_privilege(current_database(), 'create') or has_schema_privilege('public', 'create')
from pg_roles r where r.rolname = session_user
"""


def password(owner_password):
    """The role's own, made from the owner's, so that it needs to be kept nowhere."""
    return hmac.digest(owner_password.encode(), NAME.encode(), "sha256").hex()


def let_log_in(run, owner_password):
    """Make the role, or let it log in; ``run`` runs one statement and returns its rows."""
    if not run(CAN_LOG_IN):
        run(SQL(LET_LOG_IN).format(Literal(password(owner_password))))


def is_confined(database):
    """Whether connections of ``database`` are of a role that cannot get past row-level security."""
    return database.rows(POWERS) == [(False,)]


def advise(say, url):
    """Say what to do when connections of a server to ``url`` are not confined."""
    from models.base.database import Database  # the supervisor of PostgreSQL goes without

    of_the_server = Database()
    of_the_server.configure(url, row_security=True)
    with of_the_server.connection_context():
        if not is_confined(of_the_server):
            say(ADVICE)
