"""Emails of notifications: which are due, how many a person gets, and what becomes of the others.

An email names the notifications that it tells of.  What it says of them is read when it is sent.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from models.base.settings import settings
from models.base.statements import array, execute, rows
from models.identity.users import User
from models.platform.mails import Mail
from models.services.notifications import Notification

TEMPLATE, DIGEST = "notifications", "notification_digest"
BATCH_NOTIFICATIONS = 500  # in one email
# One emails a person at a time, so that no email is beyond the budget.
TAKE = "select pg_try_advisory_xact_lock(hashtextextended('notification email ' || %s::text, 0))"
DUE = """
select user_id::text from notifications where email_at <= now() group by user_id order by min(email_at) limit %s
"""
# The emails of the last hour and of the last day; digests, of which there is one a day, are not counted.
SENT = """
select count(*) filter (where created_at > now() - interval '1 hour'), count(*)
from mails where user_id = %s and template = %s and created_at > now() - interval '1 day'
"""
SETTLE = "update notifications set email_at = null where id = any (%s::uuid[])"
POSTPONE = "update notifications set email_at = snooze_ends_at where id = any (%s::uuid[])"
INTO_DIGEST = "update notifications set email = 'daily', email_at = %s where id = any (%s::uuid[])"
RESCHEDULE = (
    "update notifications set email_at = %s where user_id = %s and email = 'daily' and email_at is not null"
)


def due_users(limit: int) -> list[str]:
    """The IDs of the people to whom something is to be emailed, who wait the longest first."""
    return [id for (id,) in rows(DUE, (limit,))]


def due_of(user_id: str, moment: datetime) -> list[Notification]:
    """What is to be emailed to a person, locked; nothing while another worker emails that person."""
    if not rows(TAKE, (user_id,))[0][0]:
        return []
    query = Notification.select().where(Notification.user == user_id, Notification.email_at <= moment)
    return list(query.order_by(Notification.id).limit(BATCH_NOTIFICATIONS).for_update())


def has_budget(user_id: str) -> bool:
    """Whether a person may get one more email about notifications now."""
    ((in_hour, in_day),) = rows(SENT, (user_id, TEMPLATE))
    return in_hour < settings().notification_emails_hour and in_day < settings().notification_emails_day


def settle(notifications: Collection[Notification]) -> None:
    """Nothing more is to be emailed about them."""
    execute(SETTLE, (_ids(notifications),))


def postpone(notifications: Collection[Notification]) -> None:
    """Email them when they are snoozed no more."""
    execute(POSTPONE, (_ids(notifications),))


def move_into_digest(notifications: Collection[Notification], due: datetime) -> None:
    """Email them with the next digest."""
    execute(INTO_DIGEST, (due, _ids(notifications)))


def reschedule(user_id: str, due: datetime) -> None:
    """The digest of a person is due at another time."""
    execute(RESCHEDULE, (due, user_id))


def write(user: User, notifications: Collection[Notification], *, is_digest: bool) -> None:
    """Email a person about notifications: one email."""
    facts: dict[str, Any] = {"notification_ids": [notification.id for notification in notifications]}
    template = DIGEST if is_digest else TEMPLATE
    Mail.write(user.email, template, locale=user.locale, user_id=user.id, **facts)
    settle(notifications)


def told_by(mail: Mail) -> list[Notification]:
    """The notifications that an email tells of, as far as they are still there and unread, in order."""
    ids = mail.facts["notification_ids"]
    query = Notification.select().where(Notification.id.in_(ids), Notification.read_at.is_null())
    return list(query.order_by(Notification.id))


def _ids(notifications: Collection[Notification]) -> str:
    return array([notification.id for notification in notifications])
