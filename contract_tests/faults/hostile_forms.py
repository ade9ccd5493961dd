"""Hostile forms: for an operation that takes a form, every way in which one can be wrong, large or costly."""

import gzip
from urllib.parse import urlencode

from contract_tests.faults.hostile_bodies import COSTLY, Hostile, body_limit
from contract_tests.support.operations import FORM, resolved

MULTIPART = "multipart/form-data"


def bodies(wire, valid):
    """Each hostile form for the operation of ``wire``, to which ``valid`` is a valid one."""
    schema = wire.operation.schema
    text = urlencode(valid).encode()

    def raw(name, body, *expected, **headers):
        return Hostile(name, wire.sending(body, **headers), frozenset(expected), 413 not in expected)

    is_in_parts = MULTIPART in wire.operation.node["requestBody"]["content"]
    yield from _encodings(raw, text, {400} if is_in_parts else ())
    yield from _too_much(raw, text, body_limit(wire.operation))
    for name, property_schema in schema["properties"].items():
        yield from _in_field(raw, valid, name, resolved(property_schema))
    unknown = 422 if schema.get("additionalProperties") is False else None
    for name in ("id", "version", "__proto__", "$ref", "a[b]", "a" * 2000, "\u202e"):
        if name not in schema["properties"] and unknown:
            yield raw(f"unknown field {name[:20]}", urlencode({**valid, name: "x"}).encode(), unknown)


def _encodings(raw, text, in_parts):
    for tail in (b"&x=%", b"&x=%zz", b"&x=%4", b"&%=1"):
        yield raw(f"a percent sign alone: {tail!r}", text + tail, 400)
    for tail in (b"&x=%ff", b"&x=%c0%80", b"&x=%ed%a0%80", b"&x=\xc3\xa9", b"&\xff=1"):
        yield raw(f"not UTF-8: {tail!r}", text + tail, 400)
    yield raw("a field twice", text + b"&x=1&x=2", 400)
    yield raw("a field twice, spelled in two ways", text + b"&x=1&%78=2", 400)
    yield raw("a field twice, once empty", text + b"&x=1&x", 400)
    yield raw("UTF-16", text.decode().encode("utf-16"), 400)
    yield raw("compressed", gzip.compress(text), 415, Content_Encoding="gzip")
    yield raw("compressed, untold", gzip.compress(text), 400, 422)
    yield raw("another charset", text, 415, Content_Type=f"{FORM}; charset=latin-1")
    yield raw("no media type", text, 415, Content_Type=None)
    for media_type in ("text/plain", "application/json", "multipart/form-data; boundary=", "*/*", ";"):
        # Where forms in parts are read, this is none.
        yield raw(f"media type {media_type[:30]}", text, 415, *in_parts, Content_Type=media_type)
    yield raw("nothing", b"", 422)
    yield raw("JSON", b'{"a": 1}', 422)


def _too_much(raw, text, limit):
    yield raw("600 fields", text + b"".join(b"&f%d=1" % number for number in range(600)), 400)
    yield raw("a limit of ampersands", b"&" * limit, 400, 422)
    yield raw("a limit of fields", b"&".join(b"%d=1" % number for number in range(limit // 10)), 400)
    yield raw("a limit of percent signs", b"a=" + b"%41" * (limit // 3 - 4), 422)
    yield raw("a byte more than the limit", b"a=" + b"x" * (limit - 1), 413)
    yield raw("8 MB", b"a=" + b"x" * 8_000_000, 413)


def _in_field(raw, valid, name, schema):
    wrong = ["\0", "a\0b", "x" * (schema.get("maxLength", 10_000) + 1)]
    if {"format", "enum"} & schema.keys():
        wrong += ["x", "'; drop table tasks; --", "9" * 5000, *COSTLY]
    for value in wrong:
        yield raw(f"{name}: {value[:24]!r}", urlencode({**valid, name: value}).encode(), 422)
    if not {"format", "enum"} & schema.keys():
        for value in COSTLY:
            body = urlencode({**valid, name: value}).encode()
            yield Hostile(f"{name}: {value[:8]!r}…", raw("", body).request, frozenset(), False)
