"""Certificates of service accounts."""

from models.access.service_accounts import ServiceAccount
from models.access.service_certificates import ServiceCertificate
from models.base.pages import page
from models.base.value_rules import obeys
from security import certificates
from security.delegation import Credential, hand_on
from security.powers import of_member
from security.reauthentication import reauthenticate_session, take_proof


@obeys(certificates.read, "certificate")
def create_service_certificate(service_account_id, body, caller):
    account = caller.find(ServiceAccount, service_account_id)
    reauthenticate_session(caller, take_proof(body))
    certificate = certificates.read(body.pop("certificate"))
    credential = Credential(body.get("scopes"), certificate["expires_at"])
    hand_on(caller, account, *of_member(caller, account.user_id, account), credential=credential)
    return ServiceCertificate.issue(account, **certificate, **body), 201


def list_service_certificates(service_account_id, caller, limit, cursor=None, include=()):
    filters = {"service_account_id": caller.find(ServiceAccount, service_account_id).id}
    return page(ServiceCertificate, caller, filters, limit=limit, cursor=cursor, include=include)


def get_service_certificate(service_certificate_id, caller):
    return caller.find(ServiceCertificate, service_certificate_id)


def revoke_service_certificate(service_certificate_id, caller):
    caller.find(ServiceCertificate, service_certificate_id).revoke()
    return None, 204
