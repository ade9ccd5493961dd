"""What a campaign asks about: two people with something of everything, and requests that are good by more than their form."""

from contract_tests.support import factories, notifying, preconditions, sign_ins
from contract_tests.support.clients import Client
from contract_tests.support.programs import service_account
from contract_tests.support.visitor import App
from contract_tests.support.world_oauth import (
    A_COOKIE,
    BOTH,
    consented,
    decision_form,
    log_in_form,
    revocation_form,
)
from models.base.ids import new_id
from models.services.notification_preferences import EVERY_REASON
from models.services.unsubscriptions import Unsubscription

SCOPES = ["account:read", "tasks:read"]
SEVERAL = 6
LATER = "2099-12-31T23:00:00Z"


def peers(live, contract, anonymous):
    """Two people, each the owner of an organization with something of every kind in it."""
    people = {}
    for name in ("one", "other"):
        person = people[name] = factories.register(anonymous, "owner", f"Peer {name}")
        client = Client(live.base_url, contract, person.token, person)
        organization = person.organization_id = factories.organization(client, f"Of {name}")["id"]
        for _ in range(3):
            someone = factories.member(client, organization, factories.register(anonymous), "member")
            client.post(f"/members/{someone['id']}/grants", {"role": "admin"})
            factories.invitation(client, organization, f"invited{new_id()}@example.org")
            project = factories.project(client, organization)
            factories.task(client, project["id"])
            factories.api_key(client, *SCOPES)
            factories.job(person.id)
            notifying.notification(client)
        client.patch(f"/organizations/{organization}", {"permission_audit": "all"})
    return people


def good_requests(live, contract, anonymous, person):
    """``{operation: [parts of requests]}`` of what is too rarely there to be found: the campaign sends each now and then."""
    client = Client(live.base_url, contract, person.token, person)
    organization = person.organization_id
    members = [
        factories.member(client, organization, factories.register(anonymous), "guest")["id"]
        for _ in range(SEVERAL)
    ]
    handed_over = [factories.organization(client, "To hand over")["id"] for _ in range(SEVERAL)]
    heir = factories.register(anonymous)
    heirs = {
        organization_id: factories.member(client, organization_id, heir, "member")["id"]
        for organization_id in handed_over
    }
    # Of somebody else, so that the campaign does not delete it.
    other = factories.founder(anonymous)
    app, visitor = App(other, other.organization_id, name="An app", **BOTH), other.person
    proof = {"client_id": app.id, "client_secret": app.secret}
    token = app.post("token", grant_type="client_credentials").json()["access_token"]
    consents = [consented(client, App(client, organization, name="Another")) for _ in range(SEVERAL)]
    path = f"/organizations/{organization}"
    own = client.get(f"{path}/members", params={"user_id": person.id}).json()["items"][0]["id"]
    # Of who asks, who stays a member.
    roles = ("collaborator", "guest", "member", "admin")
    grants = [client.post(f"/members/{own}/grants", {"role": role}).json()["id"] for role in roles]
    checks = [check["id"] for check in client.get(f"{path}/permission-checks").json()["items"]]
    identities = [sign_ins.linked(person.id, "one") for _ in range(SEVERAL)]
    program = service_account(client, organization)["id"]
    teams = [client.post(f"{path}/teams", {"name": f"Team {n}"}).json()["id"] for n in range(SEVERAL)]
    invitations = [
        factories.invitation(client, organization, f"invited{new_id()}@example.org")["id"]
        for _ in range(SEVERAL)
    ]
    project = factories.project(client, organization)["id"]
    running_jobs = [factories.job(person.id, result=None) for _ in range(SEVERAL)]
    open_tasks, done_tasks = (
        [factories.task(client, project, status=status)["id"] for _ in range(SEVERAL)]
        for status in ("todo", "done")
    )
    empty = [factories.project(client, organization)["id"] for _ in range(SEVERAL)]
    certificates = [_certificate(client, program) for _ in range(SEVERAL)]
    keys = [_key(client, program) for _ in range(SEVERAL)]
    return {
        "get_authorization": [{"query": app.asked(), "headers": {"Cookie": A_COOKIE}}],
        "start_authorization": [{"body": app.asked()}],
        "log_in_by_page": [_page(log_in_form(client, app, visitor))],
        "decide_authorization": [_page(decision_form(client, app, visitor))],
        "revoke_approved_app": [_page(revocation_form(client, app, visitor))],
        "issue_token": [{"body": {**proof, "grant_type": "client_credentials"}}],
        "introspect_token": [{"body": {**proof, "token": token}}],
        "revoke_token": [{"body": {**proof, "token": token}}],
        **{
            name: [{"query": {"token": Unsubscription(person.id, EVERY_REASON).token}}]
            for name in ("get_unsubscription", "stop_emails")
        },
        "get_notification": [{"path": {"notification_id": notifying.notification(client)}}],
        "get_mailbox_mail": [{"path": {"mail_name": factories.mail_of_the_example()}}],
        "get_consent": [{"path": {"consent_id": consent_id}} for consent_id in consents],
        "get_permission_check": [{"path": {"permission_check_id": check_id}} for check_id in checks],
        "get_identity": [{"path": {"identity_id": identity_id}} for identity_id in identities],
        "unlink_identity": [
            {"path": {"identity_id": identity_id}, "body": {"password": person.password}}
            for identity_id in identities
        ],
        "get_capabilities": [
            {"query": {"resource_type": noun, "resource_id": id}}
            for noun, id in (("organization", organization), ("project", project), ("task", open_tasks[0]))
        ],
        "create_service_key": [
            {
                "path": {"service_account_id": program},
                "body": {"name": "A key", "jwk": preconditions.public_jwk(), "password": person.password},
            }
            for _ in range(2 * SEVERAL)
        ],
        "create_service_certificate": [
            {
                "path": {"service_account_id": program},
                "body": {
                    "name": "A certificate",
                    "certificate": preconditions.certificate(),
                    "password": person.password,
                },
            }
            for _ in range(2 * SEVERAL)
        ],
        "get_project": [{"path": {"project_id": project}}],
        "delete_project": [{"path": {"project_id": project_id}} for project_id in empty],
        "cancel_job": [{"path": {"job_id": job_id}} for job_id in running_jobs],
        "complete_task": [{"path": {"task_id": task_id}} for task_id in open_tasks],
        "reopen_task": [{"path": {"task_id": task_id}} for task_id in done_tasks],
        "get_service_account": [{"path": {"service_account_id": program}}],
        # Named here, so that nobody else changes or ends it: what is asked about is seen as a member.
        "get_member": [{"path": {"member_id": own}}],
        "get_service_key": [{"path": {"service_key_id": keys[0]}}],
        "revoke_service_key": [{"path": {"service_key_id": key_id}} for key_id in keys[1:]],
        "get_service_certificate": [{"path": {"service_certificate_id": certificates[0]}}],
        "revoke_service_certificate": [
            {"path": {"service_certificate_id": certificate_id}} for certificate_id in certificates[1:]
        ],
        "revoke_consent": [{"path": {"consent_id": consent_id}} for consent_id in consents],
        "remove_member": [{"path": {"member_id": member_id}} for member_id in members[: SEVERAL // 2]],
        "grant_to_member": [
            {"path": {"member_id": member_id}, "body": {"role": "guest"}}
            for member_id in members[SEVERAL // 2 :]
        ],
        "grant_to_team": [{"path": {"team_id": team_id}, "body": {"role": "guest"}} for team_id in teams],
        "deliver_invitation": [{"path": {"invitation_id": invitation_id}} for invitation_id in invitations],
        "update_grant": [
            {"path": {"grant_id": grant_id}, "body": {"expires_at": LATER}} for grant_id in grants
        ],
        "get_grant": [{"path": {"grant_id": grant_id}} for grant_id in grants],
        "transfer_ownership": [
            {
                "path": {"organization_id": organization_id},
                "body": {"member_id": id, "password": person.password},
            }
            for organization_id, id in heirs.items()
        ],
    }


def _certificate(client, program):
    body = {"name": "A certificate", "certificate": preconditions.certificate()}
    return client.post(f"/service-accounts/{program}/certificates", body).json()["id"]


def _key(client, program):
    body = {"name": "A key", "jwk": preconditions.public_jwk()}
    return client.post(f"/service-accounts/{program}/keys", body).json()["id"]


def _page(filled):
    """A form and its cookie as parts of a request."""
    body, cookie = filled
    return {"body": body, "headers": {"Cookie": cookie}}
