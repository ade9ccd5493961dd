"""What has to be changed of a valid request so that it conflicts, or finds nothing."""

from contract_tests.support import authenticators, preconditions, world_oauth
from contract_tests.support.world import World


def by(token):
    return lambda world, request: request.headers.update(Authorization=f"Bearer {token(world)}")


# The conflicts of operations that no Idempotency-Key can hold up: what to change of a valid request.
CONFLICTS = {
    "register_user": lambda world, request: request.body.update(invitation_token="x" * 43),
    "complete_email_verification": lambda world, request: request.body.update(token="x" * 43),
    "complete_password_reset": lambda world, request: request.body.update(token="x" * 43),
    "create_api_key": by(World.narrow_key),
    "create_service_api_key": by(World.narrow_key),
    "transfer_ownership": lambda world, request: request.body.update(
        member_id=preconditions.own_membership(world, "owner")
    ),
    "enrol_two_factor": lambda world, request: world.set_up_two_factor(
        world.person_of(request.asker).id, is_active=True
    ),
    "confirm_two_factor": lambda world, request: authenticators.take_away(world.person_of(request.asker).id),
    "create_recovery_codes": lambda world, request: authenticators.take_away(
        world.person_of(request.asker).id
    ),
    "rotate_api_key": by(World.narrow_key),
    "rotate_service_api_key": by(World.narrow_key),
    **world_oauth.CONFLICTS,
    "erase_me": by(lambda world: world.session_of("owner")),
}
# What is nowhere but in a demonstration: how a server is told that it is none.
NOT_HERE = {"get_mailbox": {"REMIT_MAILBOX_PAGE": "0"}}
