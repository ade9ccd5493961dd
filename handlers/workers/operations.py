"""What the address of the metrics serves beside them: figures of the queue, and the operators' page where it has a password.

Both read the database as the owner of the tables, by a connection of their own.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from models.base.database import Database
from models.base.settings import Settings

STATEMENT_MS = 5_000


def connected() -> Database | None:
    """The database as its owner; None until its address is known, which is after the embedded one has started."""
    url = Settings().database_url  # the settings of the process are not read yet
    return _database(url) if url else None


@cache
def _database(url: str) -> Database:
    database = Database()
    database.configure(url, statement_ms=STATEMENT_MS, application="remit operators")
    return database


def page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The operators' page as a WSGI application, for paths below ``/queue``."""
    password, database = Settings().operator_password.get_secret_value(), connected()
    if not password or database is None:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is no page here."]
    return _application(database, password)(environ, start_response)


@cache
def _application(database: Database, password: str) -> Any:
    from handlers.workers import operators  # imported when somebody asks for the page

    return operators.application(database, password)
