"""XLSX workbooks: typed cells, and no formula or link that a text could become."""

import datetime
import re
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from handlers.gateways.rendering.tables import Column, Table, UnsuitableTable, clean, hours

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# The limits of the format; the head is a row, too.
MAX_ROWS, MAX_COLUMNS, MAX_CELL_UNITS, MAX_NAME_UNITS = 1_048_576 - 1, 16_384, 32_767, 31
# Spreadsheets count in 15 digits: what has more is written as text, so that no digit is lost.
EXACT = 10**15
FIRST_DATE = "1900-03-01"  # before it, spreadsheets disagree about dates
FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\\t\r\n]")
FORMATS = {
    "integer": "#,##0",
    "decimal": "#,##0.##########",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "duration": "[h]:mm:ss",
}


def write_workbook(file: IO[bytes], tables: Sequence[Table]) -> None:
    """Write a workbook with a sheet for each table.  Nothing is written to ``file`` when a table is not suitable.

    Rows are streamed through a temporary folder, so that memory stays bounded however many there are.
    """
    import xlsxwriter

    with tempfile.TemporaryDirectory(prefix="remit-") as folder:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        workbook = xlsxwriter.Workbook(file, options)
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        taken: set[str] = set()
        for table in tables:
            if len(table.columns) > MAX_COLUMNS:
                raise UnsuitableTable(f"{table.name!r} has more than {MAX_COLUMNS:,} columns.")
            sheet = workbook.add_worksheet(sheet_name(table.name, taken))
            formats = [workbook.add_format({"num_format": _format(column)}) for column in table.columns]
            _fill(sheet, table, formats, bold)
        workbook.close()


def sheet_name(name: str, taken: set[str]) -> str:
    """A name that spreadsheets allow, and that is not ``taken``, to which it is added."""
    name = FORBIDDEN_IN_NAMES.sub("_", clean(name)).strip(" '") or "Sheet"
    if name.casefold() == "history":  # reserved
        name += "_"
    candidate, number = _shortened(name, MAX_NAME_UNITS), 1
    while candidate.casefold() in taken:
        number += 1
        ending = f" ({number})"
        candidate = _shortened(name, MAX_NAME_UNITS - len(ending)) + ending
    taken.add(candidate.casefold())
    return candidate


def _shortened(text: str, units: int) -> str:
    """The start of a text, in so many UTF-16 units, by which spreadsheets count, without half a character at the end."""
    return text.encode("utf-16-le")[: units * 2].decode("utf-16-le", "ignore").strip(" '")


def _format(column: Column) -> str:
    if column.kind != "money":
        return FORMATS.get(column.kind, "@")
    digits = column.minor_digits
    return "#,##0" + (f".{'0' * digits}" if digits else "") + f' "{column.currency}"'


def _fill(sheet: "Worksheet", table: Table, formats: Sequence["Format"], bold: "Format") -> None:
    """Write the head, which stays in sight, and the rows."""
    titles = table.titles()
    for index, (column, title) in enumerate(zip(table.columns, titles, strict=True)):
        sheet.set_column(index, index, column.width or min(max(len(title) + 2, 12), 60))
        sheet.write_string(0, index, _fitting(title, 1, index), bold)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(table.values(at_most=MAX_ROWS), 1):
        for index, value in enumerate(row):
            if value is not None:
                _write(sheet, number, index, value, formats[index])


def _write(sheet: "Worksheet", row: int, index: int, value: Any, cell_format: "Format") -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, index, value)
    elif isinstance(value, int | float | Decimal) and _is_exact(value):
        sheet.write_number(row, index, float(value), cell_format)
    elif isinstance(value, datetime.timedelta) and value >= datetime.timedelta():
        sheet.write_number(row, index, value / datetime.timedelta(days=1), cell_format)
    elif isinstance(value, datetime.date) and value.isoformat() >= FIRST_DATE:
        sheet.write_datetime(row, index, value, cell_format)
    else:
        text = hours(value) if isinstance(value, datetime.timedelta) else str(value)
        sheet.write_string(row, index, _fitting(text, row + 1, index))


def _is_exact(value: Any) -> bool:
    """Whether a spreadsheet keeps every digit."""
    if isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) > 15:
        return False
    return bool(abs(value) < EXACT)


def _fitting(text: str, row: int, index: int) -> str:
    """The text of a cell; the library would leave out one that is too long."""
    if len(text.encode("utf-16-le")) // 2 > MAX_CELL_UNITS:
        raise UnsuitableTable(
            f"The text in row {row}, column {index + 1} is longer than {MAX_CELL_UNITS:,} characters."
        )
    return text
