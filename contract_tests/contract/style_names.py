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
    "/.well-known/jwks.json": "the name that verifiers of tokens look for",
    **style_oauth.WELL_KNOWN,
}
SINGULAR = WELL_KNOWN | {
    **style_oauth.ENDPOINT_NAMES,
    "/health": "the state of the one service",
    "/health/live": "what supervisors ask, by their own word",
    "/health/ready": "what supervisors ask, by their own word",
    "/jobs/{job_id}/result": "a job has one result",
    "/mailbox": "the one mailbox of a demonstration",
    "/mailbox/{mail_name}": "the one mailbox of a demonstration",
    "/users/me": "the one account of the caller",
    "/users/me/password": "the one password of the caller",
    "/users/me/exports": "the exports of the caller",
    "/users/me/erasure": "the act of erasing, as a noun: an account is erased once",
    "/organizations/{organization_id}/retention": "an organization has one",
    "/users/me/email": "the one address of the caller",
    "/email-verifications/completion": "the act of completing, as a noun: it is known by the token in the body",
    "/password-resets/completion": "the act of completing, as a noun: it is known by the token in the body",
    "/account/{page}": "the one account of who has the mail",
    "/account/files/{file}": "the one account of who has the mail",
    "/users/me/two-factor": "the one two-factor authentication of the caller",
    "/users/me/two-factor/confirmation": "the act of confirming, as a noun",
    "/users/me/two-factor/deactivation": "the act of turning off, as a noun",
    "/users/me/two-factor/recovery-codes": "a part of the one two-factor authentication of the caller",
    "/sessions/current": "the one session of the caller",
    "/sessions/refresh": "the act of refreshing, as a noun: the session is known by the token in the body",
    "/invitations/acceptance": "the act of accepting, as a noun: the invitation is known by the token in the body",
    "/invitations/rejection": "the act of declining, as a noun: the invitation is known by the token in the body",
    "/organizations/{organization_id}/ownership": "an organization is owned; handing it over changes that",
    "/service-accounts/{service_account_id}/disablement": "the act of disabling, as a noun",
    "/sessions/by-identity": "the act of logging in by it: the session is not there yet",
    "/identities/{identity_id}/unlinking": "the act of unlinking, as a noun",
    "/security-log": "an account, or an organization, has one",
    "/security-log/{security_entry_id}": "an account, or an organization, has one",
    "/security-log/verification": "the act of verifying, as a noun",
    "/security-log/export": "the act of exporting, as a noun",
    "/tasks/{task_id}/completion": "the act of completing, as a noun: a task has one completion",
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
    """Addresses are made of plural nouns."""
    for path in reading.document["paths"]:
        for segment in path.strip("/").split("/"):
            if path != "/" and not segment.startswith("{") and not segment.endswith("s"):
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
    for place, one in reading.all_parameters():
        if one["in"] == "header":
            if one["name"] != "-".join(part.capitalize() for part in one["name"].split("-")):
                yield place, f"write the header {one['name']} Like-This."
        elif not SNAKE.fullmatch(one["name"]):
            yield place, f"write the parameter {one['name']!r} in snake_case."


@rule({"ApiCatalogEntry.service-desc": "RFC 8631", "ApiCatalogEntry.service-doc": "RFC 8631"})
def properties_are_snake_case(reading):
    """Properties are snake_case."""
    for place, schema in reading.parts():
        for name in schema.get("properties", {}):
            if not SNAKE.fullmatch(name):
                yield f"{place}.{name}", "write the property in snake_case."


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
    for place, schema in reading.parts():
        for name in schema.get("properties", {}):
            if name in reserved:
                yield f"{place}.{name}", "choose a word that is no keyword of a language."


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
    for place, schema in reading.parts():
        for name, one in schema.get("properties", {}).items():
            for suffix, format in suffixes.items():
                if name.endswith(suffix) != (one.get("format") == format) and name != "id":
                    yield f"{place}.{name}", f"a {format} ends in {suffix}, and nothing else does."


@rule(
    {
        "IssuedSession.token_type": "RFC 6750 writes Bearer",
        "Tokens.token_type": "RFC 6750 writes Bearer",
        "IntrospectedToken.token_type": "RFC 6750 writes Bearer",
        "/account/{page} page": "segments of addresses, which have hyphens",
    }
)
def values_are_snake_case(reading):
    """Values of enums are lower-case snake_case; a sort may begin with ``-``; a scope is ``noun:verb``, and a permission
    ``noun.verb``.  What may be null has null among its values."""
    for place, schema in reading.everywhere():
        values = schema.get("enum", ())
        if values and (None in values) != schema.get("nullable", False):
            yield place.removesuffix("[]"), "say nullable and null among its values, or neither."
        for value in values:
            if value is None:
                continue
            parts = re.split(r"[:.]", str(value).removeprefix("-"))
            if len(parts) > 2 or not all(SNAKE.fullmatch(part) for part in parts):
                yield place.removesuffix("[]"), f"write the value {value!r} in lower-case snake_case."


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
    kinds = {kind: found for kind, found in reading.components.items() if kind != "securitySchemes"}
    seen = collections.Counter(name.lower() for found in kinds.values() for name in found)
    for kind, found in kinds.items():
        for name in found:
            if seen[name.lower()] > 1:
                yield f"{kind}/{name}", "another component has this name; give each its own."
            if not name[:1].isupper() or not name.isalnum():
                yield f"{kind}/{name}", "write it in PascalCase."


@rule()
def files_are_short(reading):
    """A file of the contract has at most 350 lines; a noun that outgrows it is two nouns."""
    for path in sorted(spec.FOLDER.rglob("*.yaml")):
        place = str(path.relative_to(spec.FOLDER))
        written = (
            not place.startswith("published/") and place != "examples.yaml"
        )  # these are made by programs
        if written and (lines := len(path.read_text("utf-8").splitlines())) > LINES:
            yield place, f"it has {lines} lines, of which {LINES} are allowed: divide the noun."


@rule()
def properties_are_described(reading):
    """Each property and each parameter says in a sentence what it is."""
    for place, schema in reading.parts():
        for name, one in schema.get("properties", {}).items():
            if "$ref" not in one and not one.get("description"):
                yield f"{place}.{name}", "describe it in a sentence."
    for place, one in reading.all_parameters():
        if not one.get("description"):
            yield place, "describe it in a sentence."
