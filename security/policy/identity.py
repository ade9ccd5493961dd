"""Who has the permissions on accounts, sessions, and how people prove who they are."""

from security.policy.reasons import Reasons, anybody, oneself

POLICY: dict[str, Reasons] = {
    "user.read": [oneself],
    "user.update": [oneself],
    "session.read": [oneself],
    "session.end": [oneself],
    "two_factor.read": [oneself],
    "two_factor.update": [oneself],
    "session.revoke": [oneself],
    "identity.read": [oneself],
    "identity.link": [oneself],
    "identity.unlink": [oneself],
    "api_key.create": [anybody],
    "api_key.read": [oneself],
    "api_key.update": [oneself],
    "api_key.rotate": [oneself],
    "api_key.revoke": [oneself],
}
# What programs never do, whatever their role: people answer for it.
IN_PERSON = {
    "api_key.create",
    "api_key.revoke",
    "api_key.rotate",
    "api_key.update",
    "two_factor.update",
    "user.update",
}
