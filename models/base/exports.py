"""Exports: rows as CSV (RFC 4180) and as NDJSON, one object a line."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

# Spreadsheets read these as the beginning of a formula (OWASP, CSV injection); such a cell begins with an apostrophe.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, int) else text
