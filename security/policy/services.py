"""Who has the permissions on jobs and document templates."""

from security.policy.reasons import Reasons, admin, guest, oneself

POLICY: dict[str, Reasons] = {
    "job.read": [oneself],
    "job.cancel": [oneself],
    "document_template.read": [guest],
    "document_template.create": [admin],
    "document_template.update": [admin],
    "document_template.delete": [admin],
}
