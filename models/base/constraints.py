"""Constraints: the refusals that violated constraints of the database become.

A unique index that a request can violate is named after the code of the refusal: ``project_key_taken``.  Of two indexes
with one refusal, the second adds two underscores and what it compares: ``team_name_taken__lower``.  A foreign key keeps the
name that PostgreSQL gives it, since an insertion and a deletion violate it alike: code states with :func:`refused_by` what
it means there.  Any other violation stays an error of the database, which the frame and the queue retry or log.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from peewee import IntegrityError

from models.base.database import FOREIGN_KEY_VIOLATIONS, database, diagnosis, sqlstate
from models.base.errors import Refusal, problem_types

UNIQUE = {"23505"}


@contextmanager
def refusing() -> Iterator[None]:
    """Raise the refusal that a violated unique index is named after.  It encloses the transaction, which is rolled back."""
    try:
        yield
    except IntegrityError as error:
        refusal = problem_types().get(code_of(violated(error, UNIQUE)))
        if refusal is None:
            raise
        raise refusal() from None


@contextmanager
def refused_by(refusal: Refusal, *references: str) -> Iterator[None]:
    """Raise ``refusal`` where one of the foreign keys of these names is violated.  The transaction cannot go on after it."""
    try:
        yield
        database.send_waiting()
    except IntegrityError as error:
        if violated(error, FOREIGN_KEY_VIOLATIONS) not in references:
            raise
        raise refusal from None


def violated(error: BaseException, states: Collection[str]) -> str:
    """The name of the constraint in an error with one of these SQLSTATEs, or an empty text."""
    return (diagnosis(error).constraint_name or "") if sqlstate(error) in states else ""


def code_of(index: str) -> str:
    """The code of the refusal in the name of an index."""
    return index.partition("__")[0]
