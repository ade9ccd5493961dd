"""FastAPI with the same 150 operations: typed parameters and bodies, a response model each, plain functions.

The pydantic models are made from the contract's own schemas, with the same limits and formats.
"""

import datetime
import typing
import uuid

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field, create_model

from contract_tests.bench import generated

FORMATS = {"uuid": uuid.UUID, "date-time": datetime.datetime, "date": datetime.date}
PLAIN = {"string": str, "integer": int}
LIMITS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "maxItems": "max_length",
    "minimum": "ge",
    "maximum": "le",
}


def python_type(schema: dict):
    """The annotation that says what the schema says."""
    if "enum" in schema:
        kind = typing.Literal[tuple(schema["enum"])]
    elif schema["type"] == "array":
        kind = list[python_type(schema["items"])]
    else:
        kind = FORMATS.get(schema.get("format"), PLAIN[schema["type"]])
    if limits := {LIMITS[word]: value for word, value in schema.items() if word in LIMITS}:
        kind = typing.Annotated[kind, Field(**limits)]
    return kind | None if schema.get("nullable") else kind


def model(name: str, schema: dict) -> type[BaseModel]:
    required = schema.get("required", [])
    fields = {
        key: (python_type(each), ... if key in required else None)
        for key, each in schema["properties"].items()
    }
    closed = schema.get("additionalProperties") is False
    return create_model(name, __config__=ConfigDict(extra="forbid" if closed else "ignore"), **fields)


def add(application: FastAPI, noun: str, schemas: dict):
    """The five operations of a noun."""
    name = noun.capitalize()
    Thing, Create, Patch = (model(key, schemas[key]) for key in (name, f"{name}Create", f"{name}Patch"))
    Page = create_model(f"{name}Page", items=(list[Thing], ...), next_cursor=(str | None, ...))
    Status = typing.Literal[tuple(generated.STATUSES)]
    Sort = typing.Literal[tuple(generated.SORTS)]
    list_path, item_path = f"/api/v1/{noun}s", f"/api/v1/{noun}s/{{thing_id}}"

    @application.get(list_path, response_model=Page, operation_id=f"list_{noun}s")
    def list_things(
        limit: typing.Annotated[int, Query(ge=1, le=100)] = 20,
        status: Status | None = None,
        sort: Sort | None = None,
    ):
        return generated.list_things(limit, status, sort)

    @application.post(list_path, response_model=Thing, status_code=201, operation_id=f"create_{noun}")
    def create_thing(body: Create):
        return generated.create_thing(body.model_dump(exclude_unset=True))[0]

    @application.get(item_path, response_model=Thing, operation_id=f"get_{noun}")
    def get_thing(thing_id: uuid.UUID):
        return generated.get_thing(thing_id)

    @application.patch(item_path, response_model=Thing, operation_id=f"update_{noun}")
    def update_thing(thing_id: uuid.UUID, body: Patch):
        return generated.update_thing(thing_id, body.model_dump(exclude_unset=True))

    @application.delete(item_path, status_code=204, operation_id=f"delete_{noun}")
    def delete_thing(thing_id: uuid.UUID):
        generated.delete_thing(thing_id)


def build():
    application = FastAPI()
    schemas = generated.contract()["components"]["schemas"]
    for noun in generated.NOUNS:
        add(application, noun, schemas)
    return application
