"""Emails of notifications: what people have not read, with what they may know when it is sent."""

from typing import Any

from handlers.workers.registry import composes, queue_task, transaction
from models.access.organizations import Organization
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.mails import Mail
from models.platform.notification_reasons import Reason, reasons, subjects_of
from models.services import notification_emails as emails
from models.services.notification_preferences import EVERY_REASON, NotificationPreferences
from models.services.notifications import Notification
from models.services.unsubscriptions import Unsubscription
from security.notices import may_be_told
from security.on_behalf import caller_on_behalf_of

EACH_MINUTE = "* * * * *"
MAX_PEOPLE = 100  # that are looked for at once
MAX_ENTRIES = 50  # in one email; the others are counted, and listed by the API
Entry = tuple[Notification, Reason, Any]  # with the subject


@queue_task(cron=EACH_MINUTE, attempts=3, manages_transactions=True)
def send():
    """Email people what is due and unread: one email, or the next digest once there were enough emails.

    Where this fails it is tried again the next time; other people do not wait for it.
    """
    failed: dict[str, Exception] = {}
    is_done = False
    while not is_done:
        with transaction():
            user_ids = emails.due_users(MAX_PEOPLE)
        is_done = True
        for user_id in user_ids:
            try:
                with transaction():
                    is_done = not email_due(user_id) and is_done
            except Exception as error:
                failed[user_id] = error
    if failed:
        raise next(iter(failed.values()))


def email_due(user_id: str) -> bool:
    """Email a person what is due; whether anything was."""
    due = emails.due_of(user_id, now())
    if not due:
        return False
    user, preferences = User.get_by_id(user_id), NotificationPreferences.of(user_id)
    emails.postpone([notification for notification in due if notification.is_snoozed])
    awake = [notification for notification in due if not notification.is_snoozed]
    entries = _entries(user, preferences, [each for each in awake if not each.is_read])
    unread = [notification for notification, *_ in entries]
    left = {notification.id for notification in unread}
    emails.settle([notification for notification in awake if notification.id not in left])
    is_digest = any(notification.email == "daily" for notification in unread)
    if unread and not is_digest and not emails.has_budget(user_id):
        emails.move_into_digest(unread, preferences.next_digest(user.time_zone))
    elif unread:
        emails.write(user, unread, is_digest=is_digest)
    return True


def _entries(user: User, preferences: NotificationPreferences, due: list[Notification]) -> list[Entry]:
    """Those of the notifications that the person may be told of, and wants by email, now: with reason and subject."""
    if not user.email or user.verified_at is None or user.disabled_at is not None:
        return []
    caller, entries = caller_on_behalf_of(user), []
    for name in sorted({notification.reason for notification in due} & reasons().keys()):
        reason = reasons()[name]
        of_reason = [notification for notification in due if notification.reason == name]
        subjects = subjects_of(reason, {notification.subject_id for notification in of_reason})
        for notification in of_reason:
            subject = subjects.get(notification.subject_id)
            if (
                subject is not None
                and preferences.of_reason(reason).email != "none"
                and not preferences.mutes(subject.resource_path)
                and may_be_told(caller, reason, subject)
            ):
                entries.append((notification, reason, subject))
    return sorted(entries, key=lambda entry: entry[0].id)


@composes(emails.TEMPLATE, emails.DIGEST)
def compose(mail: Mail) -> dict[str, Any] | None:
    """What an email about notifications says, as far as the person still wants and may know it; None for nothing."""
    user = User.get_or_none(User.id == mail.user_id)
    if user is None or user.email != mail.recipient:
        return None
    entries = _entries(user, NotificationPreferences.of(user.id), emails.told_by(mail))
    if not entries:
        return None
    names = {reason.name for _, reason, _ in entries}
    name = names.pop() if len(names) == 1 and mail.template == emails.TEMPLATE else EVERY_REASON
    what = "such emails" if name != EVERY_REASON else "all emails about notifications"
    return {
        "name": user.name,
        "headline": _headline(mail.template, entries),
        "entries": _described(entries[:MAX_ENTRIES]),
        "more": max(0, len(entries) - MAX_ENTRIES),
        "unsubscribe_label": f"Stop {what}",
        "unsubscribe_url": Unsubscription(user.id, name).url,
    }


def _headline(template: str, entries: list[Entry]) -> str:
    if template == emails.DIGEST:
        return f"Daily digest: {len(entries)} notification{'s' * (len(entries) > 1)}"
    if len(entries) > 1:
        return f"{len(entries)} new notifications"
    ((_, reason, subject),) = entries
    return f"{reason.sentence}: {reason.title(subject)}"


def _described(entries: list[Entry]) -> list[dict[str, Any]]:
    """The entries as the templates show them."""
    actors = {notification.actor_id for notification, *_ in entries if notification.actor_id}
    names = dict(User.select(User.id, User.name).where(User.id.in_(list(actors))).tuples())
    places = {notification.organization_id for notification, *_ in entries}
    organizations = dict(
        Organization.select(Organization.id, Organization.name)
        .where(Organization.id.in_(list(places)))
        .tuples()
    )
    return [
        {
            "sentence": reason.sentence,
            "title": reason.title(subject),
            "organization": organizations[notification.organization_id],
            "actor": names.get(notification.actor_id, ""),
            "count": notification.event_count,
        }
        for notification, reason, subject in entries
    ]
