"""Mutants of the contract that break a rule of style.  Each is caught by a complaint of its rule about the changed place."""

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import spec
from contract_tests.contract import style_names
from contract_tests.contract.mutants.checks.style import keeps
from contract_tests.contract.mutants.mutant import in_code
from contract_tests.contract.mutants.style_changes import (
    Node,
    body_of,
    change,
    component,
    content_of,
    drop_parameter,
    fault,
    header_of,
    moved,
    of,
    paths,
    properties,
    schema,
)

# Names
moved("paths_are_kebab_case", paths, "/api-keys", "/api_keys")
moved("paths_are_kebab_case", paths, "/tasks/{task_id}", "/tasks/{taskId}")
moved("paths_are_plural_nouns", paths, "/tasks", "/task")
moved("paths_are_plural_nouns", paths, "/teams/{team_id}/members", "/team/{team_id}/members")
moved(
    "paths_nest_once", paths, "/members/{member_id}", "/organizations/{organization_id}/members/{member_id}"
)
change("names_are_snake_case", component("parameters", "Limit"), name="pageSize")
change("names_are_snake_case", component("parameters", "IfMatch"), name="if-match")
moved("properties_are_snake_case", properties("Task"), "due_on", "dueOn")
moved("properties_are_no_keywords", properties("Task"), "status", "class")
change("suffixes_tell_formats", schema("Task", "due_on"), format="date-time")
change("suffixes_tell_formats", schema("Task", "project_id"), format=None)
moved("suffixes_tell_formats", properties("Task"), "created_at", "created")
change("values_are_snake_case", schema("TaskPriority"), enum=["LOW", "veryHigh"])
change("enums_are_named", schema("Task", "title"), enum=["a", "b"])
change("patterns_name_no_bytes", schema("Project", "key"), pattern=r"^[!-~\x80-\xff]+$")
change("enums_are_named", schema("TaskPriority"), nullable=True)
change("operations_are_named_by_verb_and_noun", of("list_tasks"), operationId="tasks")
change("operations_are_named_by_verb_and_noun", of("list_tasks"), operationId="listTasks")
change("operations_are_named_by_verb_and_noun", of("delete_task"), operationId="create_task")
change("operations_have_a_handler", of("complete_task"), operationId="complete_work")
change("external_calls_come_first", of("link_identity"), **{"x-external-call": "The provider"})
change("external_calls_come_first", of("log_in_with_identity"), operationId="get_in")
change("external_calls_come_first", of("link_identity"), **{"x-idempotency": None})
change(
    "handlers_are_operations",
    of("complete_task"),
    "handlers.work.tasks.complete_task",
    operationId="complete_work",
)
change("operations_have_the_tag_of_their_file", of("list_tasks"), tags=["projects"])
change("operations_are_told_in_sentences", of("list_tasks"), description="Tasks")
moved("nothing_is_called_new", lambda d: d["components"]["schemas"], "TaskCreate", "NewTask")
moved("components_have_one_name", lambda d: d["components"]["schemas"], "TaskPage", "TaskId")
moved("components_have_one_name", lambda d: d["components"]["schemas"], "TaskPage", "task_page")
change("properties_are_described", schema("Task", "title"), description=None)

# Shapes
change(
    "objects_are_named",
    schema("TaskPage"),
    properties={
        "items": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}
    },
)
change("objects_are_not_free_form", schema("Person"), properties={})
change("objects_are_not_free_form", schema("Person"), additionalProperties=True)
change("objects_are_not_free_form", schema("Task", "title"), type=None)
change("objects_are_not_free_form", schema("FieldChange", "before"), description=None)
change("objects_are_not_free_form", schema("FieldChange", "before"), maxLength=200)
fault(
    "objects_are_not_free_form",
    "TeamCreate.any",
    lambda d: d["components"]["schemas"]["TeamCreate"]["properties"].update(
        any={"description": "Any value."}
    ),
)
change("answers_are_whole", schema("Person"), required=["id"])
change("answers_are_whole", schema("Person"), "colour", required=["id", "name", "colour"])
change("requests_are_closed", schema("TaskCreate"), additionalProperties=None)
change(
    "requests_and_answers_are_apart",
    body_of("create_task"),
    "Task: ",
    content={"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}},
)
change("texts_are_bounded", schema("TaskCreate", "title"), maxLength=None)
change("texts_that_are_sent_refuse_nul", schema("TaskCreate", "description"), pattern=None)
change("texts_that_are_sent_refuse_nul", schema("TaskPatch", "description"), pattern="^.*$")
change("numbers_are_bounded", schema("Task", "version"), maximum=None)
change("numbers_are_bounded", schema("Task", "version"), type="number")
change("arrays_are_bounded", schema("Task", "assignee_ids"), maxItems=None)
moved(
    "patches_are_merge_patches",
    content_of("update_task"),
    "application/json",
    "text/json",
    "update_task",
)
change("patches_are_merge_patches", schema("TaskPatch"), required=["title"])
change("patches_are_merge_patches", schema("TaskPatch"), minProperties=None)
change("patches_are_merge_patches", schema("TaskPatch", "priority"), default="none")
moved(
    "bodies_have_one_media_type",
    content_of("create_task"),
    "application/json",
    "text/json",
    "create_task",
)
change("bodies_have_one_media_type", body_of("create_task"), required=None)
change("forms_have_texts_alone", schema("TokenRequest", "scope"), "issue_token scope", type="array")
change("unions_are_not_used", schema("Person"), oneOf=[{"$ref": "#/components/schemas/User"}])
change("unions_are_not_used", schema("Person"), allOf=[{"$ref": "#/components/schemas/User"}])
change("parameters_are_plain", component("parameters", "IncludeTotal"), explode=False)
change("parameters_are_plain", component("parameters", "Limit"), style="deepObject")
change("parameters_are_plain", component("parameters", "TaskId"), required=False)
change(
    "lists_are_pages",
    Node(lambda d: d["components"]["parameters"]["Limit"]["schema"], "list_tasks"),
    maximum=1000,
)
fault("lists_are_pages", "list_projects", lambda d: drop_parameter(d, "list_projects", "Cursor"))
moved("lists_are_pages", properties("EventPage"), "items", "data", "list_events")
change("lists_are_pages", header_of("list_tasks"), "list_tasks", Link=None)
change(
    "problems_have_one_shape",
    Node(component("responses", "Conflict"), "create_task 409"),
    content={"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
)
change(
    "problems_have_one_shape",
    Node(component("responses", "NotFound"), "get_task 404"),
    content={"application/problem+json": {"schema": {"$ref": "#/components/schemas/Fault"}}},
)
change("examples_are_valid", component("parameters", "Limit"), example=1000)
change("examples_are_valid", component("headers", "ETag"), example="3")
change("examples_are_valid", schema("Person"), example={"id": 7})

# Texts
change("texts_that_are_sent_have_a_kind", schema("TeamCreate", "name"), format=None)
change("texts_that_are_sent_have_a_kind", schema("ProjectCreate", "key"), pattern="^[^\\x00]*$")
change("formats_are_explained", schema("TeamCreate", "name"), pattern="^.*$")
change("limits_follow_values", schema("ApiKeyCreate", "scopes"), maxItems=20000)
change("limits_follow_values", schema("ApiKey", "scopes"), **{"x-values-of": None})


# Files
REPEATED = {
    "operations_repeat_no_defaults": {
        "tags": ("operationId: create_team", "operationId: create_team\n      tags: [teams]"),
        "IdempotencyKey": (
            "operationId: create_team",
            'operationId: create_team\n      parameters: [{$ref: "../common.yaml#/components/parameters/IdempotencyKey"}]',
        ),
        "409": (
            '"201": {description: The new team.',
            '"409": {$ref: "../responses.yaml#/components/responses/Conflict"}\n        "201": {description: The new team.',
        ),
    },
    "schemas_repeat_no_defaults": {
        "additionalProperties": (
            "description: Properties of the team to create.",
            "description: Properties of the team to create.\n      additionalProperties: false",
        ),
        "maxLength": ("id: {type: string, format: uuid", "id: {type: string, format: uuid, maxLength: 36"),
        "version": (
            "        id: {type",
            (
                "        version: {type: integer, format: int64, minimum: 1, maximum: 9223372036854775807, "
                'description: "Version number, which increases with each change."}\n        id: {type'
            ),
        ),
    },
}


def _repeats(rule, what, before, after):
    def a_default_is_written_by_hand(context):
        context.enter(_changed("access/teams.yaml", before, after))

    a_default_is_written_by_hand.__name__ = f"{rule}-{what}"
    in_code(keeps(rule), f"take {what} away")(a_default_is_written_by_hand)


for _rule, _repeated in REPEATED.items():
    for _what, _texts in _repeated.items():
        _repeats(_rule, _what, *_texts)


@in_code(keeps("files_are_short"), "common.yaml: it has")
def the_limit_of_lines_is_lower(context):
    context.replace(style_names, "LINES", 100)


@in_code(keeps("limits_of_values_are_not_written"), "keys.yaml")
def a_limit_is_written_beside_values(context):
    context.enter(_one_file("scopes: {type: array, maxItems: 20, items: {type: string, enum: [tasks:read]}}"))


@contextmanager
def _changed(file, before, after):
    """The contract is a folder in which a text of a file is another."""
    with TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(spec.FOLDER, Path(temporary) / "spec"))
        text = (folder / file).read_text("utf-8")
        assert before in text, f"{file} says {before!r}"
        (folder / file).write_text(text.replace(before, after), "utf-8")
        with patch.object(spec, "FOLDER", folder):
            yield


@contextmanager
def _one_file(text):
    """The contract is a folder with this file."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "keys.yaml").write_text(text, "utf-8")
        with patch.object(spec, "FOLDER", Path(folder)):
            yield
