"""Remit itself as a contender: its own application and server, in one process, as scripts/serve runs them."""

from contract_tests.bench import machine

FACTORY = "contract_tests.bench.remit:build"


def environment(url: str) -> dict[str, str]:
    """The settings: that database, no access log (no contender writes one), everything else as it comes."""
    data = str(machine.ROOT / "var" / "bench")
    return {"REMIT_DATABASE_URL": url, "REMIT_DATA": data, "REMIT_LOG_LEVEL": "warning"}


def build():
    """The application, with limits that count as ever but are never reached."""
    import spec
    from handlers.http import application
    from models.base import logs
    from models.base.database import database
    from models.base.settings import settings

    logs.start(settings().log_level)
    database.configure(
        settings().served_database_url,
        statement_ms=settings().statement_ms,
        lock_ms=settings().lock_ms,
        row_security=True,
    )
    contract = spec.load()
    for limit in contract["x-rate-limits"].values():
        limit.update({name: 10**9 for name in ("caller", "address") if name in limit})
    return application.build(contract)


def config(app):
    """Remit's own configuration of uvicorn."""
    from handlers.http import server

    return server.config(app)
