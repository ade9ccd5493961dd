"""Faults of delegation: more is handed on than the giver has."""

from contract_tests.contract import probes_of_delegation as probes
from contract_tests.contract.planted import in_code
from handlers.access import grants, invitations, roles, team_members
from handlers.apps import apps
from security import delegation, powers


def uncompared(site, field, value):
    """One condition of who gives is not looked at."""
    held = delegation.held
    site.replace(
        delegation,
        "held",
        lambda *asked: [one._replace(**{field: value}) for one in held(*asked)],
    )


@in_code(probes.a_grant_for_an_hour_stays_one)
def the_expiry_of_who_grants_is_not_compared(site):
    uncompared(site, "ends", None)


@in_code(probes.a_grant_from_an_address_stays_one)
def the_address_ranges_of_who_grants_are_not_compared(site):
    uncompared(site, "networks", ())


@in_code(probes.a_grant_for_an_hour_stays_one)
def conditions_are_not_inherited(site):
    hand_on = delegation.hand_on

    def unconditional(*asked, conditions=None, **more):
        hand_on(*asked, conditions=conditions, **more)
        return conditions

    site.replace(grants, "hand_on", unconditional)


@in_code(probes.nobody_joins_a_team_above_them)
def who_joins_a_team_is_not_compared_with_its_grants(site):
    site.replace(team_members, "of_team", lambda *asked: [])


@in_code(probes.nobody_gets_the_secret_of_an_app_above_them)
def the_account_of_an_app_is_not_compared(site):
    site.replace(apps, "of_member", lambda *asked: [])


@in_code(probes.a_key_registers_no_app_beyond_its_scopes)
def scopes_are_not_compared(site):
    site.replace(delegation, "_refuse_scopes", lambda *asked: None)


@in_code(probes.an_invitation_dies_with_what_its_inviter_loses)
def invitations_are_not_compared_again(site):
    site.replace(invitations, "is_vouched_for", lambda asker, invitation: True)


@in_code(probes.an_invitation_dies_with_what_its_inviter_loses)
def who_has_lost_the_permission_is_taken_to_have_it(site):
    site.replace(powers, "hand_on", lambda *asked, **more: None)


@in_code(probes.a_role_is_made_by_who_compares)
def an_operation_forgets_to_compare(site):
    site.replace(roles, "hand_on", lambda *asked, **more: None)
