"""The reader of bodies: what two parsers could read in two ways is refused."""

import json
import random

import pytest

from handlers.http import bodies
from handlers.http.bodies import MAX_DEPTH
from handlers.http.refusals import MalformedJson

MAX_VALUES = 10_000


def read_json(raw):
    return bodies.read_json(raw, MAX_VALUES)


def fault(raw):
    with pytest.raises(MalformedJson) as refused:
        read_json(raw)
    return refused.value.detail


@pytest.mark.parametrize(
    "text, value",
    [
        ("{}", {}),
        (' [1, -2.5, 1e3, "a", null, true]\n', [1, -2.5, 1000.0, "a", None, True]),
        ('"\\u00e9\\ud83d\\ude00"', "é😀"),
        ('"é😀"', "é😀"),
        ('{"a": {"a": 1}, "b": [{"a": 2}]}', {"a": {"a": 1}, "b": [{"a": 2}]}),
        ("9223372036854775807", 2**63 - 1),
        ('"[[[[{{{{"', "[[[[{{{{"),
    ],
)
def test_json_is_read(text, value):
    assert read_json(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.0", 1), ("1e0", 1), ("10e-1", 1), ("-0", 0), ("-0.0", 0), ("0e99999", 0), ("9007199254740993.0", 2**53 + 1),
     ("9.223372036854775807e18", 2**63 - 1), ("-9223372036854775808", -(2**63)), ("1." + "0" * 300, 1)],
)  # fmt: skip
def test_a_whole_number_is_an_integer_however_it_is_spelled(text, value):
    for outer in ("{}", "[[{}]]", '{{"a": [{{"b": {}}}]}}'):
        read = read_json(outer.format(text).encode())
        while not isinstance(read, int | float):
            read = read[0] if isinstance(read, list) else next(iter(read.values()))
        assert (type(read), read) == (int, value)


@pytest.mark.parametrize(
    "text", ["0.5", "4.0000000000000000001", "1e-400", "-1e-400", "1e-999999999", "2.5e0"]
)
def test_no_number_is_rounded_to_an_integer(text):
    assert not read_json(text.encode()).is_integer()


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "[1,]", '{"a":1,}', "{'a':1}", '{"a" 1}', "nul", "NaN", "-Infinity", "Infinity", "01", "1.", ".5", "+1",
     '"\t"', '"\\x41"', "[1] 2", "// a\n{}", '"\\ud800"', '"\\ude00\\ud83d"', "\ufeff{}"],
)  # fmt: skip
def test_what_is_not_json_is_refused(text):
    assert fault(text.encode())


def test_the_place_of_a_fault_is_told():
    assert fault(b'{"a": 1,\n "b": }').startswith("Line 2, column 7:")
    assert fault(b'{"a": "\xff"}') == "Byte 7 is not UTF-8."


def test_a_name_stands_once_in_an_object():
    assert fault(b'{"a": 1, "b": 2, "a": 3}') == "The name 'a' appears twice in one object."
    assert fault(b'[{"x": {"\\u0061": 1, "a": 2}}]') == "The name 'a' appears twice in one object."


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe{\x00}\x00", b"\xc3\x28", b'"\xed\xa0\x80"', b'"\xc0\xaf"', b'"\xf8\x88\x80\x80\x80"']
)
def test_only_utf_8_is_read(raw):
    assert "UTF-8" in fault(raw)


def test_levels_are_limited_before_they_are_read():
    for left, right in (("[", "]"), ('{"a":', "}")):
        inside = "1"
        assert read_json((left * MAX_DEPTH + inside + right * MAX_DEPTH).encode()) is not None
        assert "levels" in fault((left * (MAX_DEPTH + 1) + inside + right * (MAX_DEPTH + 1)).encode())
    assert "levels" in fault(b"[" * 1_000_000)


def test_brackets_in_strings_are_no_levels():
    text = json.dumps(["[" * 100, '\\"[[[' * 50, {"{" * 100: "]"}])
    assert read_json(text.encode()) == json.loads(text)


def test_many_objects_beside_each_other_are_no_levels():
    value = [{"a": [n]} for n in range(1000)]
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "number",
    ["1" * 20, "-" + "9" * 20, "1" * 5000, "1e999", "-1e999", "1" + "0" * 400 + ".0", "1e19", "1e999999999",
     "1e99999999999999999999", "1e-99999999999999999999", "9007199254740993.5", "0." + "1" * 100_000],
)  # fmt: skip
def test_numbers_that_do_not_fit_are_refused(number):
    assert "64 bits" in fault(number.encode())


def test_values_are_limited_in_number():
    assert "values" in fault(b"[" + b"1," * 100_001 + b"1]")


def test_what_is_written_is_read_as_it_was():
    """Random values of every kind, through a writer that is not ours."""
    rng = random.Random(7)

    def value(depth=0):
        kind = rng.randrange(7 if depth < 5 else 5)
        if kind < 5:
            text = "".join(
                chr(rng.choice([rng.randrange(1, 0xD800), rng.randrange(0xE000, 0x110000)])) for _ in range(5)
            )
            return (None, rng.random() < 0.5, rng.randrange(-(2**53), 2**53), rng.random() * 1e10, text)[kind]
        if kind == 5:
            return [value(depth + 1) for _ in range(rng.randrange(4))]
        return {f"{name}\u00e9": value(depth + 1) for name in range(rng.randrange(4))}

    for ascii_only in (True, False):
        for _ in range(200):
            made = value()
            assert read_json(json.dumps(made, ensure_ascii=ascii_only).encode()) == made


def test_values_are_limited():
    assert len(bodies.read_json(b"[" + b"1," * 4 + b"1]", 5)) == 5
    with pytest.raises(MalformedJson) as refused:
        bodies.read_json(b"[" + b"1," * 5 + b"1]", 5)
    assert "more than 5 values" in refused.value.detail
    assert bodies.read_json(b'["a,b,c,d,e,f,g"]', 5) == ["a,b,c,d,e,f,g"]
