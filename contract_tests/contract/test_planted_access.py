"""The access matrix could fail: each of these bugs is planted in the running server, and found."""

from collections import OrderedDict
from functools import cache

import pytest

from contract_tests.contract.matrix import assign_everything, examine
from contract_tests.support.operations import BY_ID
from contract_tests.support.stored_functions import open_wall
from contract_tests.support.world import CANARY, World
from models.base import statements
from models.base.errors import NotFound, PermissionDenied, Unauthenticated
from models.work.projects import Project
from models.work.tasks import Task
from security import access, policy, viewers
from security.callers import Caller

pytestmark = pytest.mark.first  # looks at every row

BUGS = {}
ASKERS = ("owner", "admin", "guest", "stranger", "key")


@pytest.fixture(scope="module")
def world(live, contract):
    """A world of its own, because bugs leave traces."""
    return World(live, contract)


def bug(*operations):
    """What follows plants a bug that the cells of one of these operations show."""

    def note(plant):
        BUGS[plant.__name__] = plant, [BY_ID[one] for one in operations]
        return plant

    return note


def handler(live, plant, operation, instead):
    """Put ``instead(original, **arguments)`` in the place of a handler."""
    plan = live.plans[operation]
    original = plan.handler
    plant.setattr(plan, "handler", lambda **arguments: instead(original, **arguments))


@bug("list_tasks")
def the_tenant_filter_of_tasks_is_gone(live, plant):
    def visible_to(cls, caller):
        caller.ask("task.read")
        return cls.whole().where(cls.version > 0)

    plant.setattr(Task, "visible_to", classmethod(visible_to))


@bug("get_task", "update_task", "delete_task", "complete_task")
def neither_the_tenant_nor_the_policy_is_asked_who_may_know_of_a_task(live, plant):
    the_tenant_filter_of_tasks_is_gone(live, plant)
    allows = policy.allows
    plant.setattr(
        policy,
        "allows",
        lambda permission, caller, row: permission.endswith(".read") or allows(permission, caller, row),
    )


@bug("list_projects")
def the_tenant_filter_of_projects_is_gone(live, plant):
    def visible_to(cls, caller):
        caller.ask("project.read")
        return cls.select().where(cls.version > 0)

    plant.setattr(Project, "visible_to", classmethod(visible_to))


@bug("delete_task")
def guests_may_delete_tasks(live, plant):
    plant.setitem(policy.POLICY, "task.delete", [policy.guest])


@bug("update_project")
def only_owners_may_change_projects(live, plant):
    plant.setitem(policy.POLICY, "project.update", [policy.owner])


@bug("update_organization", "create_project", "create_invitation")
def every_permission_is_given(live, plant):
    plant.setattr(policy, "allows", lambda permission, caller, row: True)


@bug("create_project", "get_task", "log_out")
def scopes_of_keys_are_not_asked_for(live, plant):
    plant.setattr(Caller, "need_scopes", lambda caller, scopes: None)


@bug("list_tasks")
def a_filter_by_a_foreign_project_is_not_looked_up(live, plant):
    def list_tasks(original, project_id=None, **arguments):
        return original(**arguments)

    handler(live, plant, "list_tasks", list_tasks)


@bug("list_projects", "list_events")
def a_filter_by_a_foreign_organization_is_dropped(live, plant):
    def drop(original, organization_id=None, **arguments):
        return original(**arguments)

    handler(live, plant, "list_projects", drop)
    handler(live, plant, "list_events", drop)


@bug("get_task", "update_project", "get_member")
def what_is_hidden_is_told_from_what_is_missing(live, plant):
    original = Caller.find

    def find(caller, table, id):
        try:
            return original(caller, table, id)
        except NotFound:
            if table.get_or_none(table.id == id):
                raise PermissionDenied(permission=caller.permission) from None
            raise

    plant.setattr(Caller, "find", find)


@bug("create_task")
def a_task_is_put_into_any_project(live, plant):
    def create_task(original, body, caller):
        caller.ask("task.create")
        project = Project.get_or_none(Project.id == body.pop("project_id"))
        return Task.create_in(
            project or caller.find(Project, "missing"), created_by=caller.user_id, **body
        ), 201

    handler(live, plant, "create_task", create_task)


@bug("list_tasks")
def a_list_includes_the_projects_of_everybody(live, plant):
    foreign = Project.name.startswith(CANARY)
    plant.setattr(Caller, "seen", lambda caller, rows: rows)
    plant.setattr(Project, "of", classmethod(lambda cls, tasks: list(cls.select().where(foreign).limit(9))))


@bug("list_tasks")
def a_search_looks_everywhere(live, plant):
    def list_tasks(original, **arguments):
        page = original(**arguments)
        if arguments.get("text"):
            page["items"] = Task.locked(Task.whole().where(Task.title.startswith(CANARY)).limit(9))
        return page

    handler(live, plant, "list_tasks", list_tasks)


@bug("get_task")
def a_refusal_tells_whose_it_is(live, plant):
    original = Caller.find

    def find(caller, table, id):
        try:
            return original(caller, table, id)
        except NotFound as error:
            if found := table.get_or_none(table.id == id):
                error.detail += f" It is called {found.title}."
            raise

    plant.setattr(Caller, "find", find)


@bug("get_project")
def a_permission_is_refused_as_bad_credentials(live, plant):
    def get_project(original, project_id, caller):
        found = original(project_id=project_id, caller=caller)
        if caller.role_in(found.organization_id) == "guest":
            raise Unauthenticated()
        return found

    handler(live, plant, "get_project", get_project)


@pytest.fixture(scope="module")
def sound(world):
    """Before anything is planted, the matrix finds nothing in these operations."""
    for operation in {one for _, operations in BUGS.values() for one in operations}:
        assert examine(world, operation, ASKERS).faults == []


@pytest.mark.parametrize("name", BUGS)
@pytest.mark.usefixtures("sound")
def test_the_matrix_finds_it_when(name, world, live, monkeypatch):
    plant, operations = BUGS[name]
    plant(live, monkeypatch)
    # What was compiled of the sound code is not used, and what is compiled of the bug is not kept.
    monkeypatch.setattr(statements, "_kept", OrderedDict())
    monkeypatch.setattr(viewers, "needs", cache(viewers.needs.__wrapped__))
    access.forget()
    # The database's own wall would hide most of them: that it does is tested in behaviour/test_isolation_by_rows.py.
    try:
        with open_wall("session"), open_wall("api_key"):
            for operation in operations:
                found = [one for one in examine(world, operation, ASKERS).faults if ": 500 " not in one]
                assert found != [], f"Nothing was found in {operation}."
    finally:
        access.forget()


class Anything:
    """A validator of bodies that is content with all of them."""

    def is_valid(self, body):
        return True


@pytest.mark.parametrize("operation", ["update_me", "update_project", "create_api_key"])
def test_the_matrix_finds_it_when_unknown_properties_are_let_through(operation, world, live, monkeypatch):
    assert assign_everything(world, BY_ID[operation]).faults == []
    plan = live.plans[operation]
    monkeypatch.setattr(plan, "body_types", {name: (Anything(), {}) for name in plan.body_types})
    assert assign_everything(world, BY_ID[operation]).faults != []
