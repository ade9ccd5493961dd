"""What service accounts are given, and that they stand behind the same walls as people."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.company import Company, on
from contract_tests.support.preconditions import certificate
from contract_tests.support.programs import Program, service_account
from models.base.database import database


@pytest.fixture(scope="module")
def company(anonymous):
    return Company(anonymous)


@pytest.fixture
def program(company):
    return Program(company.owner, service_account(company.owner, company.id, role="collaborator"))


def membership(company, program):
    params = {"user_id": program.account["id"]}
    return company.owner.get(f"/organizations/{company.id}/members", params=params).json()["items"][0]["id"]


def test_a_program_is_granted_what_its_role_does_not_give(company, program):
    project, task = company.projects[0], company.tasks[0]
    assert refused(program.get(f"/tasks/{task}")) == (404, "not_found")
    body = {"role": "guest", **on("project", project)}
    made = company.owner.post(f"/members/{membership(company, program)}/grants", body)
    assert made.status_code == 201
    assert program.get(f"/tasks/{task}").status_code == 200
    assert [match["id"] for match in program.get("/tasks").json()["items"]] == [task]
    assert refused(program.get(f"/tasks/{company.tasks[1]}")) == (404, "not_found")
    company.owner.delete(f"/grants/{made.json()['id']}")
    assert refused(program.get(f"/tasks/{task}")) == (404, "not_found")


def test_a_program_that_is_deleted_leaves_its_teams_and_grants(company, program):
    team = company.team(program.account["id"])
    company.owner.post(f"/members/{membership(company, program)}/grants", {"role": "guest"})
    assert company.owner.delete(f"/service-accounts/{program.account['id']}").status_code == 204
    assert company.owner.get(f"/teams/{team}/members").json()["items"] == []
    grants = company.owner.everything(f"/organizations/{company.id}/grants")
    assert program.account["id"] not in [grant["user_id"] for grant in grants]


def test_the_second_wall_stands_before_programs(program, company, owner, task):
    """The places of the connection are those of the program, whichever way it says who it is."""
    with database.connection_context():
        (places,) = database.rows("select places from users where id = %s", (program.account["id"],))[0]
    assert places == [company.id]
    assert refused(program.get(f"/tasks/{task['id']}")) == (404, "not_found")
    assert owner.get(f"/tasks/{task['id']}").status_code == 200


def test_where_a_second_factor_is_required_programs_are_let_in(secured):
    organization_id = factories.organization(secured)["id"]
    account = service_account(secured, organization_id, role="guest")
    program = Program(secured, account, recovery_code=secured.recovery_codes[0])
    assert (
        secured.patch(f"/organizations/{organization_id}", {"requires_two_factor": True}).status_code == 200
    )
    assert program.get(f"/organizations/{organization_id}").status_code == 200


def test_a_program_goes_on_when_who_made_it_leaves(company, anonymous):
    admin = factories.newcomer(anonymous)
    member = factories.member(company.owner, company.id, admin.person, "admin")
    program = Program(admin, service_account(admin, company.id, role="guest"))
    assert company.owner.delete(f"/members/{member['id']}").status_code == 204
    assert program.get(f"/tasks/{company.tasks[0]}").status_code == 200
    account = company.owner.get(f"/service-accounts/{program.account['id']}").json()
    assert (account["created_by_id"], account["disabled_at"]) == (admin.person.id, None)
    assert company.owner.put(f"/service-accounts/{program.account['id']}/disablement").status_code == 200


def test_a_program_does_not_turn_its_own_keys(company, program):
    """Its keys are given and taken by the admins, in whose events that stands."""
    keys_path = f"/service-accounts/{program.account['id']}/api-keys"
    scopes = ["keys:read", "keys:write", "account:write"]
    made = company.owner.post(keys_path, {"name": "K", "scopes": scopes}).json()
    id = made["service_api_key"]["id"]
    for method, path, body in (
        ("POST", f"/api-keys/{id}/rotations", {}),
        ("PATCH", f"/api-keys/{id}", {"name": "Mine"}),
        ("DELETE", f"/api-keys/{id}", None),
        ("POST", "/users/me/two-factor", {}),
        ("POST", "/organizations", {"name": "Mine"}),
    ):
        media_type = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"X-API-Key": made["secret"], "Content-Type": media_type}
        answer = program.anonymous.request(method, path, json=body, headers=headers)
        assert answer.status_code == 403, answer.text


def test_keys_of_programs_tell_when_and_from_where_they_were_used(company, program):
    key = company.owner.get(f"/service-keys/{program.key['id']}")
    assert (key.json()["last_used_at"], key.json()["last_used_address"]) == (None, None)
    program.get("/users/me")
    used = company.owner.get(f"/service-keys/{program.key['id']}")
    assert (used.json()["last_used_address"], used.json()["version"]) == ("127.0.0.1", key.json()["version"])
    assert used.json()["last_used_at"] and used.headers["ETag"] != key.headers["ETag"]
    program.get("/users/me")  # noticed once a minute
    assert company.owner.get(f"/service-keys/{program.key['id']}").json() == used.json()


@pytest.mark.parametrize(
    "settings",
    [{"proxies": 0, "client_cert_header": "Client-Cert"}, {"proxies": 1, "client_cert_header": ""}],
)
def test_a_certificate_is_believed_of_a_trusted_proxy_alone(settings, company, program, live, monkeypatch):
    pem, certificates_path = certificate(), f"/service-accounts/{program.account['id']}/certificates"
    assert company.owner.post(certificates_path, {"name": "C", "certificate": pem}).status_code == 201
    fingerprint = sha256(load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)).hexdigest()
    headers = {"X-Service-Account": program.account["id"], "Client-Cert": fingerprint}
    both = {"proxies": 1, "client_cert_header": "Client-Cert"}
    monkeypatch.setattr(live.edge, "settings", live.edge.settings.model_copy(update=both))
    assert program.anonymous.get("/users/me", headers=headers).json()["id"] == program.account["id"]
    monkeypatch.setattr(live.edge, "settings", live.edge.settings.model_copy(update=settings))
    assert refused(program.anonymous.get("/users/me", headers=headers)) == (401, "unauthenticated")
