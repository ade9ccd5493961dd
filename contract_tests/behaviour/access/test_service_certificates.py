"""Certificates of service accounts: registered as they are, and believed when a trusted proxy tells of them."""

import base64
import contextlib
import hashlib

import httpx
import psycopg2
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.isolated_server import isolated_server
from contract_tests.support.preconditions import certificate
from contract_tests.support.programs import service_account

PASSWORD = factories.PASSWORD


@pytest.fixture
def certificates_path(founder):
    return f"/service-accounts/{service_account(founder, founder.organization_id)['id']}/certificates"


def der(pem):
    return load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


def fingerprint(pem):
    return hashlib.sha256(der(pem)).hexdigest()


def encoded(pem):
    """A certificate as ``Client-Cert`` has it (RFC 9440)."""
    return f":{base64.b64encode(der(pem)).decode()}:"


def test_a_certificate_is_told_by_fingerprint_subject_and_end(founder, certificates_path):
    pem = certificate("exporter", days=30)
    made = founder.post(certificates_path, {"name": "Exporter", "certificate": pem})
    ends = load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    registered = made.json()
    assert (registered["fingerprint"], registered["subject"]) == (fingerprint(pem), "CN=exporter")
    assert registered["expires_at"] == ends.isoformat().replace("+00:00", "Z")
    assert founder.get(made.headers["Location"]).json() == registered
    assert founder.get(certificates_path).json()["items"] == [registered]
    (event,) = founder.events(subject_id=registered["id"])
    assert event["snapshot"]["service_certificate"] == registered


def test_a_certificate_is_registered_once_for_one_program(founder, certificates_path):
    body = {"name": "Mine", "certificate": certificate()}
    made = founder.post(certificates_path, body)
    assert refused(founder.post(certificates_path, body)) == (409, "certificate_registered")
    other = service_account(founder, founder.organization_id, name="Other")
    assert founder.post(f"/service-accounts/{other['id']}/certificates", body).status_code == 201
    assert founder.delete(made.headers["Location"]).status_code == 204
    assert founder.post(certificates_path, body).status_code == 201


def test_a_certificate_that_has_ended_is_refused(founder, certificates_path):
    answer = founder.post(certificates_path, {"name": "Old", "certificate": certificate(days=-1)})
    assert refused(answer) == (422, "expiry_in_the_past")


def test_what_is_no_certificate_is_refused(founder, certificates_path):
    garbage = "-----BEGIN CERTIFICATE-----\n" + "A" * 200 + "\n-----END CERTIFICATE-----"
    assert refused(founder.post(certificates_path, {"name": "G", "certificate": garbage})) == (
        422,
        "certificate_not_usable",
    )
    chain = certificate() + certificate()
    private = certificate().replace("CERTIFICATE", "PRIVATE KEY")
    for pem in (chain, private, "A" * 200, "", "\0" * 200):
        answer = founder.post(certificates_path, {"name": "G", "certificate": pem})
        assert refused(answer) == (422, "invalid_request")


def test_a_key_makes_no_certificate_that_may_do_more(founder, certificates_path):
    maker = factories.api_key(founder, "keys:write", "tasks:read", expires_at="2099-01-01T00:00:00Z")
    body = {"name": "More", "certificate": certificate()}
    assert refused(maker.post(certificates_path, body)) == (409, "scope_not_held")
    assert maker.post(certificates_path, {**body, "scopes": ["tasks:read"]}).status_code == 201
    longer = {**body, "certificate": certificate(days=365 * 200), "scopes": ["tasks:read"]}
    assert refused(maker.post(certificates_path, longer)) == (409, "expiry_beyond_own")


@pytest.mark.parametrize("header", ["Client-Cert", "X-Client-Cert", "X-SSL-Client-SHA256"])
def test_where_no_proxy_is_trusted_a_certificate_is_nobodys(header, founder, certificates_path):
    pem = certificate()
    founder.post(certificates_path, {"name": "Mine", "certificate": pem})
    for value in (encoded(pem), fingerprint(pem)):
        headers = {"X-Service-Account": certificates_path.split("/")[2], header: value}
        answer = factories.client_of(founder, founder.person).http.get(
            "/users/me", headers={**headers, "Authorization": ""}
        )
        assert refused(answer) == (401, "unauthenticated")


class Behind:
    """A server behind a proxy that passes certificates on: its base URL, an account in it, and its certificate."""

    def __init__(self, client):
        self.client = client
        who = {"email": "ada@example.org", "password": PASSWORD}
        client.post("/users", json={**who, "name": "Ada"}).raise_for_status()
        self.run(factories.ACTIVATE)
        session = client.post("/sessions", json=who).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {session['access_token']}"
        self.organization_id = self.made("/organizations", name="Behind")["id"]
        self.accounts = [self.account(name) for name in ("first", "second")]
        self.pem = certificate()
        self.certificates = [
            self.made(f"/service-accounts/{account_id}/certificates", name="C", certificate=self.pem)
            for account_id in self.accounts
        ]

    def run(self, sql, *parameters):
        """What nobody does by a request, to the database of the server."""
        with contextlib.closing(psycopg2.connect(self.client.database_url)) as connection, connection:
            connection.cursor().execute(sql, parameters)

    def made(self, path, **body):
        if path.endswith("/certificates"):
            body |= factories.PROOF
        answer = self.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def account(self, name):
        path = f"/organizations/{self.organization_id}/service-accounts"
        return self.made(path, name=name, role="member")["id"]

    def ask(self, *values, account=0, **headers):
        """Who one is, with these values of the header that the proxy sets."""
        pairs = [("X-Service-Account", self.accounts[account]), *(("Client-Cert", value) for value in values)]
        pairs += [(name.replace("_", "-"), value) for name, value in headers.items()]
        with httpx.Client(base_url=self.client.base_url) as fresh:
            return fresh.get("/users/me", headers=pairs)


@pytest.fixture(scope="module")
def behind():
    environment = {"REMIT_PROXIES": "1", "REMIT_CLIENT_CERT_HEADER": "Client-Cert"}
    with isolated_server(environment=environment) as (client, *_):
        yield Behind(client)


def test_whoever_shows_a_registered_certificate_is_the_program_that_it_says(behind):
    for index, id in enumerate(behind.accounts):
        for value in (encoded(behind.pem), fingerprint(behind.pem), fingerprint(behind.pem).upper()):
            answer = behind.ask(value, account=index)
            assert (answer.status_code, answer.json()["id"]) == (200, id)


def test_another_certificate_or_none_is_nobodys(behind):
    pem = certificate()
    for values in (
        (),
        ("",),
        (encoded(pem),),
        (fingerprint(pem),),
        ("::",),
        (":AAA:",),
        ("0" * 63,),
        ("null",),
    ):
        assert refused(behind.ask(*values)) == (401, "unauthenticated")


def test_a_header_of_ones_own_beside_that_of_the_proxy_is_nobodys(behind):
    for values in (
        (encoded(behind.pem), encoded(certificate())),
        (encoded(certificate()), encoded(behind.pem)),
    ):
        assert refused(behind.ask(*values)) == (401, "unauthenticated")


def test_a_certificate_alone_does_not_say_who_one_is(behind):
    with httpx.Client(base_url=behind.client.base_url) as fresh:
        for account in (None, "", "nobody", "0198c0de-7c7e-7f00-8000-000000000001"):
            named = {} if account is None else {"X-Service-Account": account}
            answer = fresh.get("/users/me", headers={"Client-Cert": encoded(behind.pem), **named})
            assert refused(answer) == (401, "unauthenticated")


def test_a_token_that_is_sent_as_well_says_who_one_is(behind):
    answer = behind.ask(encoded(behind.pem), Authorization=behind.client.headers["Authorization"])
    assert answer.json()["kind"] == "person"


def test_a_revoked_certificate_and_a_disabled_program_are_nobodys(behind):
    id = behind.account("third")
    behind.accounts.append(id)
    made = behind.made(f"/service-accounts/{id}/certificates", name="C", certificate=behind.pem)
    assert behind.ask(encoded(behind.pem), account=2).status_code == 200
    assert behind.client.put(f"/service-accounts/{id}/disablement").status_code == 200
    assert refused(behind.ask(encoded(behind.pem), account=2)) == (401, "unauthenticated")
    assert behind.client.delete(f"/service-accounts/{id}/disablement").status_code == 200
    assert behind.ask(encoded(behind.pem), account=2).status_code == 200
    assert behind.client.delete(f"/service-certificates/{made['id']}").status_code == 204
    assert refused(behind.ask(encoded(behind.pem), account=2)) == (401, "unauthenticated")


def test_a_certificate_that_has_ended_meanwhile_is_nobodys(behind):
    id, pem = behind.account("fourth"), certificate()
    behind.accounts.append(id)
    made = behind.made(f"/service-accounts/{id}/certificates", name="C", certificate=pem)
    assert behind.ask(encoded(pem), account=-1).status_code == 200
    behind.run(
        "update service_certificates set expires_at = now() - interval '1 second' where id = %s", made["id"]
    )
    assert refused(behind.ask(encoded(pem), account=-1)) == (401, "unauthenticated")


def test_a_certificate_tells_when_and_from_where_it_was_used(behind):
    id, pem = behind.account("fifth"), certificate()
    behind.accounts.append(id)
    made = behind.made(f"/service-accounts/{id}/certificates", name="C", certificate=pem)
    assert (made["last_used_at"], made["last_used_address"]) == (None, None)
    behind.ask(encoded(pem), account=-1, X_Forwarded_For="192.0.2.7")
    registered = behind.client.get(f"/service-certificates/{made['id']}").json()
    assert registered["last_used_at"] and registered["last_used_address"] == "192.0.2.7"
