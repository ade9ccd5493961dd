"""Hostile addresses, queries and headers: for an operation, every parameter that it has, and those that it has not."""

from contract_tests.faults.hostile_bodies import COSTLY, Hostile
from contract_tests.support.operations import filled

UNREADABLE, WRONG, HIDDEN = frozenset({400}), frozenset({422}), frozenset({400, 404, 422})
ANYTHING = frozenset()
# What may stand in the place of an id, percent-encoded where it must be.
IDS = [
    "x", "0", "-1", "9" * 5000, "%00", "%ff", "%ed%a0%80", "..", "%2e%2e", "%2f", "..%2f..%2fetc%2fpasswd", "%5c", "null",
    "0198c0de-7c7e-7f00-8000-00000000000", "0198c0de-7c7e-7f00-8000-00000000000g", "0198c0de7c7e7f008000000000000001",
    "%7b0198c0de-7c7e-7f00-8000-000000000001%7d", "'%20or%201=1--", "%27;drop%20table%20tasks;--", "%0d%0aX-Injected:%201",
    "%e2%80%ae", "%f0%9f%92%a9", "a" * 3000, "%25%30%30", "{task_id}", "*", "~", "%20", ";", "x;y=z",
    "0198c0de-7c7e-7f00-8000-000000000001%00",
]  # fmt: skip
TEXTS = {
    "integer": [
        "x",
        "",
        "1.5",
        "1e3",
        "+1",
        "١",
        "9" * 5000,
        str(10**30),
        "-" + "9" * 30,
        "NaN",
        "0x1",
        "%00",
        " 1",
    ],
    "boolean": ["x", "", "TRUE", "1", "yes", "%00", "null"],
}
FORMATS = {
    "date": ["x", "", "2026-02-30", "0000-00-00", "2026-1-1", "10000-01-01", "2026-01-01T00:00:00Z", "%00"],
    "date-time": [
        "x",
        "",
        "2026-02-30T00:00:00Z",
        "2026-01-01",
        "2026-01-01T25:00:00Z",
        "0000-01-01T00:00:00Z",
        "%00",
    ],
    "uuid": [
        "x",
        "",
        "%00",
        "9" * 36,
        "0198c0de-7c7e-7f00-8000-00000000000g",
        "{0198c0de-7c7e-7f00-8000-0000000000}",
    ],
}


def parameters(wire, path):
    """Each hostile address, query and header for the operation of ``wire``; ``path`` is the path of its contract."""
    yield from _addresses(wire, path)
    yield from _queries(wire)
    for parameter in wire.operation.parameters:
        if parameter["in"] == "query":
            yield from _in_query(wire, parameter)
        elif parameter["in"] == "header":
            yield from _in_header(wire, parameter["name"])
    yield from _credentials(wire)


def _addresses(wire, path):
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        for value in IDS:
            target = "/api/v1" + filled(path, name, value)
            yield Hostile(f"{name} in the path: {value[:24]}", _at(wire, target), HIDDEN, False)
        yield Hostile(
            f"{name} in the path: 9 KB",
            _at(wire, "/api/v1" + filled(path, name, "a" * 9000)),
            frozenset({414}),
            False,
        )


def _queries(wire):
    ignored = "x-unknown-parameters" in wire.operation.node  # as RFC 6749 has it
    unknown = (ANYTHING, False) if ignored else (WRONG,)
    yield Hostile("an unknown parameter", wire.asking(("colour", "red")), *unknown)
    yield Hostile("a parameter without a name", wire.asking("=1"), *unknown)
    yield Hostile("a percent sign alone", wire.asking("colour=%zz"), UNREADABLE, False)
    yield Hostile("a percent sign at the end", wire.asking("colour=%"), UNREADABLE, False)
    yield Hostile("bytes that are not UTF-8", wire.asking("colour=%ff"), UNREADABLE, False)
    yield Hostile("half a surrogate pair", wire.asking("colour=%ed%a0%80"), UNREADABLE, False)
    yield Hostile("bytes as they are", wire.asking("colour=\xe4"), UNREADABLE, False)
    yield Hostile("400 parameters", wire.asking(*(f"a{n}=1" for n in range(400))), *unknown)
    yield Hostile("600 parameters", wire.asking(*(f"a{n}=1" for n in range(600))), UNREADABLE, False)
    yield Hostile("a long query", wire.asking("a=" + "x" * 9000), frozenset({414}), False)
    yield Hostile("NUL", wire.asking("%00=%00"), *unknown)
    yield Hostile("brackets", wire.asking("limit[$gt]=1"), *unknown)
    yield Hostile("a long name", wire.asking("x" * 7000 + "=1"), *unknown)


def _in_query(wire, parameter):
    name, schema = parameter["name"], parameter["schema"]
    inner = schema["items"] if schema.get("type") == "array" else schema
    wrong = TEXTS.get(inner.get("type")) or FORMATS.get(inner.get("format")) or ["%00", "a%00b"]
    if inner.get("maxLength"):
        wrong = [*wrong, "x" * (inner["maxLength"] + 1)]
    if "enum" in inner:
        wrong = [*wrong, "x", "", "'"]
    for value in wrong:
        yield Hostile(
            f"{name}={value[:24]!r}", wire.asking(f"{name}={_sent(value)}"), frozenset({414, 422}), False
        )
    if schema.get("type") == "array":
        yield Hostile(f"{name} 150 times", wire.asking(*[(name, parameter["example"][0])] * 150), WRONG)
    else:
        example = (
            str(parameter.get("example", "x")).lower()
            if inner.get("type") == "boolean"
            else str(parameter.get("example", "x"))
        )
        yield Hostile(f"{name} twice", wire.asking((name, example), (name, example)), WRONG)
        yield Hostile(
            f"{name} twice, spelled in two ways",
            wire.asking((name, example), f"%{ord(name[0]):02x}{name[1:]}=x"),
            WRONG,
        )
    for value in COSTLY:
        yield Hostile(f"{name}={value[:8]!r}…", wire.asking((name, value[:5000])), ANYTHING, False)


def _in_header(wire, name):
    for value in (
        "",
        "x" * 1000,
        "\xe4\xf6",
        '"',
        '"x',
        "\t",
        ",",
        ",,,",
        "*,*",
        '"' * 290,
        "W/" * 140,
        "(" * 290,
        "%00",
        "\x7f",
    ):
        # Only what the contract says nothing about may pass: an empty header, and what a pattern lets through.
        yield Hostile(f"{name}: {value[:12]!r}", wire.having(**{name: value}), ANYTHING, False)


def _credentials(wire):
    """Whatever is sent as credentials: to an operation that needs none it is nothing, to another it is not enough."""
    expected = ANYTHING if wire.operation.is_public else frozenset({401})
    if wire.operation.is_public:
        return
    for value in ("", "Bearer", "Bearer ", "Basic eDp5", "Bearer " + "x" * 5000, "Bearer \xff", "Bearer a.b.c", "Bearer remit_x",
                  "bearer null", "Bearer eyJhbGciOiJub25lIn0.e30.", "Token x", "Bearer x, Bearer y"):  # fmt: skip
        yield Hostile(f"Authorization: {value[:24]!r}", wire.having(Authorization=value), expected, False)


def _at(wire, target):
    return type(wire)(wire.operation, target, wire.headers, wire.body)


def _sent(value):
    return (
        value
        if value.startswith("%") or "%00" in value
        else value.encode().hex(" ").replace(" ", "%").join(["%", ""])
        if value
        else ""
    )
