"""A fault for each rule of style about answers and access."""

from contract_tests.contract.style_faults import (
    FAULTS,
    add_parameter,
    breaks,
    change,
    component,
    drop_parameter,
    header_of,
    of,
    operation,
)


@breaks("errors_are_those_that_can_happen")
def an_error_is_not_listed(document):
    del operation(document, "get_task")["responses"]["404"]


@breaks("errors_are_those_that_can_happen")
def an_impossible_error_is_listed(document):
    operation(document, "list_tasks")["responses"]["412"] = {
        "$ref": "#/components/responses/PreconditionFailed"
    }


@breaks("errors_are_shared")
def an_error_has_an_answer_of_its_own(document):
    operation(document, "get_task")["responses"]["404"] = {"$ref": "#/components/responses/Forbidden"}


@breaks("statuses_are_listed_one_by_one")
def a_default_answer(document):
    operation(document, "get_task")["responses"]["default"] = {"$ref": "#/components/responses/NotFound"}


@breaks("answers_are_named")
def an_answer_without_a_name(document):
    operation(document, "get_task")["responses"]["200"] = document["components"]["responses"]["TaskFound"]


@breaks("only_deletions_are_empty")
def a_deletion_that_shows_nothing_and_prefers(document):
    drop_parameter(document, "update_task", "Prefer")


@breaks("creations_answer_201")
def a_creation_that_answers_200(document):
    del operation(document, "create_task")["responses"]["201"]


change("headers_are_declared", component("headers", "ETag"), required=None)
change("answers_have_their_headers", header_of("TaskFound"), **{"Request-Id": None})
change("answers_have_their_headers", header_of("TooManyRequests"), **{"Retry-After": None})
change("creations_tell_where", header_of("TaskCreated"), Location=None)
change("single_resources_have_an_etag", header_of("TaskFound"), ETag=None)
FAULTS.append(("single_resources_have_an_etag", lambda d: drop_parameter(d, "get_task", "IfNoneMatch")))
change("secrets_are_not_kept_by_caches", header_of("SessionStarted"), **{"Cache-Control": None})
change("creations_and_lists_have_links", component("responses", "TaskCreated"), links={})
change(
    "links_lead_somewhere",
    lambda d: d["components"]["responses"]["TaskCreated"]["links"]["get"],
    operationId="get_it",
)
change(
    "links_lead_somewhere",
    lambda d: d["components"]["responses"]["TaskCreated"]["links"]["get"],
    parameters={"id": "1"},
)
change(
    "links_lead_somewhere", lambda d: d["components"]["responses"]["TaskPageFound"]["links"], next_page=None
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
change("permissions_are_in_the_policy", of("delete_task"), **{"x-permission": "task.update"})
FAULTS.append(
    (
        "roles_are_made_of_what_admins_may",
        lambda d: d["components"]["schemas"]["GrantablePermission"]["enum"].append("permission_check.read"),
    )
)
who_may = lambda d: d["x-permissions"]  # noqa: E731
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
change("proof_is_decided", of("update_task"), **{"x-proof": "always"})
change("proof_has_one_form", of("transfer_ownership"), **{"x-proof": "sometimes"})
change("proof_has_one_form", of("update_task"), **{"x-proof": "always"})
change("proof_has_one_form", of("change_email"), **{"x-proof": None})
change("owners_are_made_with_proof", of("update_member"), **{"x-proof": "widening"})
change("rate_limits_are_in_the_table", of("log_in"), **{"x-rate-limit": "slow"})
change("rate_limits_are_in_the_table", of("log_in"), **{"x-rate-limit": "default"})
change("events_are_in_the_event_files", of("create_task"), **{"x-events": ["task.made"]})
change("events_are_in_the_event_files", of("create_task"), **{"x-events": None})
change(
    "events_are_told_in_their_description",
    lambda d: d["x-webhooks"]["task_changed"]["post"],
    description="Something.",
)
change("refusals_exist", of("complete_task"), **{"x-problems": ["task_too_hard"]})
change("refusals_exist", of("list_tasks"), **{"x-problems": None})
FAULTS.append(
    ("writes_take_an_idempotency_key", lambda d: drop_parameter(d, "create_task", "IdempotencyKey"))
)
change("writes_take_an_idempotency_key", of("log_in"), **{"x-idempotency": {"exempt": "It is", "so.": None}})
FAULTS.append(("conditions_come_together", lambda d: drop_parameter(d, "get_task", "IfMatch")))
FAULTS.append(("changes_take_if_match", lambda d: drop_parameter(d, "delete_task", "IfMatch")))
FAULTS.append(("writes_can_be_tried", lambda d: drop_parameter(d, "create_task", "ValidateOnly")))
FAULTS.append(("writes_can_be_tried", lambda d: add_parameter(d, "delete_task", "ValidateOnly")))
FAULTS.append(("writes_can_be_answered_minimally", lambda d: drop_parameter(d, "create_task", "Prefer")))
