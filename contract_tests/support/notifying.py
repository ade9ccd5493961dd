"""Notifying: people told of events, and emails sent, as workers do it; of one organization, without waiting."""

import re
from email import message_from_bytes, policy

from contract_tests.support import factories
from contract_tests.support.queue_tasks import represent
from handlers.gateways.letters import letter
from handlers.platform.mails_queue_tasks import facts_of
from handlers.services import notification_emails_queue_tasks as sending
from handlers.services import notifications_queue_tasks as telling
from handlers.workers import registry
from models.base.database import database
from models.base.ids import new_id
from models.base.unit_of_work import UnitOfWork
from models.platform.mails import Mail
from models.services.notifications import Notification

CATCH_UP = """
insert into notification_positions (organization_id, sequence)
select o.id, s.last_sequence from organizations o join streams s on s.id = o.id
on conflict (organization_id) do update set sequence = excluded.sequence
"""
# As if so many minutes had passed since the notifications of somebody were made.
LATER = """
update notifications set notified_at = notified_at - %(minutes)s * interval '1 minute',
    open_until = open_until - %(minutes)s * interval '1 minute', email_at = email_at - %(minutes)s * interval '1 minute'
where user_id = %(user_id)s
"""


def catch_up():
    """Nobody is told of what other tests have left."""
    with database.connection_context():
        database.run(CATCH_UP)


def tell(organization_id):
    """Tell people of the next events of an organization."""
    registry.load()
    registry._running.represent = represent()
    with database.connection_context(), registry.transaction():
        assert telling.tell_batch(organization_id)


def pass_minutes(client, minutes=6):
    with database.connection_context():
        database.run(LATER, {"minutes": minutes, "user_id": client.person.id})


def send_due(client, before_sending=lambda: None):
    """Email somebody what is due, and return the new emails as mail programs read them.

    ``before_sending()`` is what happens between writing an email and sending it.
    """
    registry.load()
    registry._running.represent = represent()
    with database.connection_context(), registry.transaction():
        sending.email_due(client.person.id)
    before_sending()
    with database.connection_context():
        return [_read(mail) for mail in _settled(client)]


def _settled(client):
    """The waiting emails about notifications, each settled as a worker would; those that are withdrawn are left out."""
    query = Mail.select().where(
        Mail.user_id == client.person.id, Mail.status == "waiting", Mail.template.startswith("notification")
    )
    for mail in list(query.order_by(Mail.id)):
        mail = Mail.claim(mail.id)
        facts = facts_of(mail)
        if facts is not None:
            yield mail, letter(mail.id, mail.created_at, mail.recipient, mail.template, facts)
        with registry.transaction():
            mail.settle("withdrawn" if facts is None else "sent")


def _read(sent):
    _, made = sent
    return message_from_bytes(made.as_bytes(), policy=policy.default)


def text_of(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


def link_of(mail):
    """The path of the link that stops such emails, which is in the header, the text, and the page."""
    url = re.fullmatch("<(.+)>", mail["List-Unsubscribe"])[1]
    assert url in text_of(mail) and url.replace("&", "&amp;") in text_of(mail, "html")
    return url.partition("/api/v1")[2]


def joined(anonymous, boss, role):
    """Somebody who is a member from now on, and was told of everything so far."""
    client = factories.newcomer(anonymous)
    client.membership = factories.enrolled(boss.organization_id, client.person.id, role, by=boss.person.id)
    factories.log_in_again(client)
    tell(boss.organization_id)
    return client


def listed(client, **params):
    answer = client.get("/notifications", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def reasons(client, **params):
    return [item["reason"] for item in listed(client, **params)]


def unread(client):
    return client.get("/notifications/counts").json()["unread"]


def assign(boss, *people):
    """A task that was just assigned to these people, who were told."""
    task = factories.task(
        boss, boss.project, title="Fix the gripper", assignee_ids=[person.person.id for person in people]
    )
    tell(boss.organization_id)
    return task


def notification(client):
    """The ID of a new notification of somebody, of an organization that they are in."""
    own = "select organization_id::text from members where user_id = %s order by id limit 1"
    with database.connection_context():
        organization_ids = [id for (id,) in database.rows(own, (client.person.id,))]
    organization_id = organization_ids[0] if organization_ids else factories.organization(client)["id"]
    with database.connection_context(), database.transaction(), UnitOfWork() as work:
        made = Notification.add(
            "notification.created",
            organization=organization_id,
            user=client.person.id,
            reason="task.assigned",
            subject_type="task",
            subject_id=new_id(),
            actor_id=None,
            event_count=1,
            sequence=1,
            notified_at=work.now,
            open_until=work.now,
            is_shown=True,
            email="none",
        )
    return made.id
