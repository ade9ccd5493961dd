"""Queue tasks as a worker runs them: with what events keep of a row, and rows as the contract tells of them."""

from functools import cache

import spec
from handlers.workers import registry
from models.base.database import database
from spec.representation import of_snapshots


@cache
def represent():
    return of_snapshots(spec.load()["components"]["schemas"])


def perform(name, **arguments):
    """Run a queue task once."""
    registry.load()
    with database.connection_context():
        registry.perform(name, arguments, represent=represent())
