"""Columns whose Python value is what the contract has in JSON, or what rules compute with."""

from collections.abc import Iterable
from typing import Any

import orjson
from peewee import Field


class IdField(Field):
    """A UUID as a string of 36 characters, so that nothing is converted between the database and the answer."""

    field_type = "UUID"

    def db_value(self, value: object) -> str | None:
        return value if value is None else str(value)


class UtcField(Field):
    """A point in time: ``timestamptz``, an aware datetime in UTC."""

    field_type = "TIMESTAMPTZ"


class IdListField(Field):
    """A list of ids: ``uuid[]``."""

    field_type = "UUID[]"

    def db_value(self, value: Iterable[str] | None) -> str | None:
        return value if value is None else "{" + ",".join(value) + "}"


class TextArrayField(Field):
    """A list of strings: ``text[]``."""

    field_type = "TEXT[]"


class JsonField(Field):
    """JSON as Python values: ``jsonb``."""

    field_type = "JSONB"

    def db_value(self, value: Any) -> str | None:
        return None if value is None else orjson.dumps(value).decode()


class SearchField(Field):
    """The words of a row as a ``tsvector`` literal of :mod:`models.base.search`; never read."""

    field_type = "TSVECTOR"
