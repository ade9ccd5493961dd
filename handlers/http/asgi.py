"""What a server process runs: the application with its database, made from the settings."""

from models.base.settings import settings


def make():
    """The application of this process.  uvicorn calls it in each of its processes."""
    from handlers.http.application import build
    from models.base import logs
    from models.base.database import database

    logs.start(settings().log_level)
    database.configure(
        settings().served_database_url,
        statement_ms=settings().statement_ms,
        lock_ms=settings().lock_ms,
        guarded=True,
    )
    return build()
