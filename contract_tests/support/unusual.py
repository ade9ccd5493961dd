"""Unusual values that schemas of the contract allow, and what the answer shows of each."""

import unicodedata
from datetime import UTC, date, datetime
from ipaddress import IPv6Network, ip_network

from hypothesis import strategies as st

from contract_tests.support.operations import CONTRACT, resolved
from spec.derived import flat

LINES = (
    "Gera\u0308t", "\u1100\u1161\u11a8", "\u0344", "  outer  ", "\u3000outer\u00a0", "\ufeffmark", "\u0627\u0644\u0639\u0631",
    "\u05e9\u05dc\u05d5\u05dd 1", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f3f4\U000e0067\U000e0062\U000e007f",
    "a\u200bb", "\u0301", "e" + "\u0301" * 80, "\uffff", "\U0010ffff", "\u0130I\u0131\u00df\u017f", "'; drop table teams; --",
    "{{7*7}} ${x} %s %(x)s \\ \" <b>", "null", "\u0958" * 40, "\x80\x9f", "\u2126 \u212b \ufb01 \u00b2", "-0", "=1+1",
)  # fmt: skip
TEXTS = (*LINES, "", " ", "a\r\nb\rc\n", "\t\u2028\u2029\u202e", "\n" * 50)
DATES = ("0001-01-01", "9999-12-31", "2024-02-29", "1582-10-10", "1900-02-28")
MOMENTS = (
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2016-12-31T23:59:60Z", "2017-01-01T05:29:60+05:30",
    "2026-03-01t09:30:00.123456789z", "2026-03-01T09:30:00-00:00", "9998-12-31T23:59:59+23:59", "1969-12-31T23:59:59.5Z",
    "2099-02-01T00:00:00-23:59",
)  # fmt: skip
EMAILS = (
    "UPPER.Case@EXAMPLE.org", "o'hara+tag@example.org", '"two words"@example.org', "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]",
    "a@localhost", "!#$%&'*+/=?^_`{|}~-@example.org", "x@xn--bcher-kva.example", f"{'a' * 64}@{'b' * 63}.example",
    '"@"@example.org', '"<b>"@example.org', "a@1.2.3.4",
)  # fmt: skip
NETWORKS = (
    "2001:db8:0:0:0:0:0:1/128", "2001:DB8::1/128", "2001:0db8::0001/64", "::/0", "0.0.0.0/0", "::ffff:192.0.2.77/120",
    "::FFFF:0:0/96", "::ffff:0:0/95", "64:ff9b::192.0.2.33/128", "1::/16", "::1/128", "2001:db8::1:0:0:1/128",
    "192.0.2.77/24", "fe80::/10", "1:0:0:2:0:0:0:3/128", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128",
)  # fmt: skip
ZONES = ("UTC", "America/Argentina/ComodRivadavia", "Etc/GMT+12", "GB-Eire", "Asia/Calcutta")
LOCALES = ("zh-cmn-Hans-CN", "DE-ch", "en-x-a", "sl-rozaj-biske", "de-DE-u-co-phonebk")
BY_FORMAT = {
    "single-line": LINES,
    "multi-line": TEXTS,
    "date": DATES,
    "date-time": MOMENTS,
    "email": EMAILS,
    "ip-network": NETWORKS,
    "time-zone": ZONES,
}


def values(schema):
    """Unusual valid values of a schema; none for references, secrets, and whatever else is looked up and not kept."""
    schema = flat(CONTRACT, schema)
    longest, shortest = schema.get("maxLength", 10**6), schema.get("minLength", 0)
    match schema.get("type"), schema.get("format"):
        case "integer", _:
            small, great = schema["minimum"], schema["maximum"]
            return [float(small), float(min(great, 2**53)), float(small + 1), small, great]
        case "array", _:
            items = schema["items"]
            inner = items["enum"] if "enum" in items else values(items)
            most = schema["maxItems"]
            lists = [inner[:most], inner[-most:][::-1], [inner[0]] * 1] if inner else []
            return lists if schema.get("minItems") or not inner else [[], *lists]
        case "string", format if format in BY_FORMAT:
            fitting = [text for text in BY_FORMAT[format] if shortest <= len(text) <= longest]
            if format in ("single-line", "multi-line"):
                fitting += ["x" * longest, "\U0001f4a9" * longest, "\u00e9" * longest]
            return fitting
        case "string", None if "enum" not in schema and "A-Za-z]{2,3}(-" in schema.get("pattern", ""):
            return list(LOCALES)
    return []


def strategy(schema):
    """Random valid values of a schema that has unusual ones."""
    schema = resolved(schema)
    longest = schema.get("maxLength")
    sampled = st.sampled_from(values(schema))
    match schema.get("type"), schema.get("format"):
        case "integer", _:
            whole = st.integers(schema["minimum"], schema["maximum"])
            return whole | whole.filter(lambda number: abs(number) < 2**53).map(float) | sampled
        case "string", "single-line":
            letters = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=BIDI)
            return st.text(letters, max_size=longest - 1).map(lambda text: f"{text}\u00b7") | sampled
        case "string", "multi-line":
            letters = st.characters(exclude_categories=("Cs",), exclude_characters=CONTROLS)
            return st.text(letters, max_size=min(longest, 300)) | sampled
        case "string", "date":
            return st.dates().map(date.isoformat) | sampled
        case "string", "ip-network":
            alone = st.ip_addresses()
            return alone.flatmap(
                lambda address: st.integers(0, address.max_prefixlen).map(lambda bits: f"{address}/{bits}")
            )
    return sampled


BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = "".join(map(chr, (*range(9), 11, 12, *range(14, 32), 127)))
OUTER = (
    "".join(chr(code_point) for code_point in range(0x3001) if chr(code_point).isspace())
    + "\u200b\u2060\ufeff"
)


def canonical(schema, value):
    """What an answer shows of a value that was sent."""
    schema = resolved(schema)
    if isinstance(value, list):
        return list(dict.fromkeys(canonical(schema["items"], item) for item in value))
    match schema.get("type"), schema.get("format"):
        case "integer", _:
            return int(value)
        case "string", "single-line":
            return _composed(value).strip(OUTER)
        case "string", "multi-line":
            return _composed(value.replace("\r\n", "\n").replace("\r", "\n"))
        case "string", "date-time":
            return _moment(value)
        case "string", "email":
            return value.lower()
        case "string", "ip-network":
            return _network(value)
    return value


def _composed(text):
    return unicodedata.normalize(
        "NFC", "".join("\ufffd" if "\x80" <= character <= "\x9f" else character for character in text)
    )


def _moment(text):
    text = text.upper()
    text = f"{text[:17]}59{text[19:]}" if text[17:19] == "60" else text
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")


def _network(text):
    network = ip_network(text, strict=False)
    inside = isinstance(network, IPv6Network) and network.subnet_of(IPv6Network("::ffff:0:0/96"))
    return str(
        ip_network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96)) if inside else network
    )
