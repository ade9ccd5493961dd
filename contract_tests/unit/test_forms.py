"""The reader of forms, and what pages add to answers: cookies, and properties that may be absent."""

import random

import pytest

from handlers.http import forms
from handlers.http.answers import Answer
from handlers.http.gate import violation_of
from handlers.http.refusals import MalformedForm
from handlers.http.request_context import RequestContext
from spec.representation import Representation

FIELDS = 200


def read_form(raw):
    return forms.read_form(raw, FIELDS)


def fault(raw):
    with pytest.raises(MalformedForm) as refused:
        read_form(raw)
    return refused.value.detail


@pytest.mark.parametrize(
    "raw, fields",
    [
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1+2%2B3&b%20c=%C3%A9%F0%9F%98%80", {"a": "1 2+3", "b c": "é😀"}),
        (b"a=b=c&d=%26%3D", {"a": "b=c", "d": "&="}),
        (b"a=&b=1&c", {"b": "1"}),
        (b"a=%00", {"a": "\0"}),
        (b"&&", {}),
        (b"a;b=1", {"a;b": "1"}),
    ],
)
def test_a_form_is_read(raw, fields):
    assert read_form(raw) == fields


@pytest.mark.parametrize("raw", [b"a=%zz", b"a=%", b"a=%4", b"%=1"])
def test_a_percent_sign_begins_two_digits(raw):
    assert fault(raw).startswith("A percent sign")


@pytest.mark.parametrize("raw", [b"a=\xc3\xa9", b"a=%ff", b"a=%ed%a0%80", b"%c0%af=1", b"\xff\xfea\x00"])
def test_only_utf_8_is_read(raw):
    assert "UTF-8" in fault(raw)


@pytest.mark.parametrize("raw", [b"a=1&a=1", b"a=1&b=2&%61=3", b"a=&a=1", b"a&a"])
def test_a_field_stands_once(raw):
    assert fault(raw) == "The field 'a' appears twice."


def test_fields_are_limited():
    assert len(read_form(b"&".join(b"f%d=1" % number for number in range(FIELDS)))) == FIELDS
    assert str(FIELDS) in fault(b"&".join(b"f%d=1" % number for number in range(FIELDS + 1)))


def test_whatever_is_sent_is_read_or_refused():
    source = random.Random(7)
    for _ in range(3_000):
        raw = bytes(source.choices(b"ab=&%+;01fF\xc3\xa9\x00", k=source.randrange(1, 12)))
        try:
            assert all(value for value in read_form(raw).values())
        except MalformedForm as refused:
            assert refused.errors[0]["code"] == "malformed_form"


@pytest.mark.parametrize(
    "header, cookies",
    [
        (b"a=1; b=2", {"a": "1", "b": "2"}),
        (b"a=1;a=2", {"a": "1"}),
        (b"a=b=c; d", {"a": "b=c", "d": ""}),
        (b'a="b c"; d=e', {"a": "b c", "d": "e"}),
        (b'a=\xff; b="\\377"; =c;;', {"a": "\ufffd", "b": "\ufffd"}),
        (b"", {}),
    ],
)
def test_cookies_are_read_by_name(header, cookies):
    assert RequestContext("GET", "/", b"", {b"cookie": header}, "1", "local").cookies == cookies


def test_a_property_that_need_not_be_there_is_absent_and_not_null():
    text = {"type": "string"}
    schema = {"properties": {"a": text, "b": text, "c": text}, "required": ["a", "c"]}
    assert Representation({}).of(schema)({"a": "1", "d": "2"}) == {"a": "1", "c": None}


class Documented:
    required = frozenset()
    media: dict = {}


@pytest.mark.parametrize("name", ["Location", "Set-Cookie"])
@pytest.mark.parametrize("text", ["a\r\nX: 1", "a\nb", "a\0", "a\x7f"])
def test_no_header_begins_another(name, text):
    assert violation_of(Documented, Answer(303, {name: "https://app.example/?a=b"}, b"")) is None
    assert name in violation_of(Documented, Answer(303, {name: text}, b""))


def parts(*fields, boundary=b"x1"):
    """A form in parts; each field is a pair of what stands in its head, and its content."""
    body = b"".join(
        b"--" + boundary + b"\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"
        for head, content in fields
    )
    return body + b"--" + boundary + b"--\r\n"


def test_a_form_in_parts_is_read_as_any_other():
    sent = parts((b'name="a"', b"1 & 2"), (b'name="b"', "\u00e9\r\n--x".encode()), (b'name="c"', b""))
    assert forms.read_multipart(sent, 3) == {"a": "1 & 2", "b": "\u00e9\r\n--x"}


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"--",
        b"a=1",
        b"--x1\r\n",
        b"--" + b"x" * 80 + b"\r\n",
        parts((b'name="a"', b"1"), (b'name="a"', b"2")),
        parts((b'name="a"; filename="f"', b"1")),
        parts((b'name="a"', b"\xff")),
        parts((b"", b"1")),
        parts((b'name="a"', b"1"))[:-8],
        parts(*[(f'name="n{number}"'.encode(), b"1") for number in range(9)]),
    ],
    ids=repr,
)
def test_a_form_in_parts_that_is_not_clear_is_refused(sent):
    with pytest.raises(MalformedForm):
        forms.read_multipart(sent, 8)
