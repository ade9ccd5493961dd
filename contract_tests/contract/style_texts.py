"""Rules of the contract's style: which kind of text every string of a request is, and the limits of lists of values."""

import re

import spec
from contract_tests.contract.reading import rule
from spec.derived import enum_of

# Kinds of text that are canonical, or have one spelling of each value.
CANONICAL = {"single-line", "multi-line", "ip-network", "email", "time-zone", "uuid", "date", "date-time"}
NOT_ASCII = ["\u00e9", "a\u0301", "\u202e", "a\u00a0a", "\u200b", "aaaaaaaaaaaaaaaaaaaaaa\u00e9"]
OPAQUE = {
    "list_tasks text": "words to look for, which the search brings into their form",
    "PublicJwk.kid": "RFC 7517: a case-sensitive string, compared as it is",
    "get_authorization login_hint": "shown to nobody but the person, in a field of a form",
    "AuthorizationStart.login_hint": "shown to nobody but the person, in a field of a form",
    "PageLogin.email": "the field of a page; what is no address is an unknown one",
    "PageLogin.code": "the field of a page; what is no code is a wrong one",
}
LISTS = ("scopes", "permissions", "grant_types")


@rule(OPAQUE)
def texts_that_are_sent_have_a_kind(reading):
    """Every text of a request is an enum, has a format with a canonical form, or an ASCII pattern; passwords are NFKC."""
    sent = [*reading.parts(reading.request_schemas)]
    sent += [
        (location, parameter["schema"])
        for location, parameter in reading.all_parameters()
        if parameter["in"] == "query"
    ]
    for location, schema in sent:
        if schema.get("type") != "string" or "enum" in schema or schema.get("format") in CANONICAL:
            continue
        pattern = schema.get("pattern", "")
        if not location.lower().endswith("password") and any(re.search(pattern, text) for text in NOT_ASCII):
            yield location, "give it the format single-line or multi-line, or a pattern of ASCII characters."


@rule()
def patterns_name_no_bytes(reading):
    r"""No pattern has an escape from \x80 on: Ruby and PHP read it as a byte, and a client in Ruby does not even load."""
    for location, schema in reading.everywhere():
        if re.search(r"\\x[89a-fA-F]", schema.get("pattern", "")):
            yield location, r"name the characters that are refused, as [^\x00-\x20]."


@rule()
def formats_are_explained(reading):
    """Every format that the contract adds is described, and has the message of its fault."""
    for name, entry in spec.formats().items():
        if not {"description", "refusal"} <= entry.keys():
            yield name, "describe it in spec/formats.yaml, with a refusal."
    for location, schema in reading.everywhere():
        added = {"single-line", "multi-line", "ip-network", "time-zone"}
        pattern = spec.formats().get(schema.get("format"), {}).get("pattern")
        if schema.get("format") in added and schema.get("pattern") != pattern:
            yield location, "leave its pattern to the format."


@rule()
def limits_follow_values(reading):
    """An array of values of a list has no limit of its own: it follows the list, which grows."""
    for location, schema in reading.everywhere():
        if schema.get("type") != "array":
            continue
        values = enum_of(reading.document, schema)
        if values and schema.get("maxItems") != len(values):
            yield location, "leave maxItems to spec.load(), which counts the values."
        if location.rpartition(".")[2] in LISTS and not values and "x-values-of" not in schema:
            yield location, "say with x-values-of which list its items are of."


@rule()
def limits_of_values_are_not_written(reading):
    """No file states how many items an array of enum values, or with ``x-values-of``, may have."""
    for path in sorted(spec.FOLDER.rglob("*.yaml")):
        if path.parent.name == "published":
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if "maxItems" in line and re.search(
                r"x-values-of|items: \{[^}]*enum: \[|/(Scope|AppScope|GrantType|Grantable)", line
            ):
                yield f"{path.name}:{number}", "take maxItems away: spec.load() counts the values."
