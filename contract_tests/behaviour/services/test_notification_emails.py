"""Emails about notifications: one for what happened within minutes, a budget, a digest, and never to who may not know."""

import pytest

from contract_tests.support import factories
from contract_tests.support.notifying import assign, joined, listed, pass_minutes, send_due, tell, text_of
from models.base.database import database
from models.base.settings import settings

PREFERENCES = "/users/me/notification-preferences"


def due_now(client):
    """As if the hour of the digest had come."""
    with database.connection_context():
        database.run(
            "update notifications set email_at = now() where user_id = %s and email_at is not null",
            (client.person.id,),
        )


def test_an_email_follows_after_some_minutes_and_once(boss, ada):
    task = assign(boss, ada)
    assert send_due(ada) == []
    pass_minutes(ada)
    (mail,) = send_due(ada)
    assert mail["To"] == ada.person.email
    assert mail["Subject"] == f"A task was assigned to you: {task['key']} Fix the gripper"
    for kind in ("plain", "html"):
        assert task["key"] in text_of(mail, kind) and "An organization" in text_of(mail, kind)
    assert send_due(ada) == []


def test_many_changes_within_minutes_are_one_email(boss, ada):
    ada.patch(PREFERENCES, {"reasons": [{"reason": "task.updated", "email": "immediate"}]})
    task = assign(boss, ada)
    for day in range(1, 6):
        boss.patch(f"/tasks/{task['id']}", {"due_on": f"2031-01-0{day}"})
    tell(boss.organization_id)
    pass_minutes(ada)
    (mail,) = send_due(ada)
    assert mail["Subject"] == "2 new notifications"
    assert "5 changes" in text_of(mail)


def test_what_was_read_meanwhile_is_not_emailed(boss, ada):
    assign(boss, ada)
    ada.put("/notifications/read-marker", json={})
    pass_minutes(ada)
    assert send_due(ada) == []


def test_what_is_snoozed_is_emailed_later(boss, ada):
    assign(boss, ada)
    pass_minutes(ada)
    path = f"/notifications/{listed(ada)[0]['id']}"
    ada.patch(path, {"snooze_ends_at": "2090-01-01T08:00:00Z"})
    assert send_due(ada) == []
    with database.connection_context():
        database.run(
            "update notifications set snooze_ends_at = now(), email_at = now() where user_id = %s",
            (ada.person.id,),
        )
    assert len(send_due(ada)) == 1


@pytest.mark.parametrize("is_written", [False, True])
def test_rights_are_asked_again_when_an_email_is_sent(anonymous, boss, is_written):
    """Also when it was written and waits: a collaborator who was unassigned may not read the task any more."""
    ruth = joined(anonymous, boss, "collaborator")
    task = assign(boss, ruth)
    pass_minutes(ruth)
    mails = send_due(ruth, before_sending=lambda: unassign(boss, task)) if is_written else None
    if not is_written:
        unassign(boss, task)
        mails = send_due(ruth)
    assert mails == []


def unassign(boss, task):
    assert boss.patch(f"/tasks/{task['id']}", {"assignee_ids": []}).status_code == 200


def test_who_was_removed_gets_no_email_that_waits(boss, ada):
    assign(boss, ada)
    pass_minutes(ada)
    remove = lambda: boss.delete(f"/members/{ada.membership}")  # noqa: E731
    assert send_due(ada, before_sending=remove) == []


def test_an_email_beyond_the_budget_is_in_the_digest_and_nothing_is_lost(boss, ada):
    keys = []
    for _ in range(settings().notification_emails_hour + 2):
        keys.append(assign(boss, ada)["key"])
        pass_minutes(ada)
        last = send_due(ada)
    assert last == []
    due_now(ada)
    (digest,) = send_due(ada)
    assert digest["Subject"] == "Daily digest: 2 notifications"
    assert all(key in text_of(digest) for key in keys[-2:]) and keys[0] not in text_of(digest).split()


def test_a_digest_has_what_is_emailed_daily(boss, ada):
    ada.patch(PREFERENCES, {"reasons": [{"reason": "task.assigned", "email": "daily"}]})
    first, second = assign(boss, ada), assign(boss, ada)
    pass_minutes(ada)
    assert send_due(ada) == []
    due_now(ada)
    (digest,) = send_due(ada)
    assert all(task["key"] in text_of(digest) for task in (first, second))


def test_another_hour_moves_the_digest_that_waits(boss, ada):
    ada.patch(PREFERENCES, {"reasons": [{"reason": "task.assigned", "email": "daily"}]})
    assign(boss, ada)
    hours = "select extract(hour from email_at)::int from notifications where user_id = %s"
    for hour in (3, 17):
        ada.patch(PREFERENCES, {"digest_hour": hour})
        with database.connection_context():
            assert database.rows(hours, (ada.person.id,)) == [(hour,)]


def test_hostile_titles_are_text_in_the_email(boss, ada):
    title = '=?utf-8?b?QmNjOg==?= <b>x</b> https://evil.example/a {{ 7 * 7 }} "quoted"'
    factories.task(boss, boss.project, title=title, assignee_ids=[ada.person.id])
    tell(boss.organization_id)
    pass_minutes(ada)
    (mail,) = send_due(ada)
    assert "=?utf-8?b?QmNjOg==?= <b>x</b>" in mail["Subject"] and "Bcc" not in mail
    assert "<b>x" not in text_of(mail, "html") and "https://evil.example" not in text_of(mail)
    assert "{{ 7 * 7 }}" in text_of(mail)


def test_a_waiting_email_keeps_ids_alone(boss, ada):
    assign(boss, ada)
    pass_minutes(ada)
    seen = []

    def look():
        with database.connection_context():
            seen.extend(
                database.rows(
                    "select facts::text from mails where user_id = %s and status = 'waiting'",
                    (ada.person.id,),
                )
            )

    send_due(ada, before_sending=look)
    assert len(seen) == 1 and "gripper" not in seen[0][0] and "http" not in seen[0][0]
