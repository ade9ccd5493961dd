"""Delivering notifications: by workers that end at any moment, beside each other, whatever one organization does to them."""

import psycopg2
import pytest

from contract_tests.support import factories
from contract_tests.support.meanwhile import meeting
from contract_tests.support.notifying import assign, catch_up, joined, listed, pass_minutes, send_due, tell
from contract_tests.support.queue_tasks import perform
from handlers.services import notification_emails_queue_tasks as sending
from handlers.services import notifications_queue_tasks as telling
from handlers.workers import registry
from models.base import mailbox
from models.base.database import database

LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
TIME_ZONE = "update users set time_zone = %s where id = %s"


def by_sql(sql, *parameters):
    with database.connection_context():
        return database.run(sql, parameters)


def holding(lock):
    """Another connection that holds a lock, as a worker does, until it is closed."""
    other = psycopg2.connect(database.url)
    other.cursor().execute(LOCK, (lock,))
    return other


def test_one_worker_tells_at_a_time_and_the_next_one_loses_nothing(boss, ada):
    task = factories.task(boss, boss.project, assignee_ids=[ada.person.id])
    other = holding("notifications")
    with database.connection_context(), registry.transaction():
        assert not telling.tell_batch(boss.organization_id)
    other.close()
    assert listed(ada) == []
    tell(boss.organization_id)
    assert [item["subject_id"] for item in listed(ada)] == [task["id"]]


def test_one_worker_emails_a_person_at_a_time(boss, ada):
    assign(boss, ada)
    pass_minutes(ada)
    other = holding(f"notification email {ada.person.id}")
    with database.connection_context(), registry.transaction():
        assert not sending.email_due(ada.person.id)
    other.close()
    assert len(send_due(ada)) == 1


def test_a_worker_that_ends_before_its_commit_has_told_nobody(boss, ada):
    factories.task(boss, boss.project, assignee_ids=[ada.person.id])
    with pytest.raises(KeyboardInterrupt), database.connection_context(), registry.transaction():
        assert telling.tell_batch(boss.organization_id)
        raise KeyboardInterrupt
    assert listed(ada) == []
    tell(boss.organization_id)
    tell(boss.organization_id)
    assert [item["event_count"] for item in listed(ada)] == [1]


def test_an_organization_that_cannot_be_told_holds_up_no_other(anonymous, boss, ada):
    """A time zone that is in no contract stands for any fault in one organization."""
    other = factories.founder(anonymous)
    other.project = factories.project(other, other.organization_id)["id"]
    eve = joined(anonymous, other, "member")
    catch_up()
    for client, person in ((boss, ada), (other, eve)):
        choice = {"reasons": [{"reason": "task.assigned", "email": "daily"}]}
        person.patch("/users/me/notification-preferences", choice)
        factories.task(client, client.project, assignee_ids=[person.person.id])
    by_sql(TIME_ZONE, "Nowhere/Else", ada.person.id)
    with pytest.raises(Exception, match="Nowhere"):
        perform("notifications.tell")
    by_sql(TIME_ZONE, "UTC", ada.person.id)
    assert (len(listed(eve)), len(listed(ada))) == (1, 0)
    perform("notifications.tell")
    assert (len(listed(eve)), len(listed(ada))) == (1, 1)


def test_a_membership_that_ends_at_that_moment_is_waited_for(boss, ada):
    factories.task(boss, boss.project, assignee_ids=[ada.person.id])
    meeting(lambda: tell(boss.organization_id), "delete from members where id = %s", ada.membership)
    with database.connection_context():
        assert database.rows("select 1 from notifications where user_id = %s", (ada.person.id,)) == []


def test_notifications_go_after_the_days_of_the_organization(boss, ada):
    assign(boss, ada)
    for days, left in ((89, 1), (2, 0)):
        by_sql(
            "update notifications set created_at = created_at - %s * interval '1 day' where user_id = %s",
            days,
            ada.person.id,
        )
        perform("retentions.apply")
        assert len(listed(ada)) == left
    with database.connection_context():
        assert database.rows("select 1 from notified_events where user_id = %s", (ada.person.id,)) == []


def test_emails_are_sent_by_the_queue_to_the_mailbox(boss, ada):
    """By the tasks that the queue runs: the email is written by one and composed by the other."""
    task = assign(boss, ada)
    by_sql("update notifications set email_at = null where user_id <> %s", ada.person.id)
    pass_minutes(ada)
    perform("notification_emails.send")
    with database.connection_context():
        ((mail_id,),) = database.rows(
            "select id::text from mails where user_id = %s and template = 'notifications'", (ada.person.id,)
        )
    perform("mails.send_mail", mail_id=mail_id)
    sent = [mail for name in mailbox.names() if name.endswith(mail_id) for mail in [mailbox.get(name)]]
    assert [mail["Subject"] for mail in sent] == [
        f"A task was assigned to you: {task['key']} Fix the gripper"
    ]
