"""Faults of constraints: what the database refuses is told as something else, or as a fault of ours."""

from contextlib import nullcontext

from contract_tests.contract import probes_of_constraints
from contract_tests.contract.planted import in_code
from handlers.http import frame
from models.base import constraints
from models.work import projects


@in_code(probes_of_constraints.what_is_there_already_is_refused_by_its_name)
def names_of_indexes_are_not_read(site):
    site.replace(frame, "refusing", nullcontext)


@in_code(probes_of_constraints.what_is_there_already_is_refused_by_its_name)
def every_index_is_taken_for_one_and_the_same(site):
    site.replace(constraints, "code_of", lambda index: "project_key_taken")


@in_code(probes_of_constraints.what_is_referred_to_is_kept)
def a_foreign_key_that_refuses_is_not_known(site):
    site.replace(projects, "refused_by", lambda *_: nullcontext())


@in_code(probes_of_constraints.who_is_erased_meanwhile_is_let_in_no_more)
def whatever_is_violated_makes_somebody_a_member_already(site):
    site.replace(constraints, "violated", lambda error, states: "already_a_member")


@in_code(probes_of_constraints.who_is_erased_meanwhile_is_let_in_no_more)
def what_is_in_the_way_is_not_tried_again(site):
    site.replace(frame, "IN_THE_WAY", set())
