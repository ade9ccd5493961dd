"""Mutants of values: they are compared, stored or answered as they were spelled."""

from contract_tests.contract.mutants.checks import values as checks
from contract_tests.contract.mutants.contract import schema
from contract_tests.contract.mutants.mutant import in_code, in_contract
from handlers.http import bodies
from models.access import teams
from models.base import networks, text


@in_code(checks.a_whole_number_is_an_integer, '.0 is not of type "integer"')
def whole_numbers_stay_as_they_were_spelled(context):
    context.replace(bodies, "_number", float)


@in_code(checks.equivalent_names_are_equal, "'CAF\\xc9  ' is the same name")
def names_are_compared_as_they_are_spelled(context):
    context.replace(teams, "folded", lambda name: name)


@in_code(checks.equivalent_names_are_equal, "'CAF\\xc9  ' is the same name")
def names_are_compared_without_regard_to_case_alone(context):
    context.replace(teams, "folded", str.lower)


def unconverted(context, operation_id):
    types = context.plans[operation_id].body_types
    for media_type, (validator, _) in list(types.items()):
        context.entry(types, media_type, (validator, None))


@in_code(checks.values_are_stored_in_one_form, "texts are composed and trimmed")
def texts_are_stored_as_they_were_sent(context):
    unconverted(context, "create_task")


@in_code(checks.values_are_stored_in_one_form, "texts are composed and trimmed")
def texts_are_not_composed(context):
    context.replace(text, "_composed", lambda value: value)


@in_code(checks.values_are_stored_in_one_form, "ranges have one spelling")
def mapped_ranges_stay_ranges_of_ipv6(context):
    context.replace(networks, "MAPPED_BITS", 129)


@in_contract(checks.names_are_visible, "'\\u200b' is no name")
def a_name_may_have_several_lines(document):
    name = schema(document, "TeamCreate")["properties"]["name"]
    del name["format"]
    name["pattern"] = r"^[^\x00]*[^\x00\s][^\x00]*$"


@in_contract(checks.a_key_may_have_every_scope, "with a fault at /api_key/scopes: maxItems")
def fewer_scopes_are_answered_than_there_are(document):
    schema(document, "ApiKey")["properties"]["scopes"]["maxItems"] = len(document["x-scopes"]) - 1
