"""Mutants of requests: what should be refused is let in."""

import json

from werkzeug.datastructures import MIMEAccept

from contract_tests.contract.mutants.checks import answers, requests
from contract_tests.contract.mutants.mutant import in_code
from handlers.http import budget, edge, negotiation, receiving, validation, value_faults
from handlers.http.parameters import Parameters
from models.base.errors import InvalidValue, RuleViolation, Unauthenticated


@in_code(requests.unknown_parameters_are_refused, "a list with {'colour': 'red'} is refused")
def unknown_parameters_are_ignored(context):
    read = Parameters.read

    def known_alone(self, context):
        read(self, context)
        context.faults = [fault for fault in context.faults if fault["code"] != "unknown_parameter"]

    context.replace(Parameters, "read", known_alone)


@in_code(requests.every_error_is_reported, "an answer names every error of a request")
def only_the_first_error_is_reported(context):
    context.replace(validation, "MAX_FAULTS", 1)


@in_code(requests.ambiguous_json_is_refused, 'b\'{"name": "a", "name": "b"}\' is malformed')
def a_property_may_be_repeated(context):
    context.replace(validation, "read_json", lambda raw, most_values: json.loads(raw.decode("latin-1")))


@in_code(requests.media_types_are_negotiated, "no answer has a type that is not accepted")
def accept_is_ignored(context):
    context.replace(edge, "negotiated", lambda accept, plan: plan.offers[0] if plan.offers else None)


@in_code(answers.a_challenge_names_the_error, "the challenge names the error of a credential")
def a_bad_credential_is_challenged_like_none(context):
    context.replace(edge, "unauthenticated", lambda context: Unauthenticated())


@in_code(requests.media_types_are_negotiated, "what older JDKs accept is read")
def accept_of_older_jdks_is_not_read(context):
    parse = negotiation.parse_accept_header
    context.replace(negotiation, "_liked", lambda accept: parse(accept.decode("latin-1"), MIMEAccept))


@in_code(requests.media_types_are_negotiated, "another media type is not read")
def any_media_type_is_read(context):
    context.replace(receiving, "_media_type", lambda context, is_empty: next(iter(context.plan.body_types)))


@in_code(requests.large_bodies_are_refused, "a body over a mebibyte is refused")
def bodies_have_no_limit(context):
    plan = context.plans["create_organization"]
    context.replace(context.edge, "settings", context.edge.settings.model_copy(update={"body_bytes": 10**9}))
    context.replace(plan, "body_limit", plan.body_limit._replace(bytes=10**9))


@in_code(requests.large_bodies_have_a_budget, "bodies that are being received have a budget")
def bodies_are_not_counted_while_they_come(context):
    context.replace(budget.BodyReservation, "take", lambda self, size: None)


@in_code(requests.large_bodies_have_a_budget, "the room of a body is free when its client has gone")
def the_budget_of_a_body_is_not_released(context):
    context.replace(
        context.edge, "bodies", budget.BodyBudget(16_777_216, 4_194_304)
    )  # what it keeps goes with the fault
    context.replace(budget.BodyReservation, "__exit__", lambda self, *_: None)


@in_code(requests.rules_about_values_name_their_fields, "the errors name the fields of the rule")
def a_rule_names_no_field(context):
    def without_fields(self, detail=None, *, fields=(), parameters=(), reasons=(), **facts):
        RuleViolation.__init__(self, detail, **facts)

    context.replace(InvalidValue, "__init__", without_fields)


@in_code(requests.rules_about_values_name_their_fields, "a rule about values refuses with 422")
def a_rule_about_values_is_a_conflict(context):
    context.replace(InvalidValue, "status", 409)


@in_code(requests.rules_about_values_name_their_fields, "rules and the contract are judged together")
def rules_are_judged_apart_from_the_contract(context):
    context.replace(value_faults, "violations", lambda rules, values, faulty: [])
