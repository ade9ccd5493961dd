"""Generated contracts of 150 operations and more, and plain handlers for them that answer from memory.

Nouns, each listed, got, created, changed and deleted; every object has the eighteen properties of a task.  Beyond thirty
nouns, they are numbered.  The contract is OpenAPI 3.0.3; handlers are plain functions that return dictionaries of JSON values.
"""

import functools
import uuid
from collections.abc import Callable

from contract_tests.bench import load

# fmt: off
NOUNS = [
    "account", "asset", "batch", "booking", "budget", "campaign", "case", "channel", "comment",
    "delivery", "device", "document", "estimate", "expense", "feature", "goal", "incident",
    "invoice", "lead", "meeting", "milestone", "note", "offer", "order", "plan", "release",
    "report", "review", "task", "ticket",
]
# fmt: on
OPERATIONS = ("list", "get", "create", "update", "delete")
STATUSES = ["backlog", "todo", "in_progress", "review", "done", "cancelled"]
PRIORITIES = ["none", "low", "medium", "high", "urgent"]
SORTS = ["created_at", "-created_at", "due_on", "-due_on", "priority", "-priority"]

UUID = {"type": "string", "format": "uuid"}
MOMENT = {"type": "string", "format": "date-time"}
DATE = {"type": "string", "format": "date", "nullable": True}
STATUS = {"type": "string", "enum": STATUSES}
PRIORITY = {"type": "string", "enum": PRIORITIES}
LABELS = {"type": "array", "maxItems": 20, "items": {"type": "string", "maxLength": 50}}
MINUTES = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 100000, "nullable": True}
DESCRIPTION = {"type": "string", "maxLength": 20000, "nullable": True}

CHANGEABLE = {
    "title": {"type": "string", "minLength": 1, "maxLength": 500},
    "description": DESCRIPTION,
    "status": STATUS,
    "priority": PRIORITY,
    "labels": LABELS,
    "starts_on": DATE,
    "due_on": DATE,
    "estimate_minutes": MINUTES,
}
PROPERTIES = {
    "id": UUID,
    "organization_id": UUID,
    "project_id": UUID,
    "number": {"type": "integer", "format": "int32", "minimum": 1},
    "key": {"type": "string", "maxLength": 20},
    **CHANGEABLE,
    "created_by": UUID,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "completed_at": {**MOMENT, "nullable": True},
    "version": {"type": "integer", "format": "int32", "minimum": 1},
}


def json_of(schema_name: str) -> dict:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema_name}"}}}


def answer(description: str, schema_name: str | None = None) -> dict:
    return {"description": description, **({"content": json_of(schema_name)} if schema_name else {})}


def schemas(noun: str) -> dict:
    """The components of a noun: itself, its two bodies, its page."""
    name = noun.capitalize()
    page = {
        "items": {"type": "array", "maxItems": 100, "items": {"$ref": f"#/components/schemas/{name}"}},
        "next_cursor": {"type": "string", "nullable": True},
    }
    create = {"project_id": UUID, **CHANGEABLE}
    closed = {"type": "object", "additionalProperties": False}
    return {
        name: {"type": "object", "required": list(PROPERTIES), "properties": PROPERTIES},
        f"{name}Create": {**closed, "required": ["project_id", "title"], "properties": create},
        f"{name}Patch": {**closed, "minProperties": 1, "properties": CHANGEABLE},
        f"{name}Page": {"type": "object", "required": list(page), "properties": page},
    }


def paths(noun: str) -> dict:
    """The two URLs of a noun and their five operations."""
    name = noun.capitalize()

    def operation(verb, subject, status, description, schema_name=None, body=None, **more):
        responses = {status: answer(description, schema_name), "422": answer("Refused.", "Problem")}
        operation = {"operationId": f"{verb}_{subject}", "tags": [noun], "summary": description, **more}
        if body:
            operation["requestBody"] = {"required": True, "content": json_of(body)}
        return {**operation, "responses": responses}

    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    query = {"limit": limit, "status": STATUS, "sort": {"type": "string", "enum": SORTS}}
    parameters = [{"name": key, "in": "query", "schema": schema} for key, schema in query.items()]
    identity = {"name": f"{noun}_id", "in": "path", "required": True, "schema": UUID}
    return {
        f"/{noun}s": {
            "get": operation("list", f"{noun}s", "200", "A page.", f"{name}Page", parameters=parameters),
            "post": operation("create", noun, "201", "Created.", name, f"{name}Create"),
        },
        f"/{noun}s/{{{noun}_id}}": {
            "parameters": [identity],
            "get": operation("get", noun, "200", "One.", name),
            "patch": operation("update", noun, "200", "Changed.", name, f"{name}Patch"),
            "delete": operation("delete", noun, "204", "Gone."),
        },
    }


def nouns(count: int) -> list[str]:
    """As many nouns: those of the list, then the same with a number."""
    return [NOUNS[number % 30] + (str(number // 30) if number >= 30 else "") for number in range(count)]


@functools.cache
def contract(operations: int = 150) -> dict:
    problem = {
        "type": "object",
        "required": ["title", "status"],
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    }
    components = {"Problem": problem}
    joined = {}
    for noun in nouns(operations // 5):
        components |= schemas(noun)
        joined |= paths(noun)
    return {
        "openapi": "3.0.3",
        "info": {"title": f"{operations} operations", "version": "1.0.0"},
        "servers": [{"url": "/api/v1"}],
        "paths": joined,
        "components": {"schemas": components},
    }


def thing(number: int) -> dict:
    """One object, as a task would be."""
    return {
        "id": str(uuid.UUID(int=(0x0190 << 112) + (7 << 76) + (2 << 62) + number)),
        "organization_id": "01900000-0000-7000-8000-00000000aaaa",
        "project_id": "01900000-0000-7000-8000-00000000bbbb",
        "number": number,
        "key": f"ENG-{number}",
        "title": f"Replace the pump of line {number} before the audit",
        "description": "The pump loses pressure after an hour. Spare parts are in the store, shelf 14.",
        "status": STATUSES[number % 6],
        "priority": PRIORITIES[number % 5],
        "labels": ["maintenance", "line-4"],
        "starts_on": None,
        "due_on": "2026-03-31",
        "estimate_minutes": 240,
        "created_by": "01900000-0000-7000-8000-00000000cccc",
        "created_at": "2026-01-02T03:04:05.678901Z",
        "updated_at": "2026-01-03T04:05:06.789012Z",
        "completed_at": None,
        "version": 3,
    }


THINGS = [thing(number) for number in range(1, 101)]
BODY = {
    "project_id": THINGS[0]["project_id"],
    "title": "Order a new pump",
    "description": "Two offers at least.",
    "status": "todo",
    "priority": "high",
    "labels": ["purchase"],
    "due_on": "2026-04-30",
}


def list_things(limit=20, status=None, sort=None):
    return {"items": THINGS[:limit], "next_cursor": "b3BhcXVl"}


def create_thing(body):
    return {**THINGS[0], **body}, 201


def update_thing(thing_id, body):
    return {**THINGS[0], "id": thing_id, **body}


def get_thing(thing_id):
    return THINGS[0]


def delete_thing(thing_id):
    return None, 204


def handlers(operations: int = 150) -> dict:
    """operationId → plain function, its path parameter named as in the contract."""

    def named(noun, function):
        if function is update_thing:
            return eval(f"lambda {noun}_id, body: function({noun}_id, body)", {"function": function})
        return eval(f"lambda {noun}_id: function({noun}_id)", {"function": function})

    functions: dict[str, Callable] = {}
    for noun in nouns(operations // 5):
        functions[f"list_{noun}s"] = list_things
        functions[f"create_{noun}"] = create_thing
        for verb, function in (("get", get_thing), ("update", update_thing), ("delete", delete_thing)):
            functions[f"{verb}_{noun}"] = named(noun, function)
    return functions


def one_of_each(operations: int) -> list[bytes]:
    """A request to each of so many operations."""
    messages = []
    for noun in nouns(operations // 5):
        list_path, item_path = f"/api/v1/{noun}s", f"/api/v1/{noun}s/{THINGS[0]['id']}"
        messages += [
            load.request("GET", list_path),
            load.request("POST", list_path, BODY),
            load.request("GET", item_path),
            load.request("PATCH", item_path, {"title": "Order two pumps"}),
            load.request("DELETE", item_path),
        ]
    return messages
