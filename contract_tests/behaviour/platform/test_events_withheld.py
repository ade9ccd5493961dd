"""Events of what one may not read: they are listed, without their snapshot and their changes."""

import pytest

from contract_tests.support import factories
from contract_tests.support.visitor import App


@pytest.fixture
def helper(founder, anonymous):
    """A member of the founder's organization."""
    client = factories.newcomer(anonymous)
    client.member = factories.member(founder, founder.organization_id, client.person, "member")
    client.events = lambda **params: client.everything(
        "/events", organization_id=founder.organization_id, **params
    )
    return client


def is_empty(event):
    return event["is_withheld"] and not event["changes"] and not any(event["snapshot"].values())


def test_what_only_admins_read_is_withheld_from_members(founder, helper):
    App(founder, founder.organization_id)
    founder.patch(f"/organizations/{founder.organization_id}/retention", {"permission_checks_days": 33})
    for event_type in ("app.created", "retention.updated"):
        (whole,) = founder.events(event_type=event_type)
        (event,) = helper.events(event_type=event_type)
        assert not whole["is_withheld"] and whole["changes"]
        assert is_empty(event) and is_empty(helper.get(f"/events/{event['id']}").json())
        plain = {name: event[name] for name in event.keys() - {"is_withheld", "changes", "snapshot"}}
        assert plain == {name: whole[name] for name in plain}
        by_subject = helper.events(
            subject_id=event["subject_id"], event_type=event_type, actor_id=event["actor_id"]
        )
        assert by_subject == [event]


def test_a_new_role_shows_and_hides_events_from_the_next_request_on(founder, helper):
    App(founder, founder.organization_id)
    (event,) = helper.events(event_type="app.created")
    etag = helper.get(f"/events/{event['id']}").headers["ETag"]
    founder.patch(f"/members/{helper.member['id']}", {"role": "admin"})
    factories.log_in_again(helper)
    again = helper.get(f"/events/{event['id']}", headers={"If-None-Match": etag})
    assert (again.status_code, again.json()["is_withheld"]) == (200, False)
    assert again.json()["snapshot"]["app"]["redirect_uris"]


def test_a_key_with_the_scope_of_events_alone_is_shown_no_resource(founder):
    factories.task(founder, founder.project["id"])
    program = factories.api_key(founder, "events:read")
    organization = founder.organization_id
    assert all(is_empty(event) for event in program.everything("/events", organization_id=organization))
    reader = factories.api_key(founder, "events:read", "tasks:read")
    is_shown = {
        event["subject_type"]: not event["is_withheld"]
        for event in reader.everything("/events", organization_id=organization)
    }
    assert is_shown == {"organization": False, "member": False, "project": False, "task": True}


def test_a_key_is_shown_of_its_own_account_what_it_could_read(founder):
    program = factories.api_key(founder, "events:read", "keys:read")
    is_withheld = {event["subject_type"]: event["is_withheld"] for event in program.everything("/events")}
    assert (is_withheld["api_key"], is_withheld["user"], is_withheld["session"]) == (False, True, False)
    assert not any(event["is_withheld"] for event in founder.everything("/events"))


def test_what_was_deleted_is_shown_to_who_could_have_read_it(founder, helper):
    task = factories.task(founder, founder.project["id"])
    founder.delete(f"/tasks/{task['id']}")
    assert [event["is_withheld"] for event in helper.events(subject_id=task["id"])] == [False, False]


def test_who_reads_events_by_a_grant_is_shown_the_tasks_that_are_assigned_to_them(founder, anonymous):
    reader = factories.newcomer(anonymous)
    member = factories.member(founder, founder.organization_id, reader.person, "collaborator")
    role = {"key": "log", "name": "Log", "permissions": ["event.read"]}
    founder.post(f"/organizations/{founder.organization_id}/roles", role)
    founder.post(f"/members/{member['id']}/grants", {"role": "log"})
    mine, other = (
        [factories.task(founder, founder.project["id"], assignee_ids=people)["id"] for _ in range(3)]
        for people in ([reader.person.id], [])
    )
    params = {"organization_id": founder.organization_id, "event_type": "task.created"}
    is_shown = {
        event["subject_id"]: not event["is_withheld"] for event in reader.everything("/events", **params)
    }
    assert is_shown == dict.fromkeys(mine, True) | dict.fromkeys(other, False)
