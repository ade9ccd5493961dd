"""Canaries: words that stand for a person, and a search for them in every column of the database and every file."""

import base64
import re

from contract_tests.support.table_fingerprints import TABLES
from models.base.database import database
from models.base.settings import settings

COLUMNS = """
select table_schema, table_name, column_name, udt_name from information_schema.columns
where table_schema not in ('pg_catalog', 'information_schema') and table_schema not like 'pg_toast%%'
    and (table_schema, table_name) in (select table_schema, table_name from information_schema.tables
                                       where table_type = 'BASE TABLE')
order by 1, 2, 3
"""


def in_database(words):
    """``{table.column: which words}`` wherever one of the words stands: in any case, as hexadecimal, or as Base64."""
    words_by_column = {}
    with database.connection_context():
        for schema, table, column, kind in database.rows(COLUMNS):
            text = f'"{column}"::text' if kind != "bytea" else f"encode(\"{column}\", 'escape')"
            sql = f'select {text} from "{schema}"."{table}" where {text} ~* %s or {text} ~ %s'
            hits = [text for (text,) in database.rows(sql, (_in_any_case(words), _as_base64(words)))]
            if hits:
                words_by_column[f"{table}.{column}"] = sorted(_which(words, " ".join(hits)))
    return words_by_column


def in_files():
    """``(name, content)`` of every file of ours in the data folder."""
    for path in sorted(settings().data.rglob("*")):
        if path.is_file() and not any((part / "PG_VERSION").exists() for part in path.parents):
            yield path.name, path.read_bytes().decode("latin-1")


def in_text(words, text):
    return bool(re.search(_in_any_case(words), text, re.I) or re.search(_as_base64(words), text))


def tables():
    """The names of all tables."""
    with database.connection_context():
        return {name for (name,) in database.rows(TABLES)}


def _which(words, text):
    return {word for word in words if in_text([word], text)}


def _in_any_case(words):
    forms = [
        form
        for word in words
        for form in (re.escape(word), *(variant.encode().hex() for variant in (word, word.lower())))
    ]
    return "|".join(forms)


def _as_base64(words):
    """As it stands in Base64, wherever in a group of three bytes it begins; but for the ends, which depend on what is beside."""
    patterns = []
    for word in {variant for each in words for variant in (each, each.lower())}:
        for before in range(3):
            whole = base64.b64encode(b"\0" * before + word.encode()).decode().rstrip("=")
            patterns.append(re.escape(whole[(0, 2, 3)[before] : -2]))
    return "|".join(patterns)
