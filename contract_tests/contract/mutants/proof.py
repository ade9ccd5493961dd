"""Mutants of proof of identity: something is done, or activated, without it."""

from types import SimpleNamespace

from contract_tests.contract.mutants.checks import proof as checks
from contract_tests.contract.mutants.mutant import in_code
from handlers.access import invitations, members
from handlers.identity import api_keys, email_verifications, two_factor
from models.identity.api_keys import ApiKey
from models.identity.registrations import Registration
from security import reauthentication


@in_code(checks.ownership_is_given_with_proof_alone, "a member is made owner with proof alone")
def a_role_of_owner_is_given_without_proof(context):
    context.replace(members, "reauthenticate", lambda caller, proof: None)


@in_code(checks.ownership_is_given_with_proof_alone, "an owner is invited with proof alone")
def an_owner_is_invited_without_proof(context):
    context.replace(invitations, "reauthenticate", lambda caller, proof: None)


@in_code(checks.ownership_is_given_with_proof_alone, "an API key proves nobody's identity")
def a_key_proves_who_its_person_is(context):
    context.replace(reauthentication, "require_session", lambda caller: None)


@in_code(checks.a_session_makes_no_key_without_proof, "an API key is made with proof alone")
def a_key_is_made_without_proof(context):
    context.replace(api_keys, "reauthenticate_session", lambda caller, proof: None)


@in_code(checks.a_link_alone_activates_nothing, "a link alone activates no registration")
def the_newest_registration_is_activated_by_a_click(context):
    def newest(user, password):
        registration = Registration.of(user)[0]
        registration.user = user
        return registration

    context.replace(email_verifications, "registration_of", newest)


@in_code(checks.a_link_alone_moves_no_account, "a link alone moves no account")
def an_account_is_moved_by_a_click(context):
    context.replace(email_verifications, "refuse_without_password", lambda user, password: None)


@in_code(checks.codes_of_an_enrolment_are_not_guessed, "after six wrong codes the right one is refused")
def codes_of_an_enrolment_are_not_counted(context):
    context.replace(
        two_factor,
        "attempts",
        SimpleNamespace(CODE="code", check_attempt=lambda *arguments, user: arguments[-1]),
    )


@in_code(checks.a_reset_leaves_no_key, "a reset revokes API keys")
def keys_survive_a_reset(context):
    context.replace(ApiKey, "revoke_all", lambda user: 0)
