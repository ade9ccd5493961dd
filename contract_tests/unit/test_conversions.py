"""Conversions: canonical values at every level of a body, each fault at its place."""

from datetime import date

from handlers.http.conversions import Conversions

LINE = {"type": "string", "format": "single-line", "maxLength": 3}
TREE = {
    "type": "object",
    "properties": {
        "name": LINE,
        "due_on": {"type": "string", "format": "date"},
        "names": {"type": "array", "items": LINE},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        "parent": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Tree"}]},
        "count": {"type": "integer"},
    },
}


def convert(value):
    faults = []
    tree = {"$ref": "#/components/schemas/Tree"}
    conversions = Conversions(lambda node: TREE if "$ref" in node else node)
    return conversions.of(tree)(value, "", faults), faults


def test_every_level_is_converted():
    value = {
        "name": " a ",
        "children": [{"due_on": "2026-03-01", "children": [{"name": "e\u0301"}]}],
        "parent": None,
    }
    expected = {
        "name": "a",
        "children": [{"due_on": date(2026, 3, 1), "children": [{"name": "\u00e9"}]}],
        "parent": None,
    }
    assert convert(value) == (expected, [])


def test_two_spellings_of_one_value_are_one_item():
    assert convert({"names": ["a", " a", "b", "a "]}) == ({"names": ["a", "b"]}, [])


def test_a_fault_is_told_where_it_is():
    _, faults = convert({"children": [{}, {"name": "\u0958\u0958"}], "parent": {"due_on": "0000-01-01"}})
    assert {(fault["pointer"], fault["code"]) for fault in faults} == {
        ("/children/1/name", "too_long"),
        ("/parent/due_on", "out_of_range"),
    }


def test_what_has_nothing_to_be_converted_costs_nothing():
    plain = {
        "type": "object",
        "properties": {
            "count": {"type": "integer"},
            "flags": {"type": "array", "items": {"type": "boolean"}},
        },
    }
    assert Conversions(lambda node: node).of(plain) is None
