"""What has to be changed of a valid request so that a rule about its values, or a quota, refuses it: by code."""

from contract_tests.support import accounts, factories
from contract_tests.support.preconditions import certificate
from models.base.database import database

PAST = "2020-01-01T00:00:00Z"
WEAK = "in-lower-case-1"
GARBAGE = "-----BEGIN CERTIFICATE-----\n" + "A" * 200 + "\n-----END CERTIFICATE-----"
# Of one that has a day's emails of an organization: the first was sent an hour ago.
FLOODED = """
insert into invitations (id, version, created_at, updated_at, organization_id, email, role, team_ids, inviter_id, inviter_role,
                         digest, deliveries, delivered_at, expires_at, outcome)
select gen_random_uuid(), 1, now(), now(), %s::uuid, %s, 'guest', '{}', %s::uuid, 'owner', gen_random_uuid()::text, 5,
       now() - interval '1 hour', now() + interval '6 days', 'withdrawn' returning 1
"""


def run(sql, *parameters):
    with database.connection_context():
        return database.rows(sql, parameters)


def sent(**fields):
    return lambda world, request: request.body.update(fields)


def expired(world, request):
    if "certificate" in request.body:
        request.body.update(certificate=certificate(days=-1))
    else:
        request.body.update(expires_at=PAST)


def weak(world, request):
    name = "new_password" if "new_password" in request.body else "password"
    request.body[name] = WEAK


def reversed_dates(world, request):
    request.body.update(starts_on="2026-05-02", due_on="2026-05-01")


def inconsistent(world, request):
    if request.operation.id == "update_app":
        request.path = f"/apps/{world.apps.without_a_secret().id}"
        request.body = {"grant_types": ["client_credentials"]}
    else:
        request.body.update(client_type="public", grant_types=["client_credentials"])


def _of_resource(request, **fields):
    (request.params if request.operation.method == "GET" else request.body).update(fields)


def without_id(world, request):
    _of_resource(request, resource_type="project")


def of_unknown_type(world, request):
    _of_resource(request, resource_type="comet", resource_id=world.own.organization_id)


def flooded(world, request):
    """The address has had five emails of the organization, an hour ago."""
    email = (request.body or {}).get("email")
    if email is None:
        ((email,),) = run("select email from invitations where id = %s", request.path.split("/")[2])
    run(FLOODED, world.own.organization_id, email.lower(), world.own.client.person.id)


def exported(world, request):
    request.headers["Authorization"] = f"Bearer {accounts.exported(world.newcomer()).token}"


def running(world, request):
    request.path = f"/jobs/{factories.job(world.own.client.person.id, result=None)}/result"


def without_a_result(world, request):
    running(world, request)
    run("update jobs set status = 'failed' where id = %s returning 1", request.path.split("/")[2])


def finished(world, request):
    request.path = f"/jobs/{factories.job(world.own.client.person.id)}/cancellation"


def necessary(world, request):
    request.path = f"/jobs/{factories.job(world.own.client.person.id, result=None)}/cancellation"
    run("update jobs set can_be_cancelled = false where id = %s returning 1", request.path.split("/")[2])


FAULTS = {
    "app_not_whole": inconsistent,
    "certificate_not_usable": sent(certificate=GARBAGE),
    "dates_reversed": reversed_dates,
    "delivered_too_often": flooded,
    "expiry_in_the_past": expired,
    "export_limit_reached": exported,
    "grant_ends_in_the_past": expired,
    "job_already_finished": finished,
    "job_must_finish": necessary,
    "job_not_finished": running,
    "job_without_result": without_a_result,
    "key_not_usable": sent(jwk={"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}),
    "logo_not_usable": sent(logo="R0lGODlhAQABAAAAACw="),
    "password_too_weak": weak,
    "resource_id_missing": without_id,
    "resource_type_unknown": of_unknown_type,
    "reason_unknown": sent(reasons=[{"reason": "no.such_reason", "email": "none"}]),
    "return_address_unknown": sent(return_to="https://elsewhere.example/"),
    "role_unknown": sent(role="no_such_role"),
    "status_unknown": sent(status="no_such_status"),
    "sort_needs_text": lambda world, request: request.params.update(sort="relevance"),
}
# After how many seconds the quotas have room again: what counts began an hour ago, or just now.
SECONDS = {"delivered_too_often": 23 * 3600, "export_limit_reached": 24 * 3600}
