"""Exports: rows as CSV (RFC 4180) and as NDJSON, one object a line."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

# Spreadsheets read these as the beginning of a formula (OWASP, CSV injection), some of them in their full-width and small
# forms, too; such a cell begins with an apostrophe.  So does one whose own apostrophes would be taken for that.
FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]")


def as_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """UTF-8 bytes; ``rows`` are mappings whose values are texts, numbers, truth values or None."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([cell(row[name]) for name in names] for row in rows)
    return text.getvalue().encode()


def as_ndjson(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def cell(value: Any) -> str:
    """The text of a cell, which no spreadsheet evaluates."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if isinstance(value, int) else guarded(text)


def guarded(text: str) -> str:
    """The text, after an apostrophe where a spreadsheet would evaluate it."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What :func:`guarded` was given: for an import."""
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text
