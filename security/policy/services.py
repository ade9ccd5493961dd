"""Who has the permissions on jobs."""

from security.policy.reasons import Reasons, oneself

POLICY: dict[str, Reasons] = {
    "job.read": [oneself],
    "job.cancel": [oneself],
}
