"""The ways in which power is handed on, and the limits that no giver can pass: the two sides of the table of delegation.

A row is a :class:`Way`: an operation of the contract that is marked with ``x-hands-on``, and a function that prepares a
request as the owner.  ``power`` is what the request hands on to who gets it, beside the permission of the operation itself;
``beyond`` asks for as much as an admin has.  For a new way, add a function with ``@way``; the limits are tried by themselves.
"""

from collections.abc import Callable
from typing import NamedTuple

from contract_tests.contract.delegation_scene import POWER, number, soon
from contract_tests.support import factories, preconditions
from contract_tests.support.operations import BY_ID
from contract_tests.support.programs import service_account

OF_MAINTAINERS = ("team.update", "team_member.add", "team_member.update", "team_member.remove")
GRANT_CONDITIONS = {"own_only": True, "while_active": True, "address_ranges": ["127.0.0.0/8"]}
WAYS = {}


class Way(NamedTuple):
    """``power`` is empty where nothing but a membership, or a credential, is handed on; ``is_personal`` is what concerns the
    account of the caller alone; ``carries`` is what has conditions of its own."""

    operation: object
    prepare: Callable
    power: tuple
    is_personal: bool
    carries: bool

    def __str__(self):
        return self.operation.id


def way(power=(), *, is_personal=False, carries=False):
    def note(prepare):
        operation = BY_ID[prepare.__name__]
        WAYS[operation.id] = Way(operation, prepare, power, is_personal, carries)
        return prepare

    return note


@way(POWER, carries=True)
def grant_to_member(scene, beyond):
    return f"/members/{scene.member()[0]}/grants", {"role": scene.power(beyond)}


@way(POWER, carries=True)
def grant_to_team(scene, beyond):
    team = scene.made(f"{scene.organization_path}/teams", {"name": f"Team {number()}"})["id"]
    return f"/teams/{team}/grants", {"role": scene.power(beyond)}


@way(POWER)
def update_grant(scene, beyond):
    body = {"role": scene.power(beyond), "expires_at": soon(), **GRANT_CONDITIONS}
    grant = scene.made(f"/members/{scene.member()[0]}/grants", body)["id"]
    return f"/grants/{grant}", {"expires_at": None, "address_ranges": [], "own_only": False, "while_active": False}  # fmt: skip


@way(POWER)
def create_role(scene, beyond):
    body = {"key": f"role_{number()}", "name": "Mine", "permissions": list(POWER)}
    return f"{scene.organization_path}/roles", body | ({"includes": "admin"} if beyond else {})


@way(POWER)
def update_role(scene, beyond):
    key, id = scene.role([])
    scene.made(f"/members/{scene.member()[0]}/grants", {"role": key})
    return f"/roles/{id}", {"permissions": list(POWER)} | ({"includes": "admin"} if beyond else {})


@way(POWER)
def add_team_member(scene, beyond):
    return f"/teams/{scene.team(beyond)}/members", {"user_id": scene.member()[1], "role": "member"}


@way((*POWER, *OF_MAINTAINERS))
def update_team_member(scene, beyond):
    body = {"user_id": scene.member()[1], "role": "member"}
    made = scene.made(f"/teams/{scene.team(beyond)}/members", body)
    return f"/team-members/{made['id']}", {"role": "maintainer"}


@way((*POWER, "team_member.add"))
def create_invitation(scene, beyond):
    return f"{scene.organization_path}/invitations", scene.invitation(beyond)


@way((*POWER, "team_member.add"))
def deliver_invitation(scene, beyond):
    made = scene.made(f"{scene.organization_path}/invitations", scene.invitation(beyond))
    return f"/invitations/{made['id']}/deliveries", None


@way()
def update_member(scene, beyond):
    return f"/members/{scene.member()[0]}", {"role": "admin" if beyond else "guest"}


@way()
def transfer_ownership(scene, beyond):
    other = factories.organization(scene.owner)["id"]
    heir = factories.enrolled(other, scene.person().id)
    return f"/organizations/{other}/ownership", {"member_id": heir, "password": factories.PASSWORD}


@way()
def create_service_account(scene, beyond):
    return f"{scene.organization_path}/service-accounts", {
        "name": "P",
        "role": "admin" if beyond else "guest",
    }


@way()
def update_service_account(scene, beyond):
    account = service_account(scene.owner, scene.id, role="collaborator")["id"]
    return f"/service-accounts/{account}", {"role": "admin" if beyond else "guest"}


@way(POWER)
def enable_service_account(scene, beyond):
    account = scene.service_account(beyond)
    scene.made(f"/teams/{scene.team(beyond)}/members", {"user_id": account, "role": "member"})
    assert scene.owner.put(f"/service-accounts/{account}/disablement").status_code == 200
    return f"/service-accounts/{account}/disablement", None


@way()
def create_service_api_key(scene, beyond):
    return f"/service-accounts/{scene.service_account(beyond)}/api-keys", {"name": "K", "scopes": ["tasks:read"]}  # fmt: skip


@way()
def rotate_service_api_key(scene, beyond):
    key = scene.service_api_key(scene.service_account(beyond))["service_api_key"]["id"]
    return f"/service-api-keys/{key}/rotations", {}


@way()
def create_service_key(scene, beyond):
    body = {"name": "K", "jwk": preconditions.public_jwk(), "scopes": ["tasks:read"]}
    return f"/service-accounts/{scene.service_account(beyond)}/keys", body


@way()
def create_service_certificate(scene, beyond):
    body = {"name": "C", "certificate": preconditions.certificate(), "scopes": ["tasks:read"]}
    return f"/service-accounts/{scene.service_account(beyond)}/certificates", body


@way(is_personal=True)
def create_api_key(scene, beyond):
    return "/api-keys", {"name": "K", "scopes": ["tasks:read"]}


@way(is_personal=True)
def update_api_key(scene, beyond):
    body = {"name": "K", "scopes": ["tasks:read"], "expires_at": soon()}
    key = scene.made("/api-keys", body)["api_key"]["id"]
    return f"/api-keys/{key}", {"scopes": ["tasks:read", "tasks:write"], "expires_at": None}


@way(is_personal=True)
def rotate_api_key(scene, beyond):
    key = scene.made("/api-keys", {"name": "K", "scopes": ["tasks:read"]})["api_key"]["id"]
    return f"/api-keys/{key}/rotations", {}


@way()
def create_app(scene, beyond):
    return "/apps", scene.app(beyond)[0]


@way()
def update_app(scene, beyond):
    return f"/apps/{scene.app(beyond)[1]()}", {"scopes": ["tasks:read", "tasks:write"]}


@way()
def create_app_secret(scene, beyond):
    return f"/apps/{scene.app(beyond)[1]()}/secrets", {"overlap_seconds": 0}
