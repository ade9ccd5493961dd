"""Notification preferences: of what people are told, where, and when."""

import itertools
import re
from datetime import UTC, datetime

import pytest

import spec
from contract_tests.support.notifying import assign, listed, pass_minutes, reasons, send_due, tell, unread
from models.base.ids import new_id
from models.base.unit_of_work import UnitOfWork
from models.platform.notification_reasons import reasons as registered
from models.services.notification_preferences import NotificationPreferences

PATH = "/users/me/notification-preferences"


def test_who_chose_nothing_has_the_defaults_of_every_reason(ada):
    preferences = ada.get(PATH).json()
    assert (preferences["has_email"], preferences["digest_hour"], preferences["muted_ids"]) == (True, 8, [])
    assert preferences["version"] == 0
    defaults = {each["reason"]: (each["in_app"], each["email"]) for each in preferences["reasons"]}
    assert defaults == {name: (reason.in_app, reason.email) for name, reason in registered().items()}
    assert defaults["task.assigned"] == (True, "immediate")


def test_the_contract_says_what_each_reason_means():
    described = spec.load()["components"]["schemas"]["Notification"]["properties"]["reason"]["description"]
    assert set(re.findall(r"`([a-z_]+\.[a-z_]+)`", described)) == set(registered())


def test_every_event_type_of_a_reason_is_one_of_the_contract():
    types = spec.load()["x-event-types"].keys()
    assert all(set(reason.event_types) <= types for reason in registered().values())


def test_a_choice_changes_one_channel_of_one_reason(ada):
    before = ada.get(PATH).json()["reasons"]
    after = ada.patch(PATH, {"reasons": [{"reason": "task.assigned", "email": "none"}]}).json()
    assert [(old["reason"], old["in_app"]) for old in before] == [
        (new["reason"], new["in_app"]) for new in after["reasons"]
    ]
    differing = [new for old, new in zip(before, after["reasons"], strict=True) if old != new]
    assert differing == [{"reason": "task.assigned", "in_app": True, "email": "none"}]
    (event,) = ada.get("/events", params={"event_type": "notification_preferences.updated"}).json()["items"]
    assert [change["field"] for change in event["changes"]] == ["reasons"]


def test_a_reason_that_is_not_there_is_refused(ada):
    answer = ada.patch(PATH, {"reasons": [{"reason": "task.forgotten", "email": "none"}]})
    assert answer.status_code == 422 and "reason_unknown" in answer.text, answer.text


def test_what_is_not_listed_is_emailed_alone(boss, ada):
    ada.patch(PATH, {"reasons": [{"reason": "task.assigned", "in_app": False}]})
    assign(boss, ada)
    assert (listed(ada), unread(ada)) == ([], 0)
    pass_minutes(ada)
    assert len(send_due(ada)) == 1


def test_who_wants_neither_is_told_nothing(boss, ada):
    ada.patch(PATH, {"reasons": [{"reason": "task.assigned", "in_app": False, "email": "none"}]})
    assign(boss, ada)
    ada.patch(PATH, {"reasons": [{"reason": "task.assigned", "in_app": True}]})
    assert reasons(ada) == []


@pytest.mark.parametrize("muted", ["organization", "project", "task"])
def test_what_is_muted_and_what_is_in_it_is_silent(boss, ada, muted):
    task = assign(boss, ada)
    id = {"organization": boss.organization_id, "project": boss.project, "task": task["id"]}[muted]
    assert ada.patch(PATH, {"muted_ids": [id]}).json()["muted_ids"] == [id]
    boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-01-01"})
    tell(boss.organization_id)
    pass_minutes(ada)
    assert (reasons(ada), send_due(ada)) == (["task.assigned"], [])
    ada.patch(PATH, {"muted_ids": []})
    boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-01-02"})
    tell(boss.organization_id)
    assert reasons(ada) == ["task.updated", "task.assigned"]


@pytest.mark.parametrize(
    ("zone", "moment", "due"),
    [
        ("UTC", "2026-03-01T07:59:00", "2026-03-01T08:00:00"),
        ("UTC", "2026-03-01T08:00:00", "2026-03-02T08:00:00"),
        ("America/New_York", "2026-01-10T12:00:00", "2026-01-10T13:00:00"),
        # Clocks are changed in the night before: the hour stays.
        ("Europe/Berlin", "2026-03-28T07:00:00", "2026-03-29T06:00:00"),
        ("Europe/Berlin", "2026-10-24T07:00:00", "2026-10-25T07:00:00"),
        ("Pacific/Kiritimati", "2026-03-01T20:00:00", "2026-03-02T18:00:00"),
    ],
)
def test_the_digest_is_due_at_an_hour_where_the_person_is(zone, moment, due):
    with UnitOfWork(now=datetime(2026, 1, 1, tzinfo=UTC)):
        preferences = NotificationPreferences(digest_hour=8)
    there = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert preferences.next_digest(zone, there) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Berlin", 2), ("America/Sao_Paulo", 0)])
def test_an_hour_that_a_day_does_not_have_is_not_lost(zone, hour):
    with UnitOfWork(now=datetime(2026, 1, 1, tzinfo=UTC)):
        preferences = NotificationPreferences(digest_hour=hour)
    due = datetime(2018, 1, 1, tzinfo=UTC)
    days = []
    for _ in range(366):
        due = preferences.next_digest(zone, due)
        days.append(due)
    assert 364 <= (days[-1] - days[0]).days <= 366
    assert all(
        20 <= (after - before).total_seconds() / 3600 <= 28 for before, after in itertools.pairwise(days)
    )


def test_muting_what_is_hidden_tells_nothing_of_it(ada, stranger):
    hidden = stranger.get("/organizations").json()["items"][0]["id"]
    absent = str(new_id())
    answers = [ada.patch(PATH, {"muted_ids": [id]}) for id in (hidden, absent)]
    assert [(answer.status_code, answer.json()["muted_ids"]) for answer in answers] == [
        (200, [hidden]),
        (200, [absent]),
    ]
