"""Probes of delegation: nobody hands on more than they have."""

import itertools

from contract_tests.contract.delegation_scene import soon
from contract_tests.contract.planted import refused
from contract_tests.support import factories
from contract_tests.support.mailbox import Mailbox

APP = {
    "name": "App",
    "client_type": "confidential",
    "redirect_uris": [],
    "grant_types": ["client_credentials"],
}
_numbers = itertools.count(1)


def role(stage, *permissions):
    """The key of a new role."""
    key = f"probe_{next(_numbers)}"
    body = {"key": key, "name": key, "permissions": list(permissions)}
    assert refused(stage.owner.post(f"/organizations/{stage.organization_id}/roles", body))[0] == 201
    return key


def guest(stage, *permissions, **conditions):
    """A new guest who is granted a role of these permissions; the client has the place of that grant."""
    client = stage.newcomer()
    client.membership = factories.enrolled(stage.organization_id, client.person.id)
    body = {"role": role(stage, *permissions), **conditions}
    made = stage.owner.post(f"/members/{client.membership}/grants", body)
    assert made.status_code == 201, made.text
    client.grant = f"/grants/{made.json()['id']}"
    return client


def team(stage, *permissions):
    """The id of a new team that is granted a role of these permissions."""
    place = f"/organizations/{stage.organization_id}/teams"
    made = stage.owner.post(place, {"name": f"Probe {next(_numbers)}"}).json()["id"]
    granted = stage.owner.post(f"/teams/{made}/grants", {"role": role(stage, *permissions)})
    assert granted.status_code == 201, granted.text
    return made


def a_grant_for_an_hour_stays_one(stage):
    ends = soon()
    giver = guest(stage, "grant.read", "grant.update", "grant.create", "member.read", expires_at=ends)
    assert refused(giver.patch(giver.grant, {"expires_at": None})) == (409, "expiry_beyond_own")
    made = giver.post(f"/members/{giver.membership}/grants", {"role": role(stage, "grant.create")})
    assert (made.status_code, made.json()["expires_at"]) == (201, ends)


def a_grant_from_an_address_stays_one(stage):
    ranges = ["127.0.0.0/8"]
    giver = guest(stage, "grant.read", "grant.update", address_ranges=ranges)
    assert refused(giver.patch(giver.grant, {"address_ranges": []})) == (409, "conditions_beyond_own")
    assert stage.owner.get(giver.grant).json()["address_ranges"] == ranges


def nobody_joins_a_team_above_them(stage):
    giver, place = guest(stage, "team_member.add"), f"/teams/{team(stage, 'organization.update')}/members"
    body = {"user_id": giver.person.id, "role": "member"}
    assert refused(giver.post(place, body)) == (409, "permission_beyond_own")
    assert stage.owner.get(place).json()["items"] == []


def nobody_gets_the_secret_of_an_app_above_them(stage):
    body = {
        **APP,
        "organization_id": stage.organization_id,
        "scopes": ["tasks:read"],
        "service_role": "admin",
    }
    app = stage.owner.post("/apps", body).json()["app"]["id"]
    giver = guest(stage, "app.read", "app.rotate_secret")
    answer = giver.post(f"/apps/{app}/secrets", {"overlap_seconds": 0})
    assert refused(answer) == (409, "role_above_own")


def a_key_registers_no_app_beyond_its_scopes(stage):
    made = stage.owner.post("/api-keys", {"name": "Probe", "scopes": ["apps:write", "tasks:read"]}).json()
    program = stage.client(made["secret"])
    body = {**APP, "organization_id": stage.organization_id, "service_role": "guest"}
    wider = program.post("/apps", {**body, "scopes": ["organizations:write"]})
    assert refused(wider) == (409, "scope_not_held")
    assert program.post("/apps", {**body, "scopes": ["tasks:read"]}).status_code == 201


def an_invitation_dies_with_what_its_inviter_loses(stage):
    giver, person = guest(stage, "invitation.create"), stage.newcomer()
    body = {"email": person.person.email, "role": "guest"}
    made = giver.post(f"/organizations/{stage.organization_id}/invitations", body)
    assert made.status_code == 201, made.text
    assert stage.owner.delete(giver.grant).status_code == 204
    token = Mailbox().to(person.person.email, "invitation").token
    answer = person.put("/invitations/acceptance", json={"token": token})
    assert refused(answer) == (409, "invitation_not_open")


def a_role_is_made_by_who_compares(stage):
    role(stage, "task.read")
