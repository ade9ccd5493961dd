"""Mutants of constraints: a violation is answered by another problem, or by an internal error."""

from contextlib import nullcontext

from contract_tests.contract.mutants.checks import constraints as checks
from contract_tests.contract.mutants.mutant import in_code
from handlers.http import frame, retries
from models.base import constraints
from models.work import projects


@in_code(checks.unique_violations_have_their_own_problems, 'violates unique constraint "project_key_taken"')
def names_of_indexes_are_not_read(context):
    context.replace(frame, "refusing", nullcontext)


@in_code(checks.unique_violations_have_their_own_problems, "unhandled: ProjectKeyTaken")
def every_index_has_one_problem(context):
    context.replace(constraints, "code_of", lambda index: "project_key_taken")


@in_code(checks.referenced_rows_are_kept, "a project with tasks is not deleted")
def a_foreign_key_violation_has_no_problem(context):
    context.replace(projects, "refused_by", lambda *_: nullcontext())


@in_code(checks.an_erased_person_is_refused, "unhandled: AlreadyAMember")
def every_violation_is_already_a_member(context):
    context.replace(constraints, "violated", lambda error, states: "already_a_member")


@in_code(checks.an_erased_person_is_refused, "IntegrityError: The person was erased")
def conflicting_transactions_are_not_retried(context):
    context.replace(retries, "TRANSACTION_CONFLICTS", set())
