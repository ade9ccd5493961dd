"""Export parts: the files of a personal data export, as tables declare them."""

from collections import namedtuple
from functools import cache
from typing import Any, NamedTuple

from peewee import SQL, Node, Query

from models import tables
from models.access.members import Member
from models.base.declarations import Export, declaration, field_of, order_of
from models.base.statements import row_class
from models.identity.users import User
from models.privacy.erasure_sql import FORMER_ORGANIZATIONS

ORGANIZATIONS_EVER = f"""({FORMER_ORGANIZATIONS % {"user": "%s"}} union select organization_id from members where user_id = %s)"""


class Subject:
    """The person whose data is exported, as declarations ask for it (``DataSubject``)."""

    def __init__(self, user: User) -> None:
        self.id: str = user.id
        self.email: str | None = user.email

    @property
    def organization_ids(self) -> Node:
        return Member.select(Member.organization).where(Member.user == self.id)

    @property
    def former_organization_ids(self) -> Node:
        return SQL(ORGANIZATIONS_EVER, [self.id, self.id])


class Part(NamedTuple):
    """A file of the archive, and the table whose rows it has."""

    table: Any
    export: Export

    @property
    def file(self) -> str:
        return self.export.file

    def query(self, user: User) -> Query:
        """The rows that are exported to a person, in order."""
        person = Subject(user)
        if self.export.query:
            query = self.export.query(person)
        else:
            reference = field_of(self.table, self.export.by or declaration(self.table).account or "user")
            query = self.table.select().where(reference == person.id)
        return query.order_by_extend(order_of(self.table)[0], *self.table._meta.get_primary_keys())

    def rows(self, columns: tuple[str, ...], values: list) -> list:
        """Rows of a database as read-only rows of the table."""
        has_schema = self.export.schema is not None
        made: Any = row_class(self.table, columns) if has_schema else namedtuple("Row", columns)
        return [made._make(row) for row in values]


@cache
def parts() -> tuple[Part, ...]:
    """Every file that a table declares."""
    personal = [(table, declaration(table).personal) for table in tables()]
    return tuple(
        Part(table, export)
        for table, of_people in personal
        if of_people and not isinstance(of_people.exports, str)
        for export in of_people.exports
    )
