"""What people are told, what they have read of it, and how much they have not."""

from models.access.organizations import Organization
from models.base.pages import page
from models.identity.users import User
from models.services.notifications import Notification
from security.notices import titles


def list_notifications(caller, limit, cursor=None, include=(), organization_id=None, **filters):
    if organization_id:
        filters["organization_id"] = caller.see(Organization, organization_id).id
    notifications = page(Notification, caller, filters, limit=limit, cursor=cursor, include=include)
    items = notifications["items"]
    subjects = titles(caller, items) if "subjects" in include else {}
    notifications["included"] = {
        "subjects": [{"subject_id": id, "title": title} for id, title in sorted(subjects.items())],
        "people": User.named({item.actor_id for item in items} - {None}) if "people" in include else [],
    }
    return notifications


def get_notification(notification_id, caller):
    return caller.find(Notification, notification_id)


def update_notification(notification_id, body, caller):
    return caller.find(Notification, notification_id).change(**body)


def get_notification_counts(caller):
    caller.permit(caller.account)
    return _counts(caller)


def mark_notifications_read(body, caller):
    caller.permit(caller.account)
    organization_ids = list(caller.access.roles)
    if organization_id := body.get("organization_id"):
        organization_ids = [caller.see(Organization, organization_id).id]
    marked = Notification.mark_read(caller.user_id, body.get("last_seen_at"), organization_ids)
    return {"marked": marked, **_counts(caller)}


def _counts(caller):
    organizations = Notification.unread_counts(caller.user_id, list(caller.access.roles))
    return {"unread": sum(each["unread"] for each in organizations), "organizations": organizations}
