"""Of what people are told, where, and when."""

from models.base.value_rules import obeys
from models.identity.users import User
from models.services import notification_emails
from models.services.notification_preferences import NotificationPreferences, refuse_unknown_reasons


def get_notification_preferences(caller):
    return caller.permit(NotificationPreferences.of(caller.user_id))


@obeys(refuse_unknown_reasons, "reasons")
def update_notification_preferences(body, caller):
    preferences = caller.find(NotificationPreferences, NotificationPreferences.stored_of(caller.user_id))
    hour = preferences.digest_hour
    preferences.change(**body)
    if preferences.digest_hour != hour:
        user = User.get_by_id(caller.user_id)
        notification_emails.reschedule(user.id, preferences.next_digest(user.time_zone))
    return preferences
