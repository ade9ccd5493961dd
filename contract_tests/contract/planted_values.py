"""Faults of values: they are compared, stored or answered as they were spelled."""

from contract_tests.contract import probes_of_values
from contract_tests.contract.planted import in_code, in_contract
from contract_tests.contract.planted_contract import schema
from handlers.http import bodies
from models.access import teams
from models.base import networks, text


@in_code(probes_of_values.a_whole_number_is_an_integer)
def whole_numbers_stay_as_they_were_spelled(site):
    site.replace(bodies, "_number", float)


@in_code(probes_of_values.names_that_look_alike_are_one)
def names_are_compared_as_they_are_spelled(site):
    site.replace(teams, "folded", lambda name: name)


@in_code(probes_of_values.names_that_look_alike_are_one)
def names_are_compared_without_regard_to_case_alone(site):
    site.replace(teams, "folded", str.lower)


def unconverted(site, operation_id):
    types = site.plans[operation_id].body_types
    for media_type, (validator, _) in list(types.items()):
        site.entry(types, media_type, (validator, None))


@in_code(probes_of_values.values_are_stored_in_one_form)
def texts_are_stored_as_they_were_sent(site):
    unconverted(site, "create_task")


@in_code(probes_of_values.values_are_stored_in_one_form)
def texts_are_not_composed(site):
    site.replace(text, "_composed", lambda one: one)


@in_code(probes_of_values.values_are_stored_in_one_form)
def mapped_ranges_stay_ranges_of_ipv6(site):
    site.replace(networks, "MAPPED_BITS", 129)


@in_contract(probes_of_values.a_name_can_be_seen)
def a_name_need_not_be_a_line(document):
    name = schema(document, "TeamCreate")["properties"]["name"]
    del name["format"]
    name["pattern"] = r"^[^\x00]*[^\x00\s][^\x00]*$"


@in_contract(probes_of_values.a_key_may_have_every_scope)
def fewer_scopes_are_answered_than_there_are(document):
    schema(document, "ApiKey")["properties"]["scopes"]["maxItems"] = len(document["x-scopes"]) - 1
