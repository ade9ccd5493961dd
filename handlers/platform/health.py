"""Whether the service runs, and which version."""

from peewee import InterfaceError, OperationalError

from models.base.breakers import unavailable_services
from models.base.database import database
from models.base.errors import Unavailable
from models.migrations import is_current
from spec import published


def get_health(caller):
    return {
        "status": "ok",
        "version": published.version(),
        "contract_version": published.version(),
        "contract_digest": published.digest(),
    }


def get_liveness(caller):
    return {"status": "ok"}


def get_readiness(caller):
    try:
        current = is_current(database)
    except (OperationalError, InterfaceError):
        database.forget_connection()
        raise Unavailable("The database does not respond.") from None
    if not current:
        raise Unavailable("The database schema is not migrated to this version.")
    return {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "unavailable_services": unavailable_services(),
    }
