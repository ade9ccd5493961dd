"""The things of a world that no operation makes alone, and the values in requests that no schema tells."""

from contract_tests.support import authenticators, factories, notifying, preconditions, provider, sign_ins
from models.base.ids import new_id
from models.services.notification_preferences import EVERY_REASON
from models.services.unsubscriptions import Unsubscription


def _made(side, path, **body):
    """The id of what the side's owner makes there."""
    answer = side.client.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def _team(side):
    return _made(side, f"/organizations/{side.organization_id}/teams", name=f"{side.word} team {new_id()}")


def _checked(side):
    """The id of a permission check: of a question that was asked now, while the organization keeps them."""
    path = f"/organizations/{side.organization_id}"
    side.client.patch(path, {"permission_audit": "all"})
    side.client.get(path)
    check_id = side.client.get(f"{path}/permission-checks", params={"limit": 1}).json()["items"][0]["id"]
    side.client.patch(path, {"permission_audit": "off"})
    return check_id


# By noun: the id of a new thing of a side.
SPECIAL = {
    "organization": lambda side: side.organization_id,
    "member": lambda side: factories.enrolled(
        side.organization_id, factories.copied(side.client, side.word).id
    ),
    "user": lambda side: side.client.person.id,
    "session": lambda side: factories.log_in(side.client, side.client.person)["id"],
    "security_entry": lambda side: side.client.get(
        "/security-log", params={"organization_id": side.organization_id, "limit": 1}
    ).json()["items"][0]["id"],
    "event": lambda side: side.client.get(
        "/events", params={"organization_id": side.organization_id, "limit": 1, "sort": "-sequence"}
    ).json()["items"][0]["id"],
    "team_member": lambda side: _made(
        side, f"/teams/{_team(side)}/members", user_id=side.client.person.id, role="member"
    ),
    "grant": lambda side: _made(side, f"/teams/{_team(side)}/grants", role="guest"),
    "permission_check": lambda side: _checked(side),
    "identity": lambda side: sign_ins.linked(side.client.person.id, side.word),
    "job": lambda side: factories.job(side.client.person.id, f"{side.word} rows"),
    "notification": lambda side: notifying.notification(side.client),
}


def supplied_parameter(world, name, asker):
    """A value of a parameter that no example can tell, as only this server can have made it; None for all others."""
    return Unsubscription(world.person_of(asker).id, EVERY_REASON).token if name == "token" else None


def supplied(world, operation, name, side, asker):
    """A value that a schema cannot tell: by operation and property, or by property alone; None for all others."""
    match operation.id, name:
        case (("accept_invitation" | "decline_invitation"), "token"):
            return preconditions.invited(world, asker)
        case "create_service_key", "jwk":
            return preconditions.public_jwk()
        case "create_service_certificate", "certificate":
            return preconditions.certificate()
        case (("confirm_two_factor" | "create_recovery_codes" | "deactivate_two_factor"), "one_time_code"):
            return authenticators.code()
        case "log_in", "email":
            return world.person_of(asker).email
        case "complete_email_verification", "token":
            return factories.email_token(factories.registered(world.somebody(side.word)), "verify_email")
        case "complete_password_reset", "token":
            return factories.email_token(world.somebody(side.word), "reset_password")
        case "refresh_session", "refresh_token":
            return factories.log_in(world.nobody, world.person_of(asker))["refresh_token"]
        case "log_in_with_identity" | "link_identity", "code" if world.live.provider:
            email = operation.id == "log_in_with_identity" and world.person_of(asker).email
            world.way = sign_ins.begin(world.nobody, world.live.provider)
            return world.way.code(provider.Person(email or sign_ins.address()))
        case "log_in_with_identity" | "link_identity", "handoff_secret" if world.live.provider:
            return world.way.handoff_secret
        case "update_member", "role":
            return "member"
        case "add_team_member" | "update_team_member", "role":
            return "maintainer"
        case _, "role":
            return "guest"
        case _, "password" | "current_password" | "new_password":
            return factories.PASSWORD
