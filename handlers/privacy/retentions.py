"""How long an organization keeps what is personal of its records."""

from models.privacy.retentions import Retention
from security.reauthentication import reauthenticate, take_proof


def get_retention(organization_id, caller):
    return caller.find(Retention, organization_id)


def update_retention(organization_id, body, caller):
    retention, proof = caller.find(Retention, organization_id), take_proof(body)
    if retention.is_shortened_by(body):
        reauthenticate(caller, proof)
    return retention.change(**body)
