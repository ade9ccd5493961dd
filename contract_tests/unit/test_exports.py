"""Exports: texts that programs read back as they were, and that no spreadsheet calculates with."""

import csv
import io

import orjson
import pytest

from models.base.exports import as_csv, as_ndjson, cell


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "\tx", "\rx", '=HYPERLINK("http://x")', "-2+3+cmd|' /C calc'!A0"]
)
def test_what_may_be_a_formula_begins_with_an_apostrophe(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a=1", "a=1"),
        ("", ""),
        (" =1", " =1"),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-5, "-5"),
        (0, "0"),
    ],
)
def test_everything_else_stays_as_it_is(value, text):
    assert cell(value) == text


def test_csv_is_read_back_as_it_was():
    rows = [{"a": 'quotes " and, commas', "b": "two\nlines"}, {"a": "grün €", "b": None}]
    read = list(csv.DictReader(io.StringIO(as_csv(["a", "b"], rows).decode(), newline="")))
    assert read == [rows[0], rows[1] | {"b": ""}]


def test_ndjson_has_a_line_for_each_object():
    rows = [{"a": "two\nlines"}, {"a": None}]
    lines = as_ndjson(rows).splitlines()
    assert [orjson.loads(line) for line in lines] == rows
    assert as_ndjson([]) == b""
