"""Mutants of the contract that break a rule of style about answers or access."""

from contract_tests.contract.mutants.style_changes import (
    Node,
    add_parameter,
    breaks,
    change,
    component,
    drop_parameter,
    fault,
    header_of,
    header_of_error,
    link_of,
    of,
    operation,
    response_of,
    schema,
)


@breaks("errors_are_those_that_can_happen", "get_task 404")
def an_error_is_not_listed(document):
    del operation(document, "get_task")["responses"]["404"]


@breaks("errors_are_those_that_can_happen", "list_tasks 412")
def an_impossible_error_is_listed(document):
    operation(document, "list_tasks")["responses"]["412"] = {
        "$ref": "#/components/responses/PreconditionFailed"
    }


@breaks("errors_are_those_that_can_happen", "list_tasks 409")
def a_rule_about_values_is_listed_as_a_conflict(document):
    operation(document, "list_tasks")["responses"]["409"] = {"$ref": "#/components/responses/Conflict"}


@breaks("errors_are_those_that_can_happen", "list_tasks 409")
def a_rule_has_a_status_that_is_not_listed(document):
    operation(document, "list_tasks")["x-problems"].append("project_archived")


@breaks("errors_are_shared", "get_task 404")
def an_error_has_an_answer_of_its_own(document):
    operation(document, "get_task")["responses"]["404"] = {"$ref": "#/components/responses/Forbidden"}


@breaks("statuses_are_listed_one_by_one", "get_task")
def a_default_answer(document):
    operation(document, "get_task")["responses"]["default"] = {"$ref": "#/components/responses/NotFound"}


change("answers_are_described", response_of("get_task"), description="")
change(
    "answers_have_one_schema",
    response_of("create_task"),
    "create_task",
    content={"application/json": {"schema": {"$ref": "#/components/schemas/Project"}}},
)


@breaks("only_deletions_are_empty", "update_task 204")
def an_update_that_shows_nothing(document):
    operation(document, "update_task")["responses"]["204"] = {"description": "No content."}


@breaks("creations_answer_201", "create_task")
def a_creation_that_answers_200(document):
    del operation(document, "create_task")["responses"]["201"]


change("headers_are_declared", component("headers", "ETag"), required=None)
change("answers_have_their_headers", header_of("get_task"), **{"Request-Id": None})
change("answers_have_their_headers", header_of_error("TooManyRequests"), **{"Retry-After": None})
change("creations_tell_where", header_of("create_task", "201"), Location=None)
change("single_resources_have_an_etag", header_of("get_task"), ETag=None)
fault("single_resources_have_an_etag", "get_task", lambda d: drop_parameter(d, "get_task", "IfNoneMatch"))
change("secrets_are_not_kept_by_caches", header_of("log_in", "201"), **{"Cache-Control": None})
change("creations_and_lists_have_links", response_of("create_task", "201"), "create_task", links={})
change(
    "links_lead_somewhere",
    link_of("create_task", "201", "get_task"),
    "create_task get_task",
    operationId="get_it",
)
change(
    "links_lead_somewhere",
    link_of("create_task", "201", "get_task"),
    "create_task get_task",
    parameters={"id": "1"},
)
change(
    "links_lead_somewhere",
    Node(lambda d: response_of("list_tasks")(d)["links"], "list_tasks"),
    next_page=None,
)

# Delegation
change("what_hands_power_on_says_so", of("create_api_key"), **{"x-hands-on": None})
change("what_hands_power_on_says_so", of("add_team_member"), **{"x-hands-on": None})
change("what_hands_power_on_can_be_refused", of("create_role"), **{"x-hands-on": ["everything"]})
change("what_hands_power_on_can_be_refused", of("create_role"), **{"x-problems": ["role_key_taken"]})

# Access
change("everything_needs_a_permission", of("list_tasks"), **{"x-permission": None})
change("everything_needs_a_permission", of("get_health"), **{"x-permission": "health.read"})
change("public_operations_say_so", of("list_tasks"), security=[])
change("public_operations_say_so", of("list_tasks"), **{"x-public": True})
change("permissions_are_in_the_policy", of("list_tasks"), **{"x-permission": "task.look"})
change("permissions_are_in_the_policy", of("delete_task"), "task.delete", **{"x-permission": "task.update"})
fault(
    "roles_are_made_of_what_admins_may",
    "permission_check.read",
    lambda d: d["components"]["schemas"]["GrantablePermission"]["enum"].append("permission_check.read"),
)
who_may = Node(lambda d: d["x-permissions"])
change("who_has_a_permission_stands_once", who_may, **{"task.delete": ["admin", "owner"]})
change("who_has_a_permission_stands_once", who_may, **{"task.update": ["guest", "member", "admin", "owner"]})
change("who_has_a_permission_stands_once", who_may, **{"task.create": None})
change("who_has_a_permission_stands_once", who_may, **{"task.look": ["guest", "member", "admin", "owner"]})
change("operations_tell_who_may", of("delete_task"), **{"x-allowed-roles": ["owner"]})
change("operations_tell_who_may", of("delete_task"), **{"x-allowed-roles": None})
change("scopes_are_in_the_table", of("list_tasks"), **{"x-scopes": ["tasks:look"]})
change("scopes_are_in_the_table", of("list_tasks"), **{"x-scopes": None})
change("apps_are_let_in_by_their_scopes", of("list_tasks"), security=[{"oauth2": ["tasks:write"]}])
change("apps_are_let_in_by_their_scopes", of("create_api_key"), security=[{"oauth2": ["keys:write"]}])
change("body_limits_are_in_the_table", of("log_in"), **{"x-body-limit": "huge"})
change("body_limits_are_in_the_table", of("log_in"), **{"x-body-limit": None})
change("body_limits_are_in_the_table", of("list_tasks"), **{"x-body-limit": "small"})
change("proof_is_decided", of("transfer_ownership"), **{"x-proof": None})
change("proof_is_decided", of("update_team"), **{"x-proof": "always"})
change("proof_has_one_form", of("transfer_ownership"), **{"x-proof": "sometimes"})
change("proof_has_one_form", of("update_task"), **{"x-proof": "always"})
change("proof_has_one_form", of("change_email"), **{"x-proof": None})
change("owners_are_made_with_proof", of("update_member"), **{"x-proof": "widening"})
change("rate_limits_are_in_the_table", of("log_in"), **{"x-rate-limit": "slow"})
change("rate_limits_are_in_the_table", of("log_in"), **{"x-rate-limit": "default"})
change("events_are_declared", of("create_task"), **{"x-events": ["task.made"]})
change("events_are_declared", of("create_task"), **{"x-events": None})
change(
    "event_types_are_described",
    Node(lambda d: d["x-event-types"], "task.created"),
    **{"task.created": "Created"},
)
change("refusals_exist", of("complete_task"), **{"x-problems": ["task_too_hard"]})
change("refusals_exist", of("list_tasks"), "sort_needs_text", **{"x-problems": None})
fault(
    "writes_take_an_idempotency_key",
    "create_task",
    lambda d: drop_parameter(d, "create_task", "IdempotencyKey"),
)
change("writes_take_an_idempotency_key", of("log_in"), **{"x-idempotency": {"exempt": "It is", "so.": None}})
fault("conditions_come_together", "get_task", lambda d: drop_parameter(d, "get_task", "IfMatch"))
fault("changes_take_if_match", "delete_task", lambda d: drop_parameter(d, "delete_task", "IfMatch"))
fault("writes_can_be_tried", "create_task", lambda d: drop_parameter(d, "create_task", "ValidateOnly"))
fault("writes_can_be_tried", "delete_task", lambda d: add_parameter(d, "delete_task", "ValidateOnly"))


# Language
change("summaries_are_imperatives", of("list_tasks"), summary="Tasks")
change("summaries_are_imperatives", of("list_tasks"), summary="List tasks.")
change("summaries_are_imperatives", of("list_tasks"), summary="List Tasks")
change(
    "summaries_are_imperatives", of("list_tasks"), summary="List the tasks that you can see in all projects"
)
change("descriptions_name_the_thing", schema("Task", "id"), description="Its id.")
change("descriptions_name_the_thing", schema("Task", "organization_id"), description="Whose it is.")
change("descriptions_name_the_thing", schema("Grant", "created_by_id"), description="Who granted it.")
change("descriptions_name_the_thing", schema("GrantPatch"), description="What to change of a grant.")
change("descriptions_name_the_thing", schema("Job", "progress"), description="How far it is.")
change(
    "descriptions_name_the_thing", component("parameters", "Limit"), description="How many items a page has."
)
change("descriptions_are_sentences", schema("Task", "id"), description="task ID.")
change("descriptions_are_sentences", schema("Task", "id"), description="Task ID")
change("descriptions_of_operations_say_what_they_do", of("get_task"), description="One task of the caller.")
change("nulls_are_explained", schema("Task", "due_on"), description="Due date.")
change("texts_name_operations_that_exist", schema("Task", "id"), description="Task ID of `create_work`.")
change("lists_have_a_serial_comma", schema("Task", "id"), description="Keys, names and titles.")
change("lists_have_a_serial_comma", of("get_task"), description="Returns `a`, `b` or `c`.")
change("no_word_is_doubled", schema("Task", "id"), description="Task ID of the the task.")


@breaks("deprecations_give_notice", "get_task")
def an_operation_is_gone_at_once(document):
    operation(document, "get_task")["x-deprecation"] = {
        "deprecated_on": "2027-01-01",
        "sunset_on": "2027-02-01",
    }


@breaks("deprecations_give_notice", "get_task")
def a_successor_is_gone_itself(document):
    notice = {"deprecated_on": "2027-01-01", "sunset_on": "2028-01-01", "successor": "get_task"}
    operation(document, "get_task")["x-deprecation"] = notice


@breaks("deprecations_give_notice", "get_task")
def a_deprecation_does_not_say_until_when(document):
    operation(document, "get_task")["x-deprecation"] = {"deprecated_on": "2027-01-01"}
