"""Who has the permissions on jobs, document templates, and notifications."""

from security.policy.reasons import Reasons, admin, guest, oneself

POLICY: dict[str, Reasons] = {
    "job.read": [oneself],
    "job.cancel": [oneself],
    "document_template.read": [guest],
    "document_template.create": [admin],
    "document_template.update": [admin],
    "document_template.delete": [admin],
    "notification.read": [oneself],
    "notification.update": [oneself],
    "notification_preferences.read": [oneself],
    "notification_preferences.update": [oneself],
}
