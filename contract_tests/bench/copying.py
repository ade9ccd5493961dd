"""Rows into tables by COPY, as they are made."""

import contextlib
import datetime
import itertools
import random
import uuid


def identity(chance: random.Random, moment: datetime.datetime) -> str:
    """A UUIDv7 of that moment."""
    value = int(moment.timestamp() * 1000) << 80 | 7 << 76 | chance.getrandbits(12) << 64
    return str(uuid.UUID(int=value | 2 << 62 | chance.getrandbits(62)))


class Rows:
    """A file-like object that COPY reads lines from as they are made."""

    def __init__(self, lines):
        self.lines = lines

    def read(self, size=-1):
        return "".join(itertools.islice(self.lines, 1000))


def copy(cursor, table: str, columns: list[str], lines):
    cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", Rows(lines), size=1 << 20)


def line(*values) -> str:
    return "\t".join("\\N" if value is None else str(value) for value in values) + "\n"


@contextlib.contextmanager
def without_indexes(cursor, *tables: str):
    """The tables without the indexes that only make reading faster."""
    cursor.execute(
        """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
           WHERE indrelid = ANY (%s::regclass[]) AND NOT indisunique AND NOT indisprimary""",
        [list(tables)],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        cursor.execute(definition)
