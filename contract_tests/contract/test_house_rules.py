"""The contract against the rules of tools/spectral.yaml: of Spectral, OWASP, Zalando and the house."""

import json

import pytest
import yaml

from contract_tests.contract import tools
from spec.origins import where

RULES = tools.FOLDER / "spectral.yaml"


def spectral(document, folder):
    """The rules that Spectral finds broken, and where."""
    path = tools.write(document, folder / "openapi.json")
    results = folder / "found.json"
    ended = tools.node(
        "spectral", "lint", path, "-r", RULES, "-F", "hint", "-f", "json", "-o", results, "--quiet"
    )
    assert results.exists(), tools.output(ended)
    return {
        (result["code"], where("/".join(escaped(step) for step in result["path"])), result["message"])
        for result in json.loads(results.read_bytes())
    }


def escaped(step):
    """A step of a JSON Pointer (RFC 6901)."""
    return str(step).replace("~", "~0").replace("/", "~1")


def test_spectral_finds_nothing(tmp_path):
    broken = sorted(spectral(tools.document(), tmp_path))
    assert not broken, "\n" + "\n".join(
        f"{rule}: {message} At {location}." for rule, location, message in broken
    )


def operation(document, address, method):
    return document["paths"][address][method]


# A fault for each rule: what is done to a copy of the contract.  Each is planted in a place of its own.
FAULTS = {
    "house-operation-name": lambda d: operation(d, "/events", "get").update(operationId="listEvents"),
    "house-one-tag": lambda d: operation(d, "/events", "get")["tags"].append("tasks"),
    "house-no-default-response": lambda d: operation(d, "/events", "get")["responses"].update(
        default={"$ref": "#/components/responses/NotFound"}
    ),
    "house-public-is-declared": lambda d: operation(d, "/events/{event_id}", "get").update(security=[]),
    "house-unauthenticated-is-documented": lambda d: operation(d, "/projects", "get")["responses"].pop("401"),
    "house-merge-patch": lambda d: body(d, "/projects/{project_id}", "patch").pop("application/json"),
    "house-one-request-type": lambda d: body(d, "/tasks", "post").update(
        {"text/json": {"schema": {"$ref": "#/components/schemas/TaskCreate"}}}
    ),
    "house-patch-schema": lambda d: schema(d, "TaskPatch").update(required=["title"]),
    "house-requests-are-closed": lambda d: schema(d, "TaskCreate").update(additionalProperties=True),
    "house-named-schemas": lambda d: schema(d, "Task")["properties"].update(
        more={"type": "object", "description": "."}
    ),
    "house-schema-names": lambda d: d["components"]["schemas"].update(NewTask=schema(d, "TaskPage")),
    "house-plain-parameters": lambda d: operation(d, "/tasks", "get")["parameters"].append(
        {
            "name": "filter[status]",
            "in": "query",
            "schema": {"type": "string", "maxLength": 9, "pattern": "^a$"},
        }
    ),
    "house-no-unions": lambda d: schema(d, "Person").update(oneOf=[{"$ref": "#/components/schemas/User"}]),
    "house-moments-and-dates": lambda d: schema(d, "Task")["properties"]["due_on"].update(format="date-time"),
    "house-problem": lambda d: response(d, "NotFound")["content"]["application/problem+json"].update(
        schema={"$ref": "#/components/schemas/Person"}
    ),
    "must-use-standard-http-status-codes": lambda d: renamed(
        operation(d, "/tasks", "post")["responses"], "413", "419"
    ),
    "must-use-normalized-paths-without-trailing-slash": lambda d: renamed(
        d["paths"], "/problems", "/problems/"
    ),
    "should-not-use-api-as-base-path": lambda d: renamed(d["paths"], "/health", "/api/health"),
    "must-use-lowercase-with-hypens-for-path-segements": lambda d: renamed(
        d["paths"], "/health/live", "/health/isAlive"
    ),
    "must-use-snake-case-for-property-names": lambda d: renamed(
        schema(d, "Project")["properties"], "name", "projectName"
    ),
    "must-use-problem-json-for-errors": lambda d: renamed(
        response(d, "Forbidden")["content"], "application/problem+json", "application/json"
    ),
    "owasp:api2:2023-short-lived-access-tokens": lambda d: d["components"]["securitySchemes"]["oauth2"][
        "flows"
    ]["authorizationCode"].pop("refreshUrl"),
    "owasp:api2:2023-no-credentials-in-url": lambda d: operation(d, "/users/me", "get").update(
        parameters=[{"name": "id_token", "in": "query", "schema": {"type": "string"}}]
    ),
    "owasp:api8:2023-define-error-validation": lambda d: without(d, "/roles/{role_id}", "get", "400", "422"),
    "owasp:api4:2023-string-limit": lambda d: schema(d, "User")["properties"]["name"].pop("maxLength"),
    "owasp:api4:2023-array-limit": lambda d: schema(d, "TaskPage")["properties"]["items"].pop("maxItems"),
    "owasp:api4:2023-rate-limit": lambda d: operation(d, "/tasks/{task_id}", "get")["responses"]["200"][
        "headers"
    ].clear(),
    "owasp:api8:2023-define-error-responses-500": lambda d: operation(d, "/users", "post")["responses"].pop(
        "500"
    ),
    "oas3-unused-component": lambda d: d["components"]["schemas"].update(Unused=schema(d, "TaskCreate")),
}


def schema(document, name):
    return document["components"]["schemas"][name]


def response(document, name):
    return document["components"]["responses"][name]


def body(document, address, method):
    return operation(document, address, method)["requestBody"]["content"]


def without(document, address, method, *statuses):
    for status in statuses:
        operation(document, address, method)["responses"].pop(status)


def renamed(mapping, before, after):
    mapping[after] = mapping.pop(before)


@pytest.fixture(scope="module")
def found_with_faults(tmp_path_factory):
    document = tools.document()
    for plant in FAULTS.values():
        plant(document)
    return {rule for rule, _, _ in spectral(document, tmp_path_factory.mktemp("faults"))}


@pytest.mark.parametrize("rule", FAULTS)
def test_spectral_finds_what_is_planted(rule, found_with_faults):
    assert rule in found_with_faults


def test_every_rule_of_ours_is_seen_to_find_something():
    rules = yaml.safe_load(RULES.read_text("utf-8"))["rules"]
    assert {name for name, rule in rules.items() if rule not in ("off", False)} - set(FAULTS) == set()
