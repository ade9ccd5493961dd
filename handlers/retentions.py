"""How long an organization keeps what is personal of its records."""

from models.retentions import Retention


def get_retention(organization_id, caller):
    return caller.find(Retention, organization_id)


def update_retention(organization_id, body, caller):
    return caller.find(Retention, organization_id).change(**body)
