"""Asking for events: filters, orders, one by itself, and who may read which."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.company import on


def test_events_are_filtered_by_type_subject_actor_and_number(founder):
    first = factories.task(founder, founder.project["id"])
    second = factories.task(founder, founder.project["id"])
    founder.patch(f"/tasks/{first['id']}", {"title": "Changed"})
    assert [event["subject_id"] for event in founder.events(event_type="task.created")] == [
        first["id"],
        second["id"],
    ]
    several = founder.events(event_type=["task.updated", "project.created"])
    assert [event["event_type"] for event in several] == ["project.created", "task.updated"]
    assert len(founder.events(subject_id=first["id"])) == 2
    assert [event["sequence"] for event in founder.events(after=4)] == [5, 6]
    assert founder.events(after=9223372036854775807) == []
    assert founder.events(actor_id=first["id"]) == []
    combined = founder.events(
        event_type="task.updated", subject_id=first["id"], actor_id=founder.person.id, after=1
    )
    assert [event["sequence"] for event in combined] == [6]


def test_the_newest_events_can_come_first(founder):
    assert founder.events(sort="-sequence", limit=1) == founder.events()[::-1]


def test_the_total_counts_the_events_that_are_asked_for(founder):
    params = {"organization_id": founder.organization_id, "include": "total", "limit": 1, "after": 1}
    assert founder.get("/events", params=params).json()["total"] == 2


def test_an_event_can_be_read_by_itself_and_never_changes(founder):
    event = founder.events()[-1]
    read = founder.get(f"/events/{event['id']}")
    assert read.json() == event
    founder.patch(f"/projects/{founder.project['id']}", {"name": "Later"})
    again = founder.get(f"/events/{event['id']}", headers={"If-None-Match": read.headers["ETag"]})
    assert again.status_code == 304


def test_without_an_organization_the_events_are_those_of_the_own_account(anonymous):
    founder = factories.client_of(anonymous, factories.register_by_request(anonymous))
    factories.organization(founder)
    factories.api_key(founder, "tasks:read")
    events = founder.everything("/events")
    assert [event["event_type"] for event in events] == [
        "user.registered",
        "email_token.issued",
        "session.started",
        "api_key.created",
    ]
    assert [event["sequence"] for event in events] == [1, 2, 3, 4]
    assert {event["actor_id"] for event in events} == {founder.person.id}
    assert founder.get(f"/events/{events[0]['id']}").json() == events[0]


def test_guests_read_no_events_of_the_organization(owner, guest, organization):
    answer = guest.get("/events", params={"organization_id": organization})
    assert (refused(answer), answer.json()["permission"]) == ((403, "permission_denied"), "event.read")
    (event,) = owner.get("/events", params={"organization_id": organization, "limit": 1}).json()["items"]
    assert refused(guest.get(f"/events/{event['id']}")) == (404, "not_found")


def test_who_is_granted_something_reads_no_events_for_that(founder, anonymous):
    other = factories.newcomer(anonymous)
    member = factories.member(founder, founder.organization_id, other.person, "collaborator")["id"]
    granted = founder.post(
        f"/members/{member}/grants", {"role": "member", **on("project", founder.project["id"])}
    )
    assert granted.status_code == 201
    (event, *_) = founder.events()
    assert refused(other.get(f"/events/{event['id']}")) == (404, "not_found")
    (entry, *_) = founder.everything("/security-log", organization_id=founder.organization_id)
    assert refused(other.get(f"/security-log/{entry['id']}")) == (404, "not_found")


def test_the_events_of_others_are_like_none_at_all(founder, stranger):
    params = {"organization_id": founder.organization_id}
    assert refused(stranger.get("/events", params=params)) == (404, "not_found")
    for event in (founder.events()[0], founder.everything("/events")[0]):
        assert refused(stranger.get(f"/events/{event['id']}")) == (404, "not_found")


@pytest.mark.parametrize(
    "query", ["after=-1", "after=1.0", "after=9223372036854775808", "event_type=task", "sort=occurred_at"]
)
def test_F6_a_filter_of_events_that_is_not_understood_is_refused(owner, query):
    assert refused(owner.get(f"/events?{query}")) == (422, "invalid_request")
