"""The event log against the resources: a snapshot is shown to who can read the resource itself, and to nobody else."""

import pytest

from contract_tests.support import factories
from contract_tests.support.company import on
from contract_tests.support.operations import OPERATIONS, filled, resolved
from contract_tests.support.world import ROLES
from models.base.ids import new_id
from spec import load

SNAPSHOTS = load()["components"]["schemas"]["EventSnapshot"]["properties"]
READS_EVENTS = "events:read"


def _name(schema):
    return schema.get("allOf", [schema])[0].get("$ref")


# By noun: the operation that answers one such resource.
READERS = {
    noun: operation
    for noun, schema in SNAPSHOTS.items()
    for operation in OPERATIONS
    if operation.method == "GET"
    and 200 in operation.answers
    and _name(schema)
    in {_name(content["schema"]) for content in operation.answers[200].get("content", {}).values()}
}
OF_ACCOUNTS = {"user", "identity", "api_key", "consent", "authorization", "notification_preferences"}


@pytest.fixture(scope="module")
def logged(world):
    """The world, once something of every noun has left an event there."""
    for noun in READERS.keys() - OF_ACCOUNTS - {"retention"}:
        world.id_of(noun)
    path = f"/organizations/{world.own.organization_id}"
    assert world.own.client.patch(f"{path}/retention", {"permission_checks_days": 77}).status_code == 200
    return world


def _granted(world, member, permissions, **fields):
    owner, path = world.own.client, f"/organizations/{world.own.organization_id}"
    key = f"role_{new_id()[-12:]}"
    role = owner.post(f"{path}/roles", {"key": key, "name": key, "permissions": permissions})
    assert role.status_code == 201, role.text
    grant = owner.post(f"/members/{member}/grants", {"role": key, **fields})
    assert grant.status_code == 201, grant.text


def _reader(world, role, extra, **fields):
    """Somebody in a role, who is granted reading events, and one permission more."""
    client = factories.client_of(world.nobody, world.newcomer())
    member = factories.member(world.own.client, world.own.organization_id, client.person, role)["id"]
    _granted(world, member, ["event.read"])
    if extra:
        _granted(world, member, [extra], **fields)
    task = factories.task(world.own.client, world.id_of("project"), assignee_ids=[client.person.id])
    former = factories.task(world.own.client, world.id_of("project"), assignee_ids=[client.person.id])
    world.own.client.patch(f"/tasks/{former['id']}", {"assignee_ids": []})
    client.assigned = task["id"], former["id"]
    return client


def _in_a_role(role):
    return lambda world: world.clients[role]


def _with(role, extra):
    return lambda world: _reader(world, role, extra)


def _of_a(noun):
    return lambda world: _reader(world, "collaborator", f"{noun}.read", **on(noun, world.id_of(noun)))


# Who reads the events of the world's organization: three have them by their role, the others by a grant.
READERS_OF_EVENTS = {
    **{role: _in_a_role(role) for role in ROLES[:3]},
    **{
        f"{role} with {extra or 'events'}": _with(role, extra)
        for role in ROLES[3:]
        for extra in ("", "task.read", "project.read", "app.read")
    },
    "collaborator of a project": _of_a("project"),
    "collaborator of a task": _of_a("task"),
    "collaborator of their own": lambda world: _reader(world, "collaborator", "task.read", own_only=True),
}


def _events(client, **params):
    """The last event of each subject, by its noun and id."""
    return {
        (event["subject_type"], event["subject_id"]): event
        for event in client.everything("/events", **params)
    }


def _is_readable(client, event):
    operation = READERS[event["subject_type"]]
    names = [parameter["name"] for parameter in operation.parameters if parameter["in"] == "path"]
    path = filled(operation.path, names[0], event["subject_id"]) if names else operation.path
    return client.get(path).status_code == 200


def _faults(client, subjects):
    """The events that are shown, or withheld, otherwise than their subjects are."""
    for event in subjects:
        is_shown = any(event["snapshot"].values())
        assert event["is_withheld"] == (not is_shown) and bool(event["changes"]) <= is_shown
        if is_shown != _is_readable(client, event):
            yield f"{event['event_type']} is {'shown' if is_shown else 'withheld'}"


def _existing(world, client):
    """What is there: ``{(noun, id)}`` of one of each noun, the newest, and of tasks that the client is, or was, assigned to."""
    owner = world.own.client
    events = _events(owner, organization_id=world.own.organization_id)
    ids = {}
    for (noun, id), event in reversed(events.items()):
        if noun in READERS and noun not in ids and _is_readable(owner, event):
            ids[noun] = id
    return {*ids.items(), *(("task", id) for id in getattr(client, "assigned", ()))}


@pytest.mark.parametrize("reader", READERS_OF_EVENTS)
def test_a_snapshot_is_shown_to_who_can_read_its_subject_and_to_nobody_else(reader, logged):
    client = READERS_OF_EVENTS[reader](logged)
    existing = _existing(logged, client)
    assert {noun for noun, _ in existing} == READERS.keys() - OF_ACCOUNTS
    seen = _events(client, organization_id=logged.own.organization_id)
    faults = list(_faults(client, [seen[subject] for subject in existing]))
    assert not faults, "\n".join(faults)
    for event in list(seen.values())[:3]:
        assert client.get(f"/events/{event['id']}").json() == event


@pytest.mark.parametrize("noun", READERS)
def test_a_key_is_shown_the_snapshots_of_its_scopes(noun, logged):
    scopes = READERS[noun].scopes
    program = factories.api_key(logged.own.client, *{READS_EVENTS, *scopes})
    params = {} if noun in OF_ACCOUNTS else {"organization_id": logged.own.organization_id}
    events = [
        event for event in program.everything("/events", **params) if event["subject_type"] in SNAPSHOTS
    ]
    for event in events:
        needed = READERS.get(event["subject_type"], READERS["consent"]).scopes
        is_shown = set(needed) <= set(scopes) | {READS_EVENTS}
        assert (event["is_withheld"], bool(any(event["snapshot"].values()))) == (not is_shown, is_shown), (
            event
        )


def test_every_noun_with_a_snapshot_has_a_reader():
    assert SNAPSHOTS.keys() - READERS.keys() == {"authorization"}  # a part of its consent
    assert all(resolved(schema.get("allOf", [schema])[0]) for schema in SNAPSHOTS.values())
