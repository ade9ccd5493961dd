"""Mutants of delegation: more is handed on than the giver has."""

from contract_tests.contract.mutants.checks import delegation as checks
from contract_tests.contract.mutants.mutant import in_code
from handlers.access import grants, invitations, roles, team_members
from handlers.apps import apps
from security import delegation, powers


def uncompared(context, field, value):
    """One condition of who gives is not looked at."""
    held = delegation.held
    context.replace(
        delegation,
        "held",
        lambda *asked: [holding._replace(**{field: value}) for holding in held(*asked)],
    )


@in_code(checks.a_grant_for_an_hour_stays_one, "nobody grants beyond the end of their own grant")
def the_expiry_of_who_grants_is_not_compared(context):
    uncompared(context, "ends", None)


@in_code(checks.a_grant_from_an_address_stays_one, "nobody grants beyond their own addresses")
def the_address_ranges_of_who_grants_are_not_compared(context):
    uncompared(context, "networks", ())


@in_code(checks.a_grant_for_an_hour_stays_one, "a grant inherits the end of its giver's grant")
def conditions_are_not_inherited(context):
    hand_on = delegation.hand_on

    def unconditional(*asked, conditions=None, **more):
        hand_on(*asked, conditions=conditions, **more)
        return conditions

    context.replace(grants, "hand_on", unconditional)


@in_code(checks.nobody_joins_a_team_above_them, "nobody adds to a team above them")
def who_joins_a_team_is_not_compared_with_its_grants(context):
    context.replace(team_members, "of_team", lambda *asked: [])


@in_code(checks.nobody_gets_the_secret_of_an_app_above_them, "nobody gets a secret of an app above them")
def the_account_of_an_app_is_not_compared(context):
    context.replace(apps, "of_member", lambda *asked: [])


@in_code(checks.a_key_registers_no_app_beyond_its_scopes, "a key registers no app beyond its scopes")
def scopes_are_not_compared(context):
    context.replace(delegation, "_refuse_scopes", lambda *asked: None)


@in_code(checks.an_invitation_ends_with_its_inviters_permission, "has handed power on without comparing it")
def invitations_are_not_compared_again(context):
    context.replace(invitations, "is_vouched_for", lambda asker, invitation: True)


@in_code(
    checks.an_invitation_ends_with_its_inviters_permission, "an invitation ends with its inviter's power"
)
def lost_permissions_are_not_compared(context):
    context.replace(powers, "hand_on", lambda *asked, **more: None)


@in_code(checks.role_creation_compares_permissions, "create_role has handed power on without comparing it")
def a_role_is_created_without_comparing(context):
    context.replace(roles, "hand_on", lambda *asked, **more: None)
