"""Who has the permissions on exports, erasures, and how long records are kept."""

from security.policy.reasons import Reasons, oneself, owner

POLICY: dict[str, Reasons] = {
    "user.export": [oneself],
    "user.erase": [oneself],
    "retention.read": [owner],
    "retention.update": [owner],
}
