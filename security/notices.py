"""Notices: whether a person may be told of something, and may be shown what it is called."""

from collections.abc import Iterable
from typing import Any

from models.platform.notification_reasons import Reason, reasons, subjects_of
from security import policy
from security.callers import Caller


def may_be_told(caller: Caller, reason: Reason, subject: Any) -> bool:
    """Whether a person who belongs to the organization may know of the subject."""
    return subject.organization_id in caller.access.roles and policy.allows(
        reason.permission, caller, subject
    )


def titles(caller: Caller, notifications: Iterable[Any]) -> dict[str, str]:
    """What the subjects of notifications are called, by ID: of those that there are and that the caller may read."""
    ids: dict[str, set[str]] = {}
    for notification in notifications:
        if notification.reason in reasons() and _has_scopes(caller, notification.subject_type):
            ids.setdefault(notification.reason, set()).add(notification.subject_id)
    titles_by_id: dict[str, str] = {}
    for name, wanted in ids.items():
        reason = reasons()[name]
        for id, subject in subjects_of(reason, wanted - titles_by_id.keys()).items():
            if may_be_told(caller, reason, subject):
                titles_by_id[id] = reason.title(subject)
    return titles_by_id


def _has_scopes(caller: Caller, noun: str) -> bool:
    """Whether the credentials let the caller read such things: an API key for notifications alone shows no tasks."""
    needed = caller.read_scopes.get(noun)
    return caller.scopes is None or (needed is not None and needed <= set(caller.scopes))
