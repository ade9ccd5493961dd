"""Who has the permissions on apps of partners, and what people let them do."""

from security.policy.reasons import Reasons, admin, oneself

POLICY: dict[str, Reasons] = {
    "app.create": [admin],
    "app.read": [admin],
    "app.update": [admin],
    "app.rotate_secret": [admin],
    "app.delete": [admin],
    "consent.read": [oneself],
    "consent.revoke": [oneself],
}
# What programs never do, whatever their role: people answer for it.
IN_PERSON = {
    "app.create",
    "app.rotate_secret",
    "app.update",
}
