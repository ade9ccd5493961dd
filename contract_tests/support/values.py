"""Values that schemas of the contract allow: the smallest body that is valid, with words that can be recognized."""

import itertools
import re

from contract_tests.support import factories
from contract_tests.support.operations import resolved
from models.base.ids import new_id

_numbers = itertools.count(1)
FORMATS = {
    "uuid": new_id,
    "date": lambda: "2031-05-17",
    "date-time": lambda: "2031-05-17T10:30:00Z",
    "time-zone": lambda: "Europe/Berlin",
    "email": lambda: f"nobody{next(_numbers)}@example.org",
    "uri": lambda: "urn:remit:nothing",
    "ip-network": lambda: "2001:db8::/32",
}
FREE_TEXTS = {"single-line", "multi-line"}  # formats of what people write as they like
# Tried in turn where a pattern has to be matched: a text, the key of a project, a code, a long token, a recovery code.
CANDIDATES = (
    "{word} {number}",
    "{key}",
    "{key_lower}",
    "en",
    "Europe/Berlin",
    "a.{number:040d}.b",
    "{number:06d}",
    "{number:043d}",
    "20310517T103000Z-0198c0de-7c7e-7f00-8000-{number:012d}",
    "https://app{number}.example/",
    "{key}-{key}",
    "#{number:06x}",
)


def value(schema, word="word"):
    """A value that ``schema`` allows; a string of free text begins with ``word``."""
    schema = resolved(schema)
    if "allOf" in schema:
        return value(schema["allOf"][0], word)
    if "enum" in schema:
        return schema["enum"][-1]
    match schema.get("type"):
        case "object":
            return required_of(schema, word)
        case "array":
            return [value(schema["items"], word) for _ in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return _string(schema, word)


def required_of(schema, word="word"):
    """An object with the required properties of ``schema``."""
    return {name: value(schema["properties"][name], word) for name in schema.get("required", ())}


def is_free_text(schema):
    """Whether people write it as they like, so that a word in it can be looked for."""
    schema = resolved(schema)
    if schema.get("type") != "string" or not is_free(schema):
        return False
    return _string(schema, "CANARY").startswith("CANARY")


def is_free(schema):
    """Whether neither an enum nor a format says which values there are."""
    return "enum" not in schema and schema.get("format", "single-line") in FREE_TEXTS


def _string(schema, word):
    if not is_free(schema):
        return FORMATS[schema["format"]]()
    number, key = next(_numbers), factories.key()
    for candidate in CANDIDATES:
        text = candidate.format(word=word, number=number, key=key, key_lower=key.lower())
        fits = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 10**9)
        if fits and re.search(schema.get("pattern", ""), text):
            return text
    raise LookupError(
        f"No value is known that matches {schema}: add a kind of text to CANDIDATES in contract_tests/support/values.py."
    )
