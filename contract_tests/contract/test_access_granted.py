"""The access matrix of what is granted: to a person or a team, a built-in or a custom role, in the organization, a project
or on a task, for every operation on projects and tasks.

What is expected comes from the table of the matrix, not from the policy: a role gives what it gives in an organization, a
custom role its permissions, and a grant reaches what it is on and what is in that.
"""

import itertools
from dataclasses import dataclass

import pytest

from contract_tests.contract.matrix import _leaks
from contract_tests.contract.permissions import MAY
from contract_tests.support import factories
from contract_tests.support.company import on
from contract_tests.support.judging import looked_at
from contract_tests.support.operations import those
from contract_tests.support.world import World

OPERATIONS = those(
    lambda operation: (
        (operation.permission or "").partition(".")[0] in ("project", "task")
        and operation.id != "create_project"
    )
)
HOLDERS = ("member", "team")
SCOPES = ("organization", "project", "task", "another project", "another task")
ROLES = ("guest", "member", "admin", "with it", "without it")
# What means something on a task alone; a project's permissions reach its tasks, too.
ON_A_TASK = {"task.read", "task.update", "task.complete", "task.delete"}


@dataclass
class Place:
    """A project with a task, and another pair of them."""

    project: str
    task: str
    another_project: str
    another_task: str


@pytest.fixture(scope="module")
def world(live, contract):
    """A world of its own, with a collaborator who is granted things, and one in a team that is."""
    world = World(live, contract)
    world.granted, world.holders = {}, {}
    for holder in HOLDERS:
        client = world._logged_in(world.somebody("Own"), "collaborator")
        member = factories.member(world.own.client, world.own.organization_id, client.person, "collaborator")
        world.granted[holder], world.holders[holder] = client, f"/members/{member['id']}"
    team = made(world, f"/organizations/{world.own.organization_id}/teams", name="The granted")
    made(world, f"/teams/{team}/members", user_id=world.granted["team"].person.id, role="member")
    world.holders["team"] = f"/teams/{team}"
    world.custom = {}
    return world


def made(world, path, **body):
    answer = world.own.client.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def new_place(world):
    client = world.own.client
    projects = [factories.project(client, world.own.organization_id)["id"] for _ in range(2)]
    first, second = ((project, factories.task(client, project)["id"]) for project in projects)
    return Place(*first, *second)


def custom_role(world, permission, *, has_it):
    """The key of a role with just this permission and reading, or with all that can be had here but this permission."""
    if (permission, has_it) not in world.custom:
        reads = {"project.read", "task.read"}
        all_there_are = {operation.permission for operation in OPERATIONS}
        held = reads | {permission} if has_it else all_there_are - {permission}
        key = f"role_{len(world.custom)}"
        made(world, f"/organizations/{world.own.organization_id}/roles",
             key=key, name=key, permissions=sorted(held))  # fmt: skip
        world.custom[permission, has_it] = key
    return world.custom[permission, has_it]


def gives(permission, role, scope):
    """Whether the grant gives the permission on the place's own project and task."""
    if scope.startswith("another") or (scope == "task" and permission not in ON_A_TASK):
        return False
    return role == "with it" or (role != "without it" and role in MAY[permission])


def expected(operation, role, scope):
    """The status of an operation on the place's own project or task."""
    noun = next((ref.noun for ref in operation.references if ref.is_required), None)
    read = f"{noun}.read"
    held = role if operation.permission == read or not role.startswith("with") else "with it"
    if not gives(read, held, scope):
        return 404
    return 200 if gives(operation.permission, role, scope) else 403


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_what_is_granted_is_given_and_nothing_else(operation, holder, world):
    faults = []
    for role, scope in itertools.product(ROLES, SCOPES):
        granted = new_place(world)
        named = role
        if role.startswith("with"):
            named = custom_role(world, operation.permission, has_it=role == "with it")
        where = (
            {}
            if scope == "organization"
            else on(scope.rpartition(" ")[2], getattr(granted, scope.replace(" ", "_")))
        )
        grant = made(world, f"{world.holders[holder]}/grants", role=named, **where)
        faults += list(judge(world, operation, holder, role, scope, granted))
        world.own.client.delete(f"/grants/{grant}")
    assert not faults, "\n" + "\n".join(faults)


def judge(world, operation, holder, role, scope, granted):
    """Ask for the operation about the place; what is not as it should be."""
    client = world.granted[holder]
    if operation.takes("cursor"):
        answer = client.get(operation.path, params={"limit": 100})
        noun = operation.permission.partition(".")[0]
        ids = {item["id"] for item in answer.json()["items"]}
        right = (getattr(granted, noun) in ids) == gives(operation.permission, role, scope)
    else:
        request = world.request(operation, "owner")
        id = {"project_id": granted.project, "task_id": granted.task}
        request.path = operation.path.format(**id)
        if request.body and "project_id" in request.body:
            request.body["project_id"] = granted.project
        if operation.id == "delete_project" and gives(operation.permission, role, scope):
            world.own.client.delete(f"/tasks/{granted.task}")
        if operation.id == "reopen_task":
            world.own.client.put(request.path)
        headers = {"Content-Type": operation.media_type} if operation.media_type else {}
        answer = client.request(
            operation.method,
            request.path,
            headers=headers,
            **({"json": request.body} if request.body else {}),
        )
        status = expected(operation, role, scope)
        right = 200 <= answer.status_code < 300 if status == 200 else answer.status_code == status
        if status == 403 and right:
            right = answer.json()["permission"] == operation.permission
    looked_at("cells of grants")
    if not right or _leaks(answer):
        yield f"{operation} by a {holder} with {role} on {scope}: {answer.status_code} {answer.text[:200]}"
