"""Tables as CSV and XLSX: typed, bounded, and without anything that a spreadsheet calculates or follows."""

import csv
import datetime
import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from handlers.gateways.rendering import csv_files, workbooks
from handlers.gateways.rendering.csv_files import csv_chunks
from handlers.gateways.rendering.tables import Column, Table, UnsuitableTable
from handlers.gateways.rendering.workbooks import sheet_name, write_workbook
from models.base.exports import guarded, unguarded

MOMENT = datetime.datetime(2026, 3, 1, 23, 30, tzinfo=datetime.UTC)
FORMULAS = [
    "=1+1", "+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x",
    '=HYPERLINK("http://evil.example")', "'=1", "http://evil.example", "mailto:a@b.example", "internal:Sheet1!A1", "{=1}",
]  # fmt: skip
COLUMNS = [
    Column(title="Name"),
    Column(title="Count", kind="integer"),
    Column(title="Share", kind="decimal"),
    Column(title="Price", kind="money", currency="EUR"),
    Column(title="Yen", kind="money", currency="JPY"),
    Column(title="Done", kind="boolean"),
    Column(title="Due", kind="date"),
    Column(title="Changed", kind="datetime"),
    Column(title="Spent", kind="duration"),
]
ROW = [
    *("Grün €", -5, Decimal("-0.125"), -1999, -300, True, datetime.date(2026, 3, 1), MOMENT),
    datetime.timedelta(hours=26, minutes=3),
]


def table(rows, columns=COLUMNS, **more):
    return Table(columns=columns, rows=rows, zone="Europe/Berlin", **more)


def read_csv(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def workbook(*tables):
    file = io.BytesIO()
    write_workbook(file, tables)
    return openpyxl.load_workbook(file)


def test_values_are_typed_in_csv_and_numbers_stay_numbers():
    head, row = read_csv(b"".join(csv_chunks(table([ROW]))))
    assert head[3:5] == ["Price (EUR)", "Yen (JPY)"]
    assert head[7] == "Changed (Europe/Berlin)"
    assert row == [
        *(
            "Grün €",
            "-5",
            "-0.125",
            "-19.99",
            "-300",
            "true",
            "2026-03-01",
            "2026-03-02 00:30:00",
            "26:03:00",
        ),
    ]


def test_values_are_typed_in_workbooks():
    sheet = workbook(table([ROW])).active
    values = [cell.value for cell in sheet[2]]
    assert values[:6] == ["Grün €", -5, -0.125, -19.99, -300, True]
    assert values[6:8] == [
        datetime.datetime.fromisoformat(text) for text in ("2026-03-01", "2026-03-02 00:30")
    ]
    assert values[8] == datetime.timedelta(hours=26, minutes=3)
    assert sheet["D2"].number_format == '#,##0.00 "EUR"'
    assert sheet["E2"].number_format == '#,##0 "JPY"'
    assert sheet.freeze_panes == "A2"


def test_no_text_becomes_a_formula_or_a_link():
    columns = [Column(title="=1+1")]
    sheet = workbook(table([[text] for text in FORMULAS], columns)).active
    cells = [row[0] for row in sheet.iter_rows()]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [unescape(cell.value) for cell in cells[1:]] == FORMULAS
    assert [cell.hyperlink for cell in cells] == [None] * len(cells)
    head, *rows = read_csv(b"".join(csv_chunks(table([[text] for text in FORMULAS], columns))))
    assert head == ["'=1+1"]
    assert [unguarded(row[0]) for row in rows] == FORMULAS
    assert {row[0][0] for row in rows} & set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20") == set()


@given(st.text())
def test_the_guard_can_be_taken_off(text):
    assert unguarded(guarded(text)) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"])), min_size=1, max_size=4))
def test_csv_is_read_back_as_it_was(texts):
    columns = [Column(title=f"c{number}") for number in range(len(texts))]
    _, row = read_csv(b"".join(csv_chunks(table([texts], columns), with_bom=False)))
    assert [unguarded(text) for text in row] == texts


def test_csv_is_a_stream():
    chunks = csv_chunks(table(([f"{number}" * 100] for number in range(2_000)), COLUMNS[:1]))
    assert len(next(chunks)) < 2 * csv_files.CHUNK_CHARACTERS
    assert sum(1 for _ in chunks) > 5


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Column(title="n", kind="integer"), True),
        (Column(title="n", kind="integer"), "1"),
        (Column(title="n", kind="decimal"), float("nan")),
        (Column(title="n", kind="decimal"), Decimal("Infinity")),
        (Column(title="n", kind="money", currency="EUR"), 1.5),
        (Column(title="n", kind="date"), MOMENT),
        (Column(title="n", kind="datetime"), MOMENT.replace(tzinfo=None)),
        (Column(title="n"), 1),
        (Column(title="n"), b"x"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_row(column, value):
    for write in (lambda subject: list(csv_chunks(subject)), lambda subject: workbook(subject)):
        with pytest.raises(UnsuitableTable, match="Row 2 of 'Table'"):
            write(table([[None], [value]], [column]))


def test_what_a_sheet_cannot_hold_is_refused_before_anything_is_written():
    file = io.BytesIO()
    for rows, message in (
        (range(1_048_576), "1,048,576 rows; the limit is 1,048,575"),
        ([["a"], ["\U0001f600" * 16_384]], "row 3, column 1 is longer than 32,767"),
        ([["a", "b"]], "2 values for 1 columns"),
    ):
        with pytest.raises(UnsuitableTable, match=message):
            write_workbook(file, [table(rows, COLUMNS[:1])])
    with pytest.raises(UnsuitableTable, match="16,384 columns"):
        write_workbook(file, [table([], [Column(title="x")] * 16_385)])
    assert file.getvalue() == b""


def test_a_stream_that_goes_on_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_ROWS", 3)
    with pytest.raises(UnsuitableTable, match="more than 3 rows"):
        workbook(table((["x"] for _ in range(4)), COLUMNS[:1]))


def test_numbers_and_dates_that_a_sheet_cannot_hold_are_texts():
    columns = [
        Column(title="n", kind="integer"),
        Column(title="d", kind="date"),
        Column(title="t", kind="duration"),
    ]
    row = [12_345_678_901_234_567, datetime.date(1899, 12, 31), datetime.timedelta(minutes=-30)]
    assert [cell.value for cell in workbook(table([row], columns)).active[2]] == [
        *("12345678901234567", "1899-12-31", "-0:30:00"),
    ]


def test_characters_that_xml_cannot_hold_are_replaced():
    texts = ["a\x00b\x1bc", "half \ud83d", "_x0041_", "]]>&<", "\ufffe", "line\nline\ttab"]
    sheet = workbook(table([[text] for text in texts], COLUMNS[:1])).active
    assert [unescape(row[0].value) for row in sheet.iter_rows(min_row=2)] == [
        *("a\ufffdb\ufffdc", "half \ufffd", "_x0041_", "]]>&<", "\ufffd", "line\nline\ttab"),
    ]


def test_names_of_sheets_are_allowed_and_different():
    taken: set[str] = set()
    names = [
        "Tasks",
        "TASKS",
        "a/b\\c?d*e[f]:g",
        "'quoted'",
        "History",
        "",
        "\U0001f600" * 40,
        "\U0001f600" * 41,
    ]
    assert [sheet_name(name, taken) for name in names] == [
        *("Tasks", "TASKS (2)", "a_b_c_d_e_f__g", "quoted", "History_", "Sheet"),
        "\U0001f600" * 15,
        "\U0001f600" * 13 + " (2)",
    ]
    tables = [table([["x"]], COLUMNS[:1], name=name) for name in names]
    assert len(workbook(*tables).sheetnames) == len(names)
