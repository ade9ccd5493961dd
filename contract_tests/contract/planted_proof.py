"""Faults of proof: what is done, or activated, for somebody who has not shown who they are."""

from types import SimpleNamespace

from contract_tests.contract import probes_of_proof
from contract_tests.contract.planted import in_code
from handlers.access import invitations, members
from handlers.identity import api_keys, email_verifications, two_factor
from models.identity.api_keys import ApiKey
from models.identity.registrations import Registration
from security import reauthentication


@in_code(probes_of_proof.ownership_is_given_with_proof_alone)
def a_role_of_owner_is_given_without_proof(site):
    site.replace(members, "reauthenticate", lambda caller, proof: None)


@in_code(probes_of_proof.ownership_is_given_with_proof_alone)
def an_owner_is_invited_without_proof(site):
    site.replace(invitations, "reauthenticate", lambda caller, proof: None)


@in_code(probes_of_proof.ownership_is_given_with_proof_alone)
def a_key_proves_who_its_person_is(site):
    site.replace(reauthentication, "require_session", lambda caller: None)


@in_code(probes_of_proof.a_session_makes_no_key_without_proof)
def a_key_is_made_without_proof(site):
    site.replace(api_keys, "reauthenticate_session", lambda caller, proof: None)


@in_code(probes_of_proof.a_link_alone_activates_nothing)
def the_newest_registration_is_activated_by_a_click(site):
    def newest(user, password):
        found = Registration.of(user)[0]
        found.user = user
        return found

    site.replace(email_verifications, "registration_of", newest)


@in_code(probes_of_proof.a_link_alone_moves_no_account)
def an_account_is_moved_by_a_click(site):
    site.replace(email_verifications, "refuse_without_password", lambda user, password: None)


@in_code(probes_of_proof.codes_of_an_enrolment_are_not_guessed)
def codes_of_an_enrolment_are_not_counted(site):
    site.replace(two_factor, "attempts", SimpleNamespace(CODE="code", is_let_in=lambda *told, user: told[-1]))


@in_code(probes_of_proof.a_reset_leaves_no_key)
def keys_survive_a_reset(site):
    site.replace(ApiKey, "revoke_all", lambda user: 0)
