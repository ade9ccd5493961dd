"""Notifications: telling people of events, by the log of each organization."""

from datetime import datetime
from typing import Any

from handlers.workers.registry import queue_task, transaction
from models.access.members import Member
from models.base.ids import new_id
from models.identity.users import User
from models.platform.events import Event
from models.platform.notification_reasons import Reason, reasons, reasons_of, subjects_of
from models.services import notification_feeds as feeds
from models.services.notification_preferences import NotificationPreferences
from models.services.notifications import OPEN, Notification
from security.notices import may_be_told
from security.on_behalf import caller_on_behalf_of

EACH_15_SECONDS = "*/15 * * * * *"
Key = tuple[str, str, str]  # the IDs of a person, the name of a reason, and the ID of a subject


@queue_task(cron=EACH_15_SECONDS, attempts=3, manages_transactions=True)
def tell():
    """Tell people of the events that follow those they were told of: a batch of one organization in a transaction.

    An organization where this fails is told again the next time; the others do not wait for it.
    """
    failed: dict[str, Exception] = {}
    while True:
        with transaction():
            ids = [id for id in feeds.behind() if id not in failed]
        if not ids:
            break
        for organization_id in ids:
            try:
                with transaction():
                    if not tell_batch(organization_id):
                        return  # another worker tells
            except Exception as error:
                failed[organization_id] = error
    if failed:
        raise next(iter(failed.values()))


def tell_batch(organization_id: str) -> bool:
    """Tell people of the next events of an organization; False while another worker does so."""
    moment = feeds.take()
    if moment is None:
        return False
    events = feeds.following(organization_id)
    if events:
        _tell(organization_id, events, moment)
        feeds.advance(organization_id, events[-1].sequence)
    return True


def _tell(organization_id: str, events: list[Event], moment: datetime) -> None:
    subjects, wanted = _wanted(events)
    ids = {user_id for user_id, _, _ in wanted}
    people = _members(organization_id, ids) if ids else {}
    earlier = feeds.events_told_of(people, [event.id for event in events]) if people else set()
    preferences = NotificationPreferences.of_all(people)
    pairs: list[tuple[str, str, str]] = []
    for (user_id, name, subject_id), group in wanted.items():
        new = [event for event in group if (user_id, event.id) not in earlier]
        if not new or user_id not in people:
            continue
        subject, reason = subjects[name, subject_id], reasons()[name]
        if may_be_told(people[user_id][1], reason, subject):
            key = user_id, name, subject_id
            notification_id = _notify(key, new, subject, people[user_id][0], preferences[user_id], moment)
            pairs += [(user_id, event.id, notification_id) for event in new if notification_id]
    feeds.note(organization_id, pairs)


def _wanted(events: list[Event]) -> tuple[dict[tuple[str, str], Any], dict[Key, list[Event]]]:
    """The subjects of events, by reason and ID, and the events to tell of: of each once, and never who caused it."""
    subjects: dict[tuple[str, str], Any] = {}
    for name, reason in reasons().items():
        if ids := {event.subject_id for event in events if event.event_type in reason.event_types}:
            subjects |= {(name, id): subject for id, subject in subjects_of(reason, ids).items()}
    wanted: dict[Key, list[Event]] = {}
    for event in events:
        excluded: set[Any] = {event.actor_id}
        for reason in reasons_of(event.event_type):
            subject = subjects.get((reason.name, event.subject_id))
            for user_id in sorted(set(reason.recipients(event, subject)) - excluded) if subject else ():
                wanted.setdefault((user_id, reason.name, event.subject_id), []).append(event)
                excluded.add(user_id)
    return subjects, wanted


def _members(organization_id: str, user_ids: set[str]) -> dict[str, Any]:
    """Those of the people who are members, whose memberships are locked until the commit: ``(user, caller)`` by ID."""
    query = Member.select(Member.user).where(
        Member.organization == organization_id, Member.user.in_(list(user_ids))
    )
    members = [id for (id,) in query.order_by(Member.id).for_update("FOR KEY SHARE").tuples()]
    users = User.select().where(
        User.id.in_(members), User.kind == "person", User.disabled_at.is_null(), User.erased_at.is_null()
    )
    return {user.id: (user, caller_on_behalf_of(user)) for user in users}


def _notify(key: Key, events: list[Event], subject: Any, user: User, preferences: NotificationPreferences,
            moment: datetime) -> str | None:  # fmt: skip
    """Add events to the open notification of somebody, or make one; its ID, or None where the person wants none."""
    user_id, name, subject_id = key
    reason: Reason = reasons()[name]
    _, is_shown, email = preferences.of_reason(reason)
    if preferences.mutes(subject.resource_path) or not (is_shown or email != "none"):
        return None
    actors = {event.actor_id for event in events}
    actor_id = actors.pop() if len(actors) == 1 else None
    if joined := Notification.join_open(moment, key, len(events), events[-1].sequence, actor_id):
        return joined
    due = {"none": None, "immediate": moment + OPEN}
    made = Notification.add(
        "notification.created",
        id=new_id(),
        organization=subject.organization_id,
        user=user_id,
        reason=name,
        subject_type=events[-1].subject_type,
        subject_id=subject_id,
        actor_id=actor_id,
        event_count=len(events),
        sequence=events[-1].sequence,
        notified_at=moment,
        open_until=moment + OPEN,
        is_shown=is_shown,
        email=email,
        email_at=due[email] if email in due else preferences.next_digest(user.time_zone, moment),
    )
    return made.id
