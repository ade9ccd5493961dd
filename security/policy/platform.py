"""Who has the permissions on events and the security log."""

from security.policy.reasons import Reasons, member, oneself, owner

POLICY: dict[str, Reasons] = {
    "event.read": [oneself, member],
    "security_log.read": [oneself, owner],
}
