"""What a server process runs: the application with its database, made from the settings."""

import asyncio
import contextlib
import logging

from models.base.settings import settings

log = logging.getLogger("remit.asgi")
HOUSEKEEPING_SECONDS = 3600


def make():
    """The application of this process.  uvicorn calls it in each of its processes."""
    from handlers.http import watch
    from handlers.http.application import build
    from models.base.database import database

    watch.start(settings().log_level)
    database.configure(
        settings().database_url, statement_ms=settings().statement_ms, lock_ms=settings().lock_ms
    )
    return build(lifespan=_lifespan)


@contextlib.asynccontextmanager
async def _lifespan(app):
    """Forget what is no longer kept, once an hour, beside the requests."""
    keeping = asyncio.create_task(_keep_house())
    try:
        yield
    finally:
        keeping.cancel()


async def _keep_house():
    while True:
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
        try:
            await asyncio.to_thread(forget_old)
        except Exception:
            log.exception("housekeeping")  # the next hour tries again


def forget_old():
    """Delete idempotency records, counters and uses of tokens that nobody asks for any more."""
    from models.base import counters, idempotency
    from models.base.database import database
    from security import service_tokens

    with database.connection_context():
        idempotency.forget_old()
        counters.forget_old()
        service_tokens.forget_old()
