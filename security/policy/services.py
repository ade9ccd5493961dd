"""Who has the permissions on jobs and notifications."""

from security.policy.reasons import Reasons, oneself

POLICY: dict[str, Reasons] = {
    "job.read": [oneself],
    "notification.read": [oneself],
    "notification.update": [oneself],
    "notification_preferences.read": [oneself],
    "notification_preferences.update": [oneself],
}
