"""The role that a server logs in as: it owns nothing, is no superuser, and is held by row-level security."""

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from psycopg2.sql import SQL, Literal

if TYPE_CHECKING:
    from models.base.database import Database

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
# What would let a role evade row-level security, whatever SQL it is made to run.
POWERS = """
select r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication
    or exists (select from pg_auth_members m where m.member = r.oid)
    or exists (select from pg_class c where c.relowner = r.oid)
    or has_database_privilege(current_database(), 'create') or has_schema_privilege('public', 'create')
from pg_roles r where r.rolname = session_user
"""


def password(owner_password: str) -> str:
    """The password of the role, derived from that of the owner, so that it is stored nowhere."""
    return hmac.digest(owner_password.encode(), NAME.encode(), "sha256").hex()


def let_log_in(run: Callable[[Any], list[tuple] | None], owner_password: str) -> None:
    """Create the role, or let it log in; ``run`` runs one statement and returns its rows."""
    if not run(CAN_LOG_IN):
        run(SQL(LET_LOG_IN).format(Literal(password(owner_password))))


def is_confined(database: "Database") -> bool:
    """Whether connections of ``database`` have a role that cannot evade row-level security."""
    return database.rows(POWERS) == [(False,)]


def advise(say: Callable[[str], object], url: str) -> None:
    """Call ``say`` with an advice when connections of a server to ``url`` are not confined."""
    from models.base.database import Database  # the supervisor of PostgreSQL does not import it

    server_database = Database()
    server_database.configure(url, row_security=True)
    with server_database.connection_context():
        if not is_confined(server_database):
            say(ADVICE)
