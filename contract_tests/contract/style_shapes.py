"""Rules of the contract's style: the shapes of requests, answers, pages and problems."""

import re

from contract_tests.contract import style_oauth
from contract_tests.contract.reading import ERRORS, rule
from handlers.http.schemas import REQUEST, RESPONSE, Schemas
from spec.derived import flat

PATCH = "application/merge-patch+json"
PATCHES = [PATCH, "application/json"]
PROBLEM = "application/problem+json"
FORM = "application/x-www-form-urlencoded"
# What none of these lets through with a NUL in it.
NUL_FREE = {"uuid", "date", "date-time", "email", "time-zone"}
WITH_NUL = ["\0", "a\0", "\0a", "a\0a", "aa\0", "\0aa", "ENG-\0", "aaaaaaaaaaaaaaaaaaaaa\0"]


@rule()
def objects_are_named(reading):
    """Every object is a component of its own: clients call it by that name."""
    for location, schema in reading.everywhere():
        is_object = schema.get("type") == "object" or "properties" in schema
        if is_object and location not in reading.schemas:
            yield location, "move the object to a component and refer to it."


@rule()
def objects_are_not_free_form(reading):
    """Every object names its properties, and every schema its type; a value of any type, in an answer, is described alone."""
    for location, schema in reading.everywhere():
        if schema.get("type") == "object" and not schema.get("properties"):
            yield location, "name its properties; nothing is free-form."
        if schema.get("additionalProperties"):
            yield location, "do not allow any property; name them."
        is_any = schema.keys() == {"description"} and location.partition(".")[0] in reading.response_schemas
        if not is_any and not schema.keys() & {"$ref", "type", "allOf", "oneOf", "anyOf"}:
            yield location, "give it a type, or, for a value of any type in an answer, a description alone."


@rule(
    {
        f"Jwk.{name}": "RFC 7517: a key has the members of its kind, and no others"
        for name in ("crv", "e", "n", "x")
    }
    | style_oauth.ABSENT
)
def answers_are_whole(reading):
    """Every property of an answer is required; what may be absent is nullable."""
    for name in sorted(reading.response_schemas):
        schema = reading.schemas[name]
        if (
            schema.get("maxProperties") == 1
        ):  # the snapshot of an event: one member at most, named by its type
            continue
        for prop in sorted(schema.get("properties", {}).keys() - set(schema.get("required", ()))):
            yield f"{name}.{prop}", "require it, and make it nullable when it can be absent."
        if undefined := set(schema.get("required", ())) - schema.get("properties", {}).keys():
            yield name, f"it requires what it does not have: {', '.join(sorted(undefined))}."


@rule(style_oauth.OPEN_REQUESTS)
def requests_are_closed(reading):
    """Requests refuse properties that they do not have."""
    for name in sorted(reading.request_schemas):
        schema = reading.schemas[name]
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
            yield name, "set additionalProperties: false, so that a misspelt property is refused."


@rule()
def requests_and_answers_are_apart(reading):
    """No object is both: what is sent and what is answered change apart."""
    for name in sorted(reading.request_schemas & reading.response_schemas):
        if reading.schemas[name].get("type") != "object":
            continue
        yield name, "make an XCreate or XPatch of its own for the request."


@rule()
def texts_are_bounded(reading):
    """Every text has a greatest length, unless it is one of a few values."""
    for location, schema in reading.everywhere():
        if schema.get("type") == "string" and "enum" not in schema and "maxLength" not in schema:
            yield location, "give it a maxLength."


@rule()
def texts_that_are_sent_refuse_nul(reading):
    """Every text of a request refuses NUL, which PostgreSQL cannot store: by values, a format or a pattern."""
    sent = [*reading.parts(reading.request_schemas)]
    sent += [(location, parameter["schema"]) for location, parameter in reading.all_parameters()]
    for location, schema in sent:
        if schema.get("type") != "string" or "enum" in schema or schema.get("format") in NUL_FREE:
            continue
        pattern = schema.get("pattern")
        if pattern is None or any(re.search(pattern, text) for text in WITH_NUL):
            yield location, r"refuse NUL by a pattern such as ^[^\x00]*$."


@rule()
def numbers_are_bounded(reading):
    """Every integer has a format, a minimum and a maximum; there are no other numbers (money is in minor units)."""
    for location, schema in reading.everywhere():
        if schema.get("type") == "integer" and not {"format", "minimum", "maximum"} <= schema.keys():
            yield location, "give it a format (int32 or int64), a minimum and a maximum."
        if schema.get("type") == "number":
            yield location, "use an integer, of money in minor units: fractions are not exact."


@rule()
def arrays_are_bounded(reading):
    """Every array says how many items it has at most, and what they are."""
    for location, schema in reading.everywhere():
        if schema.get("type") == "array" and not {"maxItems", "items"} <= schema.keys():
            yield location, "give it items and maxItems."


@rule()
def patches_are_merge_patches(reading):
    """A PATCH takes ``application/merge-patch+json`` and JSON, with the same schema of its own, ``XPatch``."""
    for operation in reading.operations:
        if operation.method != "patch":
            continue
        content = operation.body[1]["content"] if operation.body else {}
        if list(content) != PATCHES or content[PATCH]["schema"] != content["application/json"]["schema"]:
            yield operation.id, f"let it take {PATCH} and JSON, with one schema."
            continue
        name, schema = reading.named(content[PATCH]["schema"])
        if name is None or not name.endswith("Patch"):
            yield operation.id, "give it a schema of its own, XPatch."
        if schema.get("required") or schema.get("minProperties") != 1:
            yield f"{name}", "require no property, but one of them: minProperties: 1."
        for location, part in reading.parts([name] if name else []):
            if "default" in part:
                yield location, "take the default away: what is not sent is not touched."


@rule(style_oauth.FORMS | {"stop_emails": "a form of RFC 8058"})
def bodies_have_one_media_type(reading):
    """A request has one media type, JSON but for the forms of pages and of OAuth, or the two of PATCH; and is required."""
    for operation in reading.operations:
        if operation.body is None:
            continue
        expected = PATCHES if operation.method == "patch" else ["application/json"]
        if list(operation.body[1]["content"]) != expected or operation.body[1].get("required") is not True:
            yield operation.id, f"let it take {' and '.join(expected)}, and require it."
        if operation.method in ("get", "delete"):
            yield operation.id, f"a {operation.method.upper()} has no body."


@rule()
def forms_have_texts_alone(reading):
    """Every field of a form is a text: nothing else can be sent in it."""
    for name, is_sent, media_type, content in reading.contents():
        if is_sent and media_type == FORM:
            schema = reading.resolve(content["schema"])
            for field, described in schema["properties"].items():
                field_schema = flat(reading.document, described)
                if field_schema.get("type") != "string" or field_schema.get("nullable"):
                    yield f"{name} {field}", "make it a string; what is not filled in is not sent."


@rule()
def unions_are_not_used(reading):
    """No ``oneOf``, ``anyOf`` or ``not``; ``allOf`` only around one reference that has a default or a description beside it."""
    for location, schema in reading.everywhere():
        for key in schema.keys() & {"oneOf", "anyOf", "not", "discriminator"}:
            yield location, f"do without {key}; few generated clients read it alike."
        beside = {"allOf", "default", "x-default", "description"}
        if "allOf" in schema and (
            len(schema["allOf"]) > 1 or "$ref" not in schema["allOf"][0] or not schema.keys() <= beside
        ):
            yield location, "write allOf around one reference, with a default or a description alone."


@rule()
def parameters_are_plain(reading):
    """Parameters have plain names and values; several values are ``form``, exploded, and at least one."""
    for location, parameter in reading.all_parameters():
        schema = parameter["schema"]
        is_deep = parameter.get("style") == "deepObject" or "[" in parameter["name"]
        if is_deep or schema.get("type") == "object":
            yield location, "use a plain name for each value; clients disagree on deep objects."
        if parameter["in"] == "query" and schema.get("type") == "array":
            if (parameter.get("style"), parameter.get("explode")) != ("form", True):
                yield location, "write style: form, explode: true; clients disagree on the others."
            if schema.get("minItems", 0) < 1 or "maxItems" not in schema:
                yield location, "give it minItems: 1 and a maxItems."
        if parameter["in"] == "path" and parameter.get("required") is not True:
            yield location, "require it: it is part of the address."


@rule({"list_problems": "the catalogue is one document, whole"})
def lists_are_pages(reading):
    """A list has ``limit`` (1 to 100, 20 by default) and ``cursor``, and answers ``{items, next_cursor}`` and ``Link``."""
    for operation in reading.operations:
        content = operation.successes().get(200, {}).get("content", {})
        name, schema = reading.named(content.get("application/json", {}).get("schema", {}))
        is_page = {"items", "next_cursor"} <= schema.get("properties", {}).keys()
        if not operation.id.startswith("list_") and not is_page:
            continue
        limit = next((each["schema"] for each in operation.parameters if each["name"] == "limit"), {})
        if not is_page or not str(name).endswith("Page"):
            yield operation.id, "answer an XPage with items and next_cursor."
        if (limit.get("minimum"), limit.get("maximum"), limit.get("default")) != (1, 100, 20):
            yield operation.id, "give it a limit from 1 to 100, 20 by default."
        if not operation.takes("cursor"):
            yield operation.id, "give it a cursor."
        if "Link" not in operation.successes()[200].get("headers", {}):
            yield operation.id, "declare the header Link, which leads to the next page."


@rule(style_oauth.OWN_ANSWERS)
def problems_have_one_shape(reading):
    """Every error is ``application/problem+json`` of the one schema ``Problem``."""
    for operation in reading.operations:
        for status, (_, response) in operation.responses.items():
            if status not in ERRORS:
                continue
            if response.get("content", {}).keys() != {PROBLEM}:
                yield f"{operation.id} {status}", f"answer {PROBLEM} and nothing else."
            elif response["content"][PROBLEM]["schema"] != {"$ref": "#/components/schemas/Problem"}:
                yield f"{operation.id} {status}", "answer the schema Problem: errors have one shape."


@rule()
def examples_are_valid(reading):
    """Every example is what its schema says, as the server reads it; Redocly and Spectral read it for themselves."""
    schemas = Schemas(reading.schemas)
    for location, side, holder in with_schemas(reading):
        if "example" in holder:
            for error in schemas.validator(holder.get("schema", holder), side).iter_errors(holder["example"]):
                yield location, f"mend its example: {error.message[:200]}"


def with_schemas(reading):
    """``(location, whether in a request or a response, what may have an example)``."""
    for location, parameter in reading.all_parameters():
        yield location, REQUEST, parameter
    for location, header in reading.components["headers"].items():
        yield location, RESPONSE, header
    for location, is_sent, _, content in reading.contents():
        yield location, REQUEST if is_sent else RESPONSE, content
    for location, schema in reading.parts():
        yield location, REQUEST if location.partition(".")[0] in reading.request_schemas else RESPONSE, schema
