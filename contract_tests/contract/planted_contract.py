"""Faults of the contract that the server is compiled from; everybody else has the true one."""

from contract_tests.contract import probes
from contract_tests.contract.planted import in_contract


def schema(document, name):
    return document["components"]["schemas"][name]


def operation(document, path, method):
    return document["paths"][path][method]


def response(document, name):
    return document["components"]["responses"][name]


def without_property(document, name, one):
    del schema(document, name)["properties"][one]
    schema(document, name)["required"].remove(one)


@in_contract(probes.a_task_is_shown_as_the_contract_says)
def a_property_of_an_answer_is_dropped(document):
    without_property(document, "Task", "priority")


@in_contract(probes.a_task_is_shown_as_the_contract_says)
def a_property_of_an_answer_is_added(document):
    schema(document, "Task")["properties"]["number"] = {"type": "integer"}


@in_contract(probes.a_task_is_shown_as_the_contract_says)
def the_type_of_a_property_is_changed(document):
    schema(document, "Task")["properties"]["version"] = {"type": "string"}


@in_contract(probes.a_task_is_shown_as_the_contract_says)
def a_property_that_may_be_null_is_not(document):
    del schema(document, "Task")["properties"]["description"]["nullable"]


@in_contract(probes.an_account_shows_no_secret)
def the_hash_of_a_password_is_shown(document):
    schema(document, "User")["properties"]["password_hash"] = {"type": "string"}


@in_contract(probes.an_account_shows_no_secret)
def the_digest_of_a_key_is_shown(document):
    schema(document, "ApiKey")["properties"]["digest"] = {"type": "string"}


@in_contract(probes.a_creation_says_where_and_which_version)
def the_etag_of_an_answer_is_not_promised(document):
    del operation(document, "/tasks/{task_id}", "get")["responses"]["200"]["headers"]["ETag"]


@in_contract(probes.a_creation_says_where_and_which_version)
def the_link_that_makes_the_location_is_dropped(document):
    del operation(document, "/tasks", "post")["responses"]["201"]["links"]["get_task"]


@in_contract(probes.every_method_of_an_address_is_told)
def a_method_is_dropped(document):
    del document["paths"]["/projects"]["post"]


@in_contract(probes.every_method_of_an_address_is_told)
def a_method_is_added(document):
    document["paths"]["/projects"]["patch"] = document["paths"]["/users/me"].pop("patch")


@in_contract(probes.nobody_in_particular_is_asked_to_authenticate)
def an_operation_is_public_by_mistake(document):
    operation(document, "/tasks", "get").update({"security": [], "x-public": True})


@in_contract(probes.requests_that_break_the_contract_are_refused)
def unknown_properties_are_let_in(document):
    del schema(document, "TaskCreate")["additionalProperties"]


@in_contract(probes.requests_that_break_the_contract_are_refused)
def a_text_may_be_of_any_length(document):
    for name in ("Task", "TaskCreate"):
        del schema(document, name)["properties"]["title"]["maxLength"]


@in_contract(probes.requests_that_break_the_contract_are_refused)
def a_text_may_hold_a_nul(document):
    title = schema(document, "TaskCreate")["properties"]["title"]
    del title["pattern"], title["format"]


@in_contract(probes.requests_that_break_the_contract_are_refused)
def any_word_is_a_status(document):
    del schema(document, "TaskCreate")["properties"]["status"]["enum"]


@in_contract(probes.requests_that_break_the_contract_are_refused)
def a_date_need_not_be_a_date(document):
    del schema(document, "TaskCreate")["properties"]["due_on"]["format"]


@in_contract(probes.requests_that_break_the_contract_are_refused)
def a_required_property_is_not(document):
    schema(document, "TaskCreate")["required"].remove("status")


@in_contract(probes.requests_that_break_the_contract_are_refused)
def an_empty_patch_is_let_in(document):
    del schema(document, "TaskPatch")["minProperties"]


@in_contract(probes.unknown_parameters_are_refused)
def a_page_may_be_larger(document):
    document["components"]["parameters"]["Limit"]["schema"]["maximum"] = 1000
