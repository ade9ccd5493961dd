"""Hostile bodies: for an operation that takes a body, every way in which one can be wrong, large or costly."""

import gzip
import json
from typing import NamedTuple

from contract_tests.support import values
from contract_tests.support.operations import CONTRACT, resolved

MIB = 1_048_576
REFUSED = frozenset({400, 413, 415, 422})
# Texts on which expressions that try all ways run for ever.
COSTLY = [
    "a" * 26 + "!",
    " " * 10_000 + "x",
    "\t" * 10_000,
    "a@" * 5_000,
    "1." * 5_000,
    "a-" * 5_000 + "\n",
    "(" * 10_000,
]


class Hostile(NamedTuple):
    """Something hostile: what it is, the request, which statuses may answer it, and whether these say where it is."""

    name: str
    request: object
    expected: frozenset = REFUSED
    names_a_place: bool = True


def body_limit(operation):
    """The bytes that the operation's body may have."""
    return CONTRACT["x-body-limits"][operation.node.get("x-body-limit", "default")]["bytes"]


def bodies(wire, valid):
    """Each hostile body for the operation of ``wire``, to which ``valid`` is a valid one."""
    schema = wire.operation.schema
    text = json.dumps(valid)

    def raw(name, body, *expected, **headers):
        # That a body is too large says already where the fault is.
        return Hostile(name, wire.sending(body, **headers), frozenset(expected), 413 not in expected)

    yield from _encodings(raw, text)
    yield from _not_json(raw, text)
    yield from _too_much(raw, text, body_limit(wire.operation))
    for name, property_schema in schema["properties"].items():
        yield from _in_property(raw, valid, name, resolved(property_schema))
    for name in (
        "id",
        "version",
        "created_at",
        "organization",
        "role_",
        "__proto__",
        "$ref",
        "a" * 2000,
        "",
        "\u202e",
    ):
        if name not in schema["properties"]:
            yield raw(f"unknown property {name[:20]}", json.dumps({**valid, name: "x"}).encode(), 422)


def _encodings(raw, text):
    yield raw("invalid UTF-8", text.encode()[:-1] + b', "x": "\xff\xfe"}', 400)
    yield raw("overlong UTF-8", text.encode()[:-1] + b', "x": "\xc0\x80"}', 400)
    yield raw("surrogates in UTF-8", text.encode()[:-1] + b', "x": "\xed\xa0\x80"}', 400)
    yield raw("UTF-16", text.encode("utf-16"), 400)
    yield raw("UTF-16, told so", text.encode("utf-16"), 415, Content_Type="application/json; charset=utf-16")
    yield raw("another charset", text.encode(), 415, Content_Type="application/json; charset=latin-1")
    yield raw("compressed", gzip.compress(text.encode()), 415, Content_Encoding="gzip")
    yield raw("compressed twice", gzip.compress(text.encode()), 415, Content_Encoding="gzip, br")
    yield raw("compressed, untold", gzip.compress(text.encode()), 400)
    yield raw("no media type", text.encode(), 415, Content_Type=None)
    for media_type in (
        "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data",
        "multipart/form-data; boundary=", "*/*", "json", ";", "application/json, text/plain", "application/" + "x" * 5000,
    ):  # fmt: skip
        yield raw(f"media type {media_type[:30]}", text.encode(), 415, Content_Type=media_type)
    yield raw("byte order mark", b"\xef\xbb\xbf" + text.encode(), 400)


def _not_json(raw, text):
    for body in (
        text[:-1], text + text, text + ",", f"/* */{text}", text.replace('"', "'"), text[:-1] + ",}", "{", "undefined",
        '{"a" 1}', '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":0x1}', '{"a":"\n"}', '{"a":"\\x"}', '{"a":"\\u12"}', '\x0c{}',
    ):  # fmt: skip
        yield raw(f"not JSON: {body[:20]!r}", body.encode(), 400)
    for number in (
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "1" * 5000,
        "-" + "9" * 5000,
        str(10**30),
        "1" * 5000 + ".5e5000",
    ):
        yield raw(f"number {number[:12]}", f'{text[:-1]}, "x": {number}}}'.encode(), 400)
    yield raw("a small number", f'{text[:-1]}, "x": 1e-999999999}}'.encode(), 422)
    yield raw("a property twice", f'{{"x": 1, "x": 1, {text[1:]}'.encode(), 400)
    yield raw("a property twice, deep down", f'{text[:-1]}, "x": [{{"y": 1, "\\u0079": 2}}]}}'.encode(), 400)
    yield raw("half a surrogate pair", f'{text[:-1]}, "x": "\\ud800"}}'.encode(), 400)
    yield raw("half a surrogate pair as a name", f'{text[:-1]}, "\\udc00": 1}}'.encode(), 400)
    for body in ("null", "[]", '""', "7", "true", "[[[[]]]]", '"' + "x" * 1000 + '"'):
        yield raw(f"the value {body[:10]}", body.encode(), 422)
    yield raw("nothing", b"", 422)


def _too_much(raw, text, limit):
    yield raw("lists very deep", b"[" * (limit // 2), 400)
    yield raw("lists very deep, closed", b"[" * (limit // 3) + b"]" * (limit // 3), 400)
    yield raw("objects very deep", b'{"a":' * (limit // 8) + b"1" + b"}" * (limit // 8), 400)
    yield raw("lists 33 deep", f'{text[:-1]}, "x": {"[" * 33}{"]" * 33}}}'.encode(), 400)
    yield raw("a limit of empty lists", b"[" + b"[]," * (limit // 3 - 2) + b"[]]", 400)
    yield raw("a limit of empty objects", b"[" + b"{}," * (limit // 3 - 2) + b"{}]", 400)
    yield raw("a limit of numbers", b"[" + b"1," * (limit // 2 - 2) + b"1]", 400)
    yield raw(
        "a limit of names", b"{" + b",".join(b'"%06d":1' % n for n in range(limit // 12)) + b"}", 400, 422
    )
    yield raw("a limit of text", b'{"x": "' + b"x" * (limit - 10) + b'"}', 422)
    yield raw("a limit of escapes", b'{"x": "' + b"\\u0041" * (limit // 6 - 3) + b'"}', 422)
    yield raw("a limit of brackets in a text", b'{"x": "' + b"[" * (limit - 10) + b'"}', 422)
    yield raw("a limit of quotes", b'{"x": "' + b'\\"[' * (limit // 3 - 5) + b'"}', 422)
    yield raw("a limit of spaces", b" " * limit, 400)
    yield raw("a byte more than the limit", b'{"x": "' + b"x" * (limit - 8) + b'"}', 413)
    yield raw("18 MB of empty lists", b"[" + b"[]," * 6_000_000 + b"[]]", 413)


def _in_property(raw, valid, name, schema):
    def having(value):
        return json.dumps({**valid, name: value}).encode()

    wrong = [7.5, True, [], {}, [[]], [None], {"$ne": None}, "\0", "a\0b"]
    if not schema.get("nullable"):
        wrong.append(None)
    if schema.get("type") == "string":
        wrong += ["x" * (schema.get("maxLength", 10_000) + 1)]
    if not values.is_free(schema):
        wrong += ["", "x", "'; drop table tasks; --", "2026-02-30", "0000-00-00", "9" * 5000, *COSTLY]
    if schema.get("type") == "array":
        wrong += [["\0"], [{}], ["x"] * 101, ["0198c0de-7c7e-7f00-8000-000000000001"] * 2]
    for value in wrong:
        right = {"array": value == [], "boolean": value is True}.get(schema.get("type"), False)
        if not right:
            yield raw(f"{name}: {json.dumps(value)[:24]}", having(value), 422)
    if schema.get("type") == "string" and values.is_free(schema):
        for value in COSTLY:
            yield Hostile(f"{name}: {value[:8]!r}…", raw("", having(value)).request, frozenset(), False)
