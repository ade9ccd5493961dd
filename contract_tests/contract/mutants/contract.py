"""Mutants of the contract that the server is compiled from; everybody else has the true one."""

from contract_tests.contract.mutants.checks import answers, requests
from contract_tests.contract.mutants.mutant import in_contract


def schema(document, name):
    return document["components"]["schemas"][name]


def operation(document, path, method):
    return document["paths"][path][method]


def response(document, name):
    return document["components"]["responses"][name]


def without_property(document, name, prop):
    del schema(document, name)["properties"][prop]
    schema(document, name)["required"].remove(prop)


@in_contract(answers.a_task_matches_the_contract, '"priority" is a required property')
def a_property_of_an_answer_is_dropped(document):
    without_property(document, "Task", "priority")


@in_contract(answers.a_task_matches_the_contract, "those of the contract, not ['number']")
def a_property_of_an_answer_is_added(document):
    schema(document, "Task")["properties"]["number"] = {"type": "integer"}


@in_contract(answers.a_task_matches_the_contract, "with a fault at /version: type")
def the_type_of_a_property_is_changed(document):
    schema(document, "Task")["properties"]["version"] = {"type": "string"}


@in_contract(answers.a_task_matches_the_contract, "with a fault at /description: type")
def a_property_that_may_be_null_is_not(document):
    del schema(document, "Task")["properties"]["description"]["nullable"]


@in_contract(answers.an_account_shows_no_secret, "those of the contract, not ['password_hash']")
def the_hash_of_a_password_is_shown(document):
    schema(document, "User")["properties"]["password_hash"] = {"type": "string"}


@in_contract(answers.an_account_shows_no_secret, "those of the contract, not ['digest']")
def the_digest_of_a_key_is_shown(document):
    schema(document, "ApiKey")["properties"]["digest"] = {"type": "string"}


@in_contract(answers.a_creation_has_location_and_etag, "missing from the response:\n- `ETag`")
def the_etag_of_an_answer_is_not_promised(document):
    del operation(document, "/tasks/{task_id}", "get")["responses"]["200"]["headers"]["ETag"]


@in_contract(answers.a_creation_has_location_and_etag, "answered 201 without ['location']")
def the_link_that_makes_the_location_is_dropped(document):
    operation(document, "/tasks", "post")["responses"]["201"]["links"].clear()


@in_contract(answers.allow_names_every_method, "Allow names every method of /projects")
def a_method_is_dropped(document):
    del document["paths"]["/projects"]["post"]


@in_contract(answers.allow_names_every_method, "Allow names every method of /users/me")
def a_method_is_added(document):
    document["paths"]["/users/me"]["put"] = document["paths"]["/tasks/{task_id}/completion"].pop("put")


@in_contract(answers.anonymous_callers_are_challenged, "GET needs authentication")
def an_operation_is_public_by_mistake(document):
    operation(document, "/tasks", "get").update({"security": [], "x-public": True})


@in_contract(
    requests.requests_that_break_the_contract_are_refused, "a task with {'colour': 'red'} is refused"
)
def unknown_properties_are_let_in(document):
    del schema(document, "TaskCreate")["additionalProperties"]


@in_contract(requests.requests_that_break_the_contract_are_refused, "is longer than 200 characters")
def a_text_may_be_of_any_length(document):
    for name in ("Task", "TaskCreate"):
        del schema(document, name)["properties"]["title"]["maxLength"]


@in_contract(requests.requests_that_break_the_contract_are_refused, "cannot contain NUL")
def a_text_may_hold_a_nul(document):
    title = schema(document, "TaskCreate")["properties"]["title"]
    del title["pattern"], title["format"]


@in_contract(
    requests.requests_that_break_the_contract_are_refused, 'violates check constraint "tasks_priority_check"'
)
def any_word_is_a_priority(document):
    document["components"]["schemas"]["TaskPriority"].pop("enum")


@in_contract(requests.requests_that_break_the_contract_are_refused, "with a fault at /due_on: format")
def a_date_need_not_be_a_date(document):
    del schema(document, "TaskCreate")["properties"]["due_on"]["format"]


@in_contract(requests.requests_that_break_the_contract_are_refused, "unhandled: KeyError: 'title'")
def a_required_property_is_not(document):
    schema(document, "TaskCreate")["required"].remove("title")


@in_contract(requests.requests_that_break_the_contract_are_refused, "an empty patch is refused")
def an_empty_patch_is_let_in(document):
    del schema(document, "TaskPatch")["minProperties"]


@in_contract(requests.unknown_parameters_are_refused, "a list with {'limit': 101} is refused")
def a_page_may_be_larger(document):
    document["components"]["parameters"]["Limit"]["schema"]["maximum"] = 1000
