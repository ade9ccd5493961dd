"""CSV files (RFC 4180) in UTF-8, as a stream, without cells that a spreadsheet takes for formulas."""

import csv
import datetime
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from handlers.gateways.rendering.tables import Table, hours
from models.base.exports import guarded

CHUNK_CHARACTERS = 65_536
MAX_ROWS = 10_000_000


def csv_chunks(table: Table, with_bom: bool = True) -> Iterator[bytes]:
    """The file in chunks of about 64 KiB.  Spreadsheets recognize UTF-8 by the byte order mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    if with_bom:
        text.write("\ufeff")
    writer.writerow([guarded(title) for title in table.titles()])
    for row in table.values(at_most=MAX_ROWS):
        writer.writerow([_cell(value) for value in row])
        if text.tell() >= CHUNK_CHARACTERS:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cell(value: Any) -> str:
    """The text of a cell.  Numbers stay numbers, with a point and without an exponent; dates are those of ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return format(Decimal(str(value)), "f")
    if isinstance(value, datetime.timedelta):
        return hours(value)
    return value.isoformat(" ", "seconds") if isinstance(value, datetime.datetime) else value.isoformat()
