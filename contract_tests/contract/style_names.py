"""Rules of the contract's style: names of addresses, properties, values and components."""

import collections
import keyword
import re

import spec
from contract_tests.contract import style_oauth
from contract_tests.contract.reading import SNAKE, rule

LINES = 350

WELL_KNOWN = {
    "/openapi.json": "the name that tools look for",
    "/openapi.yaml": "the name that tools look for",
    "/openapi-3.1.json": "the name that tools look for, with the version",
    "/.well-known/api-catalog": "the address of RFC 9727",
    "/llms.txt": "the name that llmstxt.org gives it",
    "/.well-known/jwks.json": "the name that verifiers of tokens look for",
    **style_oauth.WELL_KNOWN,
}
# Collections in the singular.  What follows an ID, or `me`, may be one of its kind: a part, or an action as a noun.
SINGULAR = WELL_KNOWN | {
    **style_oauth.ENDPOINT_NAMES,
    "/health": "the state of the one service",
    "/health/live": "what supervisors ask, by their own word",
    "/health/ready": "what supervisors ask, by their own word",
    "/mailbox": "the one mailbox of a demonstration",
    "/mailbox/{mail_name}": "the one mailbox of a demonstration",
    "/users/me/two-factor/confirmation": "the one two-factor authentication of the caller",
    "/users/me/two-factor/deactivation": "the one two-factor authentication of the caller",
    "/users/me/two-factor/recovery-codes": "the one two-factor authentication of the caller",
    "/account/{page}": "the one account of who has the mail",
    "/account/files/{file}": "the one account of who has the mail",
    "/account/apps": "the one account of who uses the browser",
    "/account/apps/revocations": "the one account of who uses the browser",
    "/home": "the one address of the server",
    "/security-log": "an account, or an organization, has one",
    "/security-log/{security_entry_id}": "an account, or an organization, has one",
    "/security-log/verification": "an account, or an organization, has one",
    "/security-log/export": "an account, or an organization, has one",
}


@rule(WELL_KNOWN)
def paths_are_kebab_case(reading):
    """Segments of addresses are lower-case words with hyphens; parameters are snake_case."""
    for path in reading.document["paths"]:
        for segment in path.strip("/").split("/"):
            word = segment[1:-1] if segment.startswith("{") else segment.replace("-", "_")
            if path != "/" and (
                not SNAKE.fullmatch(word) or ("_" in segment and not segment.startswith("{"))
            ):
                yield (
                    path,
                    f"write {segment!r} as lower-case words with hyphens, and a parameter in snake_case.",
                )


@rule(SINGULAR)
def paths_are_plural_nouns(reading):
    """Addresses are made of plural nouns.  The last segment may be the one part of what is before it, or an action as a noun."""
    for path in reading.document["paths"]:
        segments = path.strip("/").split("/")
        named = [segment for segment in segments if not segment.startswith("{")]
        if len(segments) > 1 and not segments[-1].startswith("{"):
            named = named[:-1]
        for segment in named:
            if path != "/" and not segment.endswith("s") and segment != "me":
                yield path, f"{segment!r} is no plural noun; an action is a noun as well (PUT …/completion)."


@rule()
def paths_nest_once(reading):
    """A collection is nested in at most one other: ``/nouns/{noun_id}/nouns``.  ``/users/me`` is one step: the caller."""
    for path in reading.document["paths"]:
        if path.count("{") > 1 or path.replace("/users/me/", "/me/").count("/") > 3:
            yield path, "nest once at most; what has an id of its own has an address of its own."


@rule()
def names_are_snake_case(reading):
    """Properties and parameters of path and query are snake_case, those of headers are written Like-This."""
    for location, parameter in reading.all_parameters():
        if parameter["in"] == "header":
            if parameter["name"] != "-".join(part.capitalize() for part in parameter["name"].split("-")):
                yield location, f"write the header {parameter['name']} Like-This."
        elif not SNAKE.fullmatch(parameter["name"]):
            yield location, f"write the parameter {parameter['name']!r} in snake_case."


@rule(
    {
        "ApiCatalogEntry.service-desc": "RFC 8631",
        "ApiCatalogEntry.service-doc": "RFC 8631",
        "OneClickUnsubscription.List-Unsubscribe": "RFC 8058",
    }
)
def properties_are_snake_case(reading):
    """Properties are snake_case."""
    for location, schema in reading.parts():
        for name in schema.get("properties", {}):
            if not SNAKE.fullmatch(name):
                yield f"{location}.{name}", "write the property in snake_case."


@rule(
    {
        "Fault.in": "the shape of problems, as other APIs have it",
        "Problem.type": "RFC 9457",
        "ProblemType.type": "the same as in Problem",
        "ApiCatalogTarget.type": "RFC 9264",
    }
)
def properties_are_no_keywords(reading):
    """Properties are not words that generated clients must rename."""
    reserved = {
        *keyword.kwlist,
        "type",
        "field_",
        "default",
        "interface",
        "func",
        "package",
        "new",
        "enum",
        "public",
    }
    for location, schema in reading.parts():
        for name in schema.get("properties", {}):
            if name in reserved:
                yield f"{location}.{name}", "choose a word that is no keyword of a language."


@rule(
    dict.fromkeys(
        ("Event.request_id", "PermissionCheck.request_id", "SecurityEntry.request_id"),
        "a request's id is whatever the client sent",
    )
    | style_oauth.CLIENT_IDS
)
def suffixes_tell_formats(reading):
    """``_at`` is a date-time, ``_on`` a date, ``_id`` a UUID, and the other way round."""
    suffixes = {"_at": "date-time", "_on": "date", "_id": "uuid"}
    for location, schema in reading.parts():
        for name, property_schema in schema.get("properties", {}).items():
            for suffix, format in suffixes.items():
                if name.endswith(suffix) != (property_schema.get("format") == format) and name != "id":
                    yield f"{location}.{name}", f"a {format} ends in {suffix}, and nothing else does."


@rule(
    {
        "TokenType": "RFC 6750 writes Bearer",
        "AccountPageName": "segments of addresses, which have hyphens",
    }
)
def values_are_snake_case(reading):
    """Values of enums are lower-case snake_case; a sort may begin with ``-``; a scope is ``noun:verb``, and a permission
    ``noun.verb``.  What may be null has null among its values."""
    for location, schema in reading.everywhere():
        values = schema.get("enum", ())
        if values and (None in values) != schema.get("nullable", False):
            yield location.removesuffix("[]"), "say nullable and null among its values, or neither."
        for value in values:
            if value is None:
                continue
            parts = re.split(r"[:.]", str(value).removeprefix("-"))
            if len(parts) > 2 or not all(SNAKE.fullmatch(part) for part in parts):
                yield location.removesuffix("[]"), f"write the value {value!r} in lower-case snake_case."


@rule()
def nothing_is_called_new(reading):
    """No schema is called ``New<X>`` beside ``<X>``: in Go it is the constructor of the other."""
    for name in reading.schemas:
        if name.removeprefix("New") in reading.schemas and name.startswith("New"):
            yield (
                name,
                f"call it {name.removeprefix('New')}Create; NewX is what Go calls the constructor of X.",
            )


@rule()
def components_have_one_name(reading):
    """Names of components are PascalCase and unique, whatever their kind and case."""
    kinds = {kind: components for kind, components in reading.components.items() if kind != "securitySchemes"}
    seen = collections.Counter(name.lower() for components in kinds.values() for name in components)
    for kind, components in kinds.items():
        for name in components:
            if seen[name.lower()] > 1:
                yield f"{kind}/{name}", "another component has this name; give each its own."
            if not name[:1].isupper() or not name.isalnum():
                yield f"{kind}/{name}", "write it in PascalCase."


@rule()
def files_are_short(reading):
    """A file of the contract has at most 350 lines; a noun that outgrows it is two nouns."""
    for path in sorted(spec.FOLDER.rglob("*.yaml")):
        file_name = str(path.relative_to(spec.FOLDER))
        written = (
            not file_name.startswith("published/") and file_name != "examples.yaml"
        )  # these are made by programs
        if written and (lines := len(path.read_text("utf-8").splitlines())) > LINES:
            yield file_name, f"it has {lines} lines, of which {LINES} are allowed: divide the noun."


@rule()
def properties_are_described(reading):
    """Each property and each parameter says in a sentence what it is."""
    for location, schema in reading.parts():
        for name, property_schema in schema.get("properties", {}).items():
            if "$ref" not in property_schema and not property_schema.get("description"):
                yield f"{location}.{name}", "describe it in a sentence."
    for location, parameter in reading.all_parameters():
        if not parameter.get("description"):
            yield location, "describe it in a sentence."
