"""Faults of answers, and of what is refused."""

import json

import orjson
from werkzeug.datastructures import MIMEAccept

from contract_tests.contract import probes
from contract_tests.contract.planted import in_code
from handlers.http import budget, edge, frame, negotiation, problems, receiving, validation, value_faults
from handlers.http.parameters import Parameters
from models.base.errors import InvalidValue, RuleViolation, Unauthenticated

# What leaves the server.


@in_code(probes.a_task_is_shown_as_the_contract_says)
def a_text_is_null(site):
    site.shown("get_task", lambda task: task.update(title=None))


@in_code(probes.a_task_is_shown_as_the_contract_says)
def a_whole_number_has_a_fraction(site):
    site.shown("create_task", lambda task: task.update(version=1.5))


@in_code(probes.a_task_is_shown_as_the_contract_says)
def ids_stand_where_objects_should(site):
    site.shown(
        "list_tasks",
        lambda page: page["included"].update(people=[one["id"] for one in page["included"]["people"]]),
    )


@in_code(probes.a_task_is_shown_as_the_contract_says)
def a_moment_is_in_the_year_1(site):
    site.shown("create_task", lambda task: task.update(created_at="0001-01-01T00:00:00Z"))


@in_code(probes.a_task_is_shown_as_the_contract_says)
def a_moment_has_no_zone(site):
    site.shown("create_task", lambda task: task.update(created_at=task["created_at"][:19].replace("T", " ")))


@in_code(probes.a_task_is_shown_as_the_contract_says)
def a_value_is_in_upper_case(site):
    site.shown("get_task", lambda task: task.update(status="TODO"))


@in_code(probes.a_task_is_shown_as_the_contract_says)
def a_list_stands_where_a_page_should(site):
    site.shown("list_tasks", lambda page: page["items"])


@in_code(probes.a_creation_says_where_and_which_version)
def a_status_is_not_documented(site):
    site.answered("create_task", lambda answer: setattr(answer, "status", 202))


@in_code(probes.a_creation_says_where_and_which_version)
def a_status_is_not_documented_and_the_gate_is_open(site):
    site.replace(edge, "broken", lambda promise, answer: None)
    site.answered("create_task", lambda answer: setattr(answer, "status", 202))


@in_code(probes.a_creation_says_where_and_which_version)
def a_creation_answers_as_if_it_were_none(site):
    site.answered("create_task", lambda answer: setattr(answer, "status", 200))


def header(name):
    """Takes a header out of what is sent."""
    return lambda site: site.sent(lambda answer: answer.headers.pop(name, None))


def a_header_is_missing(name, probe):
    plant = header(name)
    plant.__name__ = f"the_header_{name.replace('-', '_')}_is_missing"
    in_code(probe)(plant)


a_header_is_missing("ETag", probes.an_etag_tells_whether_something_changed)
a_header_is_missing("Location", probes.a_creation_says_where_and_which_version)
a_header_is_missing("Request-Id", probes.a_task_is_shown_as_the_contract_says)
a_header_is_missing("RateLimit", probes.a_task_is_shown_as_the_contract_says)
a_header_is_missing("RateLimit-Policy", probes.a_task_is_shown_as_the_contract_says)
a_header_is_missing("WWW-Authenticate", probes.nobody_in_particular_is_asked_to_authenticate)
a_header_is_missing("Retry-After", probes.the_limit_holds_for_each_caller)
a_header_is_missing("Cache-Control", probes.tokens_are_not_kept_by_caches)
a_header_is_missing("Allow", probes.every_method_of_an_address_is_told)


@in_code(probes.answers_are_not_sniffed_or_framed)
def the_security_headers_are_missing(site):
    site.replace(edge, "API_HEADERS", [])


@in_code(probes.an_account_shows_no_secret)
def an_answer_has_another_media_type(site):
    site.sent(lambda answer: answer.headers.update({"Content-Type": "text/json"}))


@in_code(probes.an_unknown_task_is_a_problem)
def a_problem_is_called_json(site):
    site.sent(lambda answer: answer.headers.update({"Content-Type": "application/json"}))


def a_problem_with(**fields):
    def edit(answer):
        if answer.status >= 400:
            problem = orjson.loads(answer.body) | fields
            answer.body = orjson.dumps({name: value for name, value in problem.items() if value != "nothing"})

    return lambda site: site.sent(edit)


@in_code(probes.an_unknown_task_is_a_problem)
def a_problem_has_no_code(site):
    a_problem_with(code="nothing")(site)


@in_code(probes.an_unknown_task_is_a_problem)
def a_problem_shows_where_the_code_stumbled(site):
    a_problem_with(detail='Traceback (most recent call last): File "tasks.py", line 7')(site)


@in_code(probes.an_unknown_task_is_a_problem)
def what_is_not_there_is_a_fault_of_ours(site):
    site.replace(frame, "promised", lambda plan, refusal: False)


@in_code(probes.every_method_of_an_address_is_told)
def not_every_method_is_told(site):
    site.replace(edge, "allowed", lambda methods: ", ".join([*sorted(methods), "OPTIONS"]))


@in_code(probes.head_is_get_without_a_body)
def head_has_a_body(site):
    send = site.edge._send

    async def edited(exchange, answer, scope, channel):
        await send(exchange, answer, {**scope, "method": "GET"}, channel)

    site.replace(site.edge, "_send", edited)


@in_code(probes.a_task_can_be_deleted)
def a_deletion_has_a_body(site):
    site.sent(lambda answer: answer.status == 204 and setattr(answer, "body", b"{}"))


@in_code(probes.requests_have_an_id)
def the_id_of_a_request_is_ignored(site):
    site.replace(problems, "as_problem", _without_request_id(problems.as_problem))


def _without_request_id(as_problem):
    return lambda refusal, request_id: as_problem(refusal, "unknown")


# What the server lets in.


@in_code(probes.unknown_parameters_are_refused)
def unknown_parameters_are_ignored(site):
    read = Parameters.read

    def known_alone(self, exchange):
        read(self, exchange)
        exchange.faults = [one for one in exchange.faults if one["code"] != "unknown_parameter"]

    site.replace(Parameters, "read", known_alone)


@in_code(probes.all_faults_are_told_at_once)
def only_the_first_fault_is_told(site):
    faults = validation.body_faults
    site.replace(validation, "body_faults", lambda validator, body: faults(validator, body)[:1])


@in_code(probes.rules_about_values_name_their_fields)
def a_rule_names_no_field(site):
    site.replace(InvalidValue, "__init__", RuleViolation.__init__)


@in_code(probes.rules_about_values_name_their_fields)
def a_rule_about_values_is_a_conflict(site):
    site.replace(InvalidValue, "status", 409)


@in_code(probes.rules_about_values_name_their_fields)
def rules_are_not_told_with_the_faults_of_the_contract(site):
    site.replace(value_faults, "violations", lambda rules, values, faulty: [])


@in_code(probes.json_that_reads_two_ways_is_refused)
def a_name_may_stand_twice(site):
    site.replace(validation, "read_json", lambda raw: json.loads(raw.decode("latin-1")))


@in_code(probes.media_types_are_negotiated)
def accept_is_ignored(site):
    site.replace(edge, "negotiated", lambda accept, plan: plan.offers[0] if plan.offers else None)


@in_code(probes.a_credential_is_told_what_it_lacks)
def a_bad_credential_is_challenged_like_none(site):
    site.replace(edge, "unauthenticated", lambda exchange: Unauthenticated())


@in_code(probes.media_types_are_negotiated)
def what_older_jdks_accept_is_not_read(site):
    parse = negotiation.parse_accept_header
    site.replace(negotiation, "_liked", lambda accept: parse(accept.decode("latin-1"), MIMEAccept))


@in_code(probes.media_types_are_negotiated)
def any_media_type_is_read(site):
    site.replace(receiving, "_media_type", lambda exchange, is_empty: next(iter(exchange.plan.body_types)))


@in_code(probes.large_bodies_are_refused)
def bodies_have_no_limit(site):
    plan = site.plans["create_organization"]
    site.replace(site.edge, "settings", site.edge.settings.model_copy(update={"body_bytes": 10**9}))
    site.replace(plan, "body_limit", plan.body_limit._replace(bytes=10**9))


@in_code(probes.large_bodies_have_a_budget)
def bodies_are_not_counted_while_they_come(site):
    site.replace(budget.BodyRoom, "take", lambda self, size: None)


@in_code(probes.large_bodies_have_a_budget)
def the_room_of_a_body_stays_taken(site):
    site.replace(
        site.edge, "bodies", budget.BodyBudget(16_777_216, 4_194_304)
    )  # what it keeps goes with the fault
    site.replace(budget.BodyRoom, "__exit__", lambda self, *_: None)
