"""A fault for each rule of style: what is done to a copy of the contract.  Each breaks its rule, and the rule finds it."""

FAULTS = []
ON_DISK = {"files_are_short", "limits_of_values_are_not_written"}  # look at files, not at the document


def breaks(rule):
    def marked(fault):
        FAULTS.append((rule, fault))
        return fault

    return marked


def operation(document, operation_id):
    found = (one for item in document["paths"].values() for one in item.values() if isinstance(one, dict))
    return next(one for one in found if one.get("operationId") == operation_id)


def rename(mapping, before, after):
    mapping[after] = mapping.pop(before)


def drop_parameter(document, operation_id, component):
    parameters = operation(document, operation_id)["parameters"]
    parameters.remove({"$ref": f"#/components/parameters/{component}"})


def add_parameter(document, operation_id, component):
    operation(document, operation_id).setdefault("parameters", []).append(
        {"$ref": f"#/components/parameters/{component}"}
    )


def schema(name, *names):
    """A way to a component schema, or to a property in it."""

    def found(document):
        node = document["components"]["schemas"][name]
        for one in names:
            node = node["properties"][one]
        return node

    return found


def change(rule, where, **fields):
    """A fault that sets fields, or with None removes them."""

    def fault(document):
        node = where(document)
        for key, value in fields.items():
            if value is None:
                del node[key]
            else:
                node[key] = value

    FAULTS.append((rule, fault))


def of(operation_id):
    return lambda document: operation(document, operation_id)


def component(kind, name):
    return lambda document: document["components"][kind][name]


def moved(rule, where, before, after):
    FAULTS.append((rule, lambda document: rename(where(document), before, after)))


def paths(document):
    return document["paths"]


def properties(name):
    return lambda document: document["components"]["schemas"][name]["properties"]


def header_of(name):
    return lambda document: document["components"]["responses"][name]["headers"]


# Names
moved("paths_are_kebab_case", paths, "/api-keys", "/api_keys")
moved("paths_are_kebab_case", paths, "/tasks/{task_id}", "/tasks/{taskId}")
moved("paths_are_plural_nouns", paths, "/tasks", "/task")
moved("paths_are_plural_nouns", paths, "/users/me", "/users/self")
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
change("values_are_snake_case", schema("TaskCreate", "status"), enum=["TODO", "inProgress"])
change("operations_are_named_by_verb_and_noun", of("list_tasks"), operationId="tasks")
change("operations_are_named_by_verb_and_noun", of("list_tasks"), operationId="listTasks")
change("operations_are_named_by_verb_and_noun", of("delete_task"), operationId="create_task")
change("operations_have_a_handler", of("complete_task"), operationId="complete_work")
change("what_is_outside_is_asked_first", of("link_identity"), **{"x-outside": "The provider"})
change("what_is_outside_is_asked_first", of("log_in_with_identity"), operationId="get_in")
change("what_is_outside_is_asked_first", of("link_identity"), **{"x-idempotency": None})
change("handlers_are_operations", of("complete_task"), operationId="complete_work")
change("operations_have_the_tag_of_their_file", of("list_tasks"), tags=["projects"])
change("operations_are_told_in_sentences", of("list_tasks"), summary="Tasks")
moved("nothing_is_called_new", lambda d: d["components"]["schemas"], "TaskCreate", "NewTask")
moved("components_have_one_name", lambda d: d["components"]["schemas"], "TaskPage", "TaskFound")
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
FAULTS.append(
    (
        "objects_are_not_free_form",
        lambda d: d["components"]["schemas"]["TeamCreate"]["properties"].update(
            any={"description": "Any value."}
        ),
    )
)
change("answers_are_whole", schema("Person"), required=["id"])
change("answers_are_whole", schema("Person"), required=["id", "name", "colour"])
change("requests_are_closed", schema("TaskCreate"), additionalProperties=None)
change(
    "requests_and_answers_are_apart",
    component("requestBodies", "TaskCreateBody"),
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
    lambda d: d["components"]["requestBodies"]["TaskPatchBody"]["content"],
    "application/merge-patch+json",
    "application/json",
)
change("patches_are_merge_patches", schema("TaskPatch"), required=["title"])
change("patches_are_merge_patches", schema("TaskPatch"), minProperties=None)
change("patches_are_merge_patches", schema("TaskPatch", "priority"), default="none")
moved(
    "bodies_have_one_media_type",
    lambda d: d["components"]["requestBodies"]["TaskCreateBody"]["content"],
    "application/json",
    "text/json",
)
change("bodies_have_one_media_type", component("requestBodies", "TaskCreateBody"), required=None)
change("forms_have_texts_alone", schema("TokenRequest", "scope"), type="array")
change("unions_are_not_used", schema("Person"), oneOf=[{"$ref": "#/components/schemas/User"}])
change("unions_are_not_used", schema("EventSnapshot", "task"), type="object")
change("parameters_are_plain", component("parameters", "IncludeTotal"), explode=False)
change("parameters_are_plain", component("parameters", "Limit"), style="deepObject")
change("parameters_are_plain", component("parameters", "TaskId"), required=False)
change("lists_are_pages", lambda d: d["components"]["parameters"]["Limit"]["schema"], maximum=1000)
FAULTS.append(("lists_are_pages", lambda d: drop_parameter(d, "list_projects", "Cursor")))
moved("lists_are_pages", properties("EventPage"), "items", "data")
change("lists_are_pages", header_of("TaskPageFound"), Link=None)
change(
    "problems_have_one_shape",
    component("responses", "Conflict"),
    content={"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
)
change(
    "problems_have_one_shape",
    component("responses", "NotFound"),
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
