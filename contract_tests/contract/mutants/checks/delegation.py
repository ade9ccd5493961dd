"""Checks of delegation: nobody hands on more than they have."""

import itertools

from contract_tests.contract.delegation_scene import soon
from contract_tests.contract.mutants.checks import refused
from contract_tests.support import factories
from contract_tests.support.mailbox import Mailbox

APP = {
    "name": "App",
    "client_type": "confidential",
    "redirect_uris": [],
    "grant_types": ["client_credentials"],
}
_numbers = itertools.count(1)


def role(scene, *permissions):
    """The key of a new role."""
    key = f"check_{next(_numbers)}"
    body = {"key": key, "name": key, "permissions": list(permissions)}
    made = scene.owner.post(f"/organizations/{scene.organization_id}/roles", body)
    assert made.status_code == 201, "a role can be made"
    return key


def guest(scene, *permissions, **conditions):
    """A new guest who is granted a role of these permissions; the client knows its path."""
    client = scene.newcomer()
    client.membership = factories.enrolled(scene.organization_id, client.person.id)
    body = {"role": role(scene, *permissions), **conditions}
    made = scene.owner.post(f"/members/{client.membership}/grants", body)
    assert made.status_code == 201, made.text
    client.grant = f"/grants/{made.json()['id']}"
    return client


def team(scene, *permissions):
    """The id of a new team that is granted a role of these permissions."""
    made = scene.owner.post(
        f"/organizations/{scene.organization_id}/teams", {"name": f"Check {next(_numbers)}"}
    ).json()["id"]
    granted = scene.owner.post(f"/teams/{made}/grants", {"role": role(scene, *permissions)})
    assert granted.status_code == 201, granted.text
    return made


def a_grant_for_an_hour_stays_one(scene):
    ends = soon()
    giver = guest(scene, "grant.read", "grant.update", "grant.create", "member.read", expires_at=ends)
    endless = giver.patch(giver.grant, {"expires_at": None})
    assert refused(endless) == (409, "expiry_beyond_own"), "nobody grants beyond the end of their own grant"
    made = giver.post(f"/members/{giver.membership}/grants", {"role": role(scene, "grant.create")})
    assert made.status_code == 201, "a grant can be made"
    assert made.json()["expires_at"] == ends, "a grant inherits the end of its giver's grant"


def a_grant_from_an_address_stays_one(scene):
    ranges = ["127.0.0.0/8"]
    giver = guest(scene, "grant.read", "grant.update", address_ranges=ranges)
    anywhere = giver.patch(giver.grant, {"address_ranges": []})
    assert refused(anywhere) == (409, "conditions_beyond_own"), "nobody grants beyond their own addresses"
    assert scene.owner.get(giver.grant).json()["address_ranges"] == ranges, "the grant is unchanged"


def nobody_joins_a_team_above_them(scene):
    giver, members = guest(scene, "team_member.add"), f"/teams/{team(scene, 'organization.update')}/members"
    body = {"user_id": giver.person.id, "role": "member"}
    joined = giver.post(members, body)
    assert refused(joined) == (409, "permission_beyond_own"), "nobody adds to a team above them"
    assert scene.owner.get(members).json()["items"] == [], "nobody has joined"


def nobody_gets_the_secret_of_an_app_above_them(scene):
    body = {
        **APP,
        "organization_id": scene.organization_id,
        "scopes": ["tasks:read"],
        "service_role": "admin",
    }
    app = scene.owner.post("/apps", body).json()["app"]["id"]
    giver = guest(scene, "app.read", "app.rotate_secret")
    answer = giver.post(f"/apps/{app}/secrets", {"overlap_seconds": 0})
    assert refused(answer) == (409, "role_above_own"), "nobody gets a secret of an app above them"


def a_key_registers_no_app_beyond_its_scopes(scene):
    made = scene.owner.post("/api-keys", {"name": "Check", "scopes": ["apps:write", "tasks:read"]}).json()
    program = scene.client(made["secret"])
    body = {**APP, "organization_id": scene.organization_id, "service_role": "guest"}
    wider = program.post("/apps", {**body, "scopes": ["organizations:write"]})
    assert refused(wider) == (409, "scope_not_held"), "a key registers no app beyond its scopes"
    narrower = program.post("/apps", {**body, "scopes": ["tasks:read"]})
    assert narrower.status_code == 201, "a key registers an app within its scopes"


def an_invitation_ends_with_its_inviters_permission(scene):
    giver, person = guest(scene, "invitation.create"), scene.newcomer()
    body = {"email": person.person.email, "role": "guest"}
    made = giver.post(f"/organizations/{scene.organization_id}/invitations", body)
    assert made.status_code == 201, made.text
    assert scene.owner.delete(giver.grant).status_code == 204, "a grant can be revoked"
    token = Mailbox().to(person.person.email, "invitation").token
    answer = person.put("/invitations/acceptance", json={"token": token})
    assert refused(answer) == (409, "invitation_not_open"), "an invitation ends with its inviter's power"


def role_creation_compares_permissions(scene):
    role(scene, "task.read")
