"""The reader of parameters: names, values, numbers, dates, moments and ids, each in one way only."""

from datetime import UTC, date, datetime

import pytest

from handlers.http.conversions import conversion
from handlers.http.formats import moment
from handlers.http.parameters import Parameter, query_pairs
from handlers.http.refusals import MalformedUrl
from handlers.http.schemas import Schemas

SCHEMAS = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 100},
    "after": {"type": "integer", "format": "int64", "minimum": 0, "maximum": 9223372036854775807},
    "assigned": {"type": "boolean"},
    "due_from": {"type": "string", "format": "date", "maxLength": 10},
    "created_from": {"type": "string", "format": "date-time", "maxLength": 40},
    "project_id": {"type": "string", "format": "uuid", "maxLength": 36},
}


@pytest.fixture(scope="module")
def read():
    """Read one query parameter: ``(value, fault codes)``."""
    schemas = Schemas({})
    compiled = {
        name: Parameter({"name": name, "in": "query"}, schema, schemas) for name, schema in SCHEMAS.items()
    }

    def read(name, text):
        faults = []
        value = compiled[name].checked(text, "query", faults)
        return value, [fault["code"] for fault in faults]

    return read


@pytest.mark.parametrize(
    "query, pairs",
    [
        (b"", []),
        (b"a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
        (b"a=", [("a", "")]),
        (b"a", [("a", "")]),
        (b"=1", [("", "1")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"a=%C3%A9+x%20y%2B", [("a", "é x y+")]),
        (b"%61=1", [("a", "1")]),
        (b"a=1;b=2", [("a", "1;b=2")]),
        (b"&&a=1&", [("a", "1")]),
    ],
)
def test_names_and_values_are_read(query, pairs):
    assert query_pairs(query) == pairs


@pytest.mark.parametrize(
    "query", [b"a=%", b"a=%z1", b"a=%4", b"a=%ff", b"a=%c3%28", b"a=\xc3\xa9", b"a=%ed%a0%80", b"%=1"]
)
def test_a_query_that_is_not_percent_encoded_utf_8_is_refused(query):
    with pytest.raises(MalformedUrl):
        query_pairs(query)


def test_a_query_has_at_most_500_parameters():
    assert len(query_pairs(b"&".join([b"a=1"] * 500))) == 500
    with pytest.raises(MalformedUrl):
        query_pairs(b"&".join([b"a=1"] * 501))


@pytest.mark.parametrize("text, value", [("1", 1), ("100", 100), ("007", 7)])
def test_an_integer_is_digits(read, text, value):
    assert read("limit", text) == (value, [])


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "+1", "1.0", "1e1", "0x1", "1_0", "١", "²", "--1", "-", "9" * 40, "true"]
)
def test_anything_else_is_no_integer(read, text):
    assert read("limit", text) == (None, ["wrong_type"])


def test_the_greatest_integers_are_read_whole(read):
    assert read("after", "9223372036854775807") == (9223372036854775807, [])
    assert read("after", "9223372036854775808") == (None, ["too_great"])
    assert read("limit", "-1") == (None, ["too_small"])


def test_a_truth_value_is_one_of_two_words(read):
    assert (read("assigned", "true"), read("assigned", "false")) == ((True, []), (False, []))
    for text in ("True", "FALSE", "1", "0", "yes", "", "null"):
        assert read("assigned", text) == (None, ["wrong_type"])


@pytest.mark.parametrize("text", ["2026-03-01", "0001-01-01", "9999-12-31", "2024-02-29"])
def test_a_date_is_a_day_of_the_calendar(read, text):
    assert read("due_from", text) == (date.fromisoformat(text), [])


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-13-01", "20260301", "2026-W09-7", "2026-3-1", "2026-060", "", "٢٠٢٦-٠٣-٠١"]
)
def test_anything_else_is_no_date(read, text):
    assert read("due_from", text) == (None, ["wrong_format"])


def test_a_date_before_the_year_1_is_out_of_range(read):
    value, codes = read("due_from", "0000-01-01")
    assert value is None
    assert codes in (["out_of_range"], ["wrong_format"])


@pytest.mark.parametrize(
    "text, utc",
    [
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01t09:30:00z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00+05:30", datetime(2026, 3, 1, 4, 0, tzinfo=UTC)),
        ("2026-03-01T00:30:00-01:00", datetime(2026, 3, 1, 1, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00.123456Z", datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)),
        ("2026-03-01T09:30:00.5Z", datetime(2026, 3, 1, 9, 30, 0, 500000, tzinfo=UTC)),
        ("2026-03-01T09:30:00.123456789Z", datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_is_one_of_rfc_3339_in_utc(read, text, utc):
    value, codes = read("created_from", text)
    assert (value, codes) == (utc, [])
    assert value.tzinfo is UTC
    assert moment(text) == utc


@pytest.mark.parametrize(
    "text",
    ["2026-03-01", "2026-03-01T09:30:00", "2026-03-01T09:30Z", "2026-03-01T24:00:00Z", "2026-03-01T09:60:00Z",
     "2026-02-29T09:30:00Z", "2026-03-01T09:30:00+24:00", "2026-03-01T09:30:00,5Z", "1772357400", "now", "",
     "2026-03-01 09:30:00Z"],
)  # fmt: skip
def test_anything_else_is_no_moment(read, text):
    assert read("created_from", text) == (None, ["wrong_format"])


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_leaves_the_years_1_to_9999_in_utc_is_out_of_range(read, text):
    assert read("created_from", text) == (None, ["out_of_range"])


def test_an_id_is_written_in_one_way(read):
    id = "0198c0de-7c7e-7f00-8000-00000000000a"
    assert read("project_id", id) == read("project_id", id.upper()) == (id, [])
    for text in (
        id.replace("-", ""),
        f"{{{id}}}",
        f"urn:uuid:{id}",
        f"{id} ",
        id[:-1],
        id[:-1] + "g",
        "",
        id.replace("-", "_"),
    ):
        value, codes = read("project_id", text)
        assert value is None, text
        assert "wrong_format" in codes, text


def test_what_has_no_conversion_stays_as_it_is():
    assert conversion({"type": "string"}) is None
    assert conversion({"type": "string", "format": "time-zone"}) is None
