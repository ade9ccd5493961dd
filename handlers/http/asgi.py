"""What a server process runs: the application with its database, made from the settings."""

from typing import TYPE_CHECKING

from models.base.settings import settings

if TYPE_CHECKING:
    from handlers.http.edge import Edge


def make() -> "Edge":
    """The application of this process.  uvicorn calls it in each of its processes."""
    from handlers.http.application import build
    from models.base import logs
    from models.base.database import database
    from spec import compiled

    logs.start(settings().log_level)
    database.configure(
        settings().served_database_url,
        statement_ms=settings().statement_ms,
        lock_ms=settings().lock_ms,
        row_security=True,
    )
    compiled.cache_in(settings().data / "contract")
    return build()
