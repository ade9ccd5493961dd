"""Rules of the contract's style: what ``spec.load()`` adds is not written by hand.  They look at the files."""

import yaml

import spec
from contract_tests.contract.reading import rule
from spec import defaults, operations

UNLESS_BY_ID = "IfNoneMatch"  # of a read without an ID, which becomes conditional by it


def noun_files():
    """``(file:line of a node, noun file)`` of each noun file, as ``(name, document)``."""
    for noun, context in spec.nouns().items():
        path = spec.FOLDER / context / f"{noun}.yaml"
        yield f"spec/{context}/{noun}.yaml", yaml.safe_load(path.read_text("utf-8"))


def reference_name(node):
    return node.get("$ref", "").rpartition("/")[2]


@rule()
def operations_repeat_no_defaults(reading):
    """No operation states a tag, a security, a parameter or a response that ``defaults.yaml`` adds to its kind."""
    table = yaml.safe_load((spec.FOLDER / "defaults.yaml").read_text("utf-8"))["kinds"]
    joined = {
        operation.node["operationId"]: operation for operation in operations.operations(reading.document)
    }
    for name, document in noun_files():
        for item in document["paths"].values():
            for method in operations.METHODS:
                if method in item:
                    node = item[method]
                    kinds = defaults.kinds(reading.document, joined[node["operationId"]])
                    for repeated in repeated_by(node, [table[kind] for kind in kinds]):
                        yield f"{name} {node['operationId']}", f"take {repeated} away: spec.load() adds it."


def repeated_by(node, kinds):
    """What an operation states of what its kinds add."""
    if "tags" in node:
        yield "tags"
    if node.get("x-public") and node.get("security") == []:
        yield "security"
    parameters = {reference_name(parameter) for kind in kinds for parameter in kind.get("parameters", ())}
    for parameter in node.get("parameters", ()):
        if (name := reference_name(parameter)) in parameters and name != UNLESS_BY_ID:
            yield name
    responses = {status: response for kind in kinds for status, response in kind.get("responses", {}).items()}
    for status, response in node["responses"].items():
        if status in responses and reference_name(responses[status]) == reference_name(response):
            yield status
    headers = {name for kind in kinds for name in kind.get("headers", {})}
    for status, response in node["responses"].items():
        for header in response.get("headers", {}):
            if header in headers and status.startswith("2"):
                yield f"{header} of {status}"


@rule()
def schemas_repeat_no_defaults(reading):
    """No schema states a length, a property or a closure that ``spec.load()`` adds."""
    table = yaml.safe_load((spec.FOLDER / "defaults.yaml").read_text("utf-8"))
    subjects = reading.schemas["EventSnapshot"]["properties"]
    subjects = {subject["$ref"].rpartition("/")[2] for subject in subjects.values() if "$ref" in subject}
    for name, document in noun_files():
        for schema_name, schema in document.get("components", {}).get("schemas", {}).items():
            location = f"{name} {schema_name}"
            properties = schema.get("properties", {})
            is_sent = schema_name in reading.request_schemas
            if is_sent and schema.get("additionalProperties") is False:
                yield location, "take additionalProperties away: spec.load() closes the objects of requests."
            if not is_sent and properties and set(schema.get("required", ())) == set(properties):
                yield location, "take required away: every property of a response is required."
            for column, described in table["resource"].items():
                if schema_name in subjects and properties.get(column) == described:
                    yield location, f"take {column} away: every resource with events has it."
            if set(table["page"]) <= set(properties):
                yield location, "write x-page-of on the response: spec.load() makes the page."
            for prop, property_schema in properties.items():
                if table["lengths"].get(property_schema.get("format")) == property_schema.get(
                    "maxLength", object()
                ):
                    yield f"{location}.{prop}", "take maxLength away: its format has a length."
