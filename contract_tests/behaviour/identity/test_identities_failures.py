"""Signing in while the provider fails, answers what it must not, or hangs; and while somebody in between tries it."""

import base64
import hmac
import json
import time

import pytest
from joserfc.jwk import RSAKey

from contract_tests.support import sign_ins
from contract_tests.support.clients import refused
from contract_tests.support.provider import CLIENT_ID, Person
from models.base.database import database

UNAVAILABLE = (503, "provider_unavailable")
NOT_VALID = (409, "sign_in_not_valid")
SECONDS = 2.5  # REMIT_IDENTITY_SECONDS of the tests


@pytest.fixture
def person():
    return Person(sign_ins.address())


def nobody_came(person):
    with database.connection_context():
        return database.rows("select 1 from users where email = %s", (person.email,)) == []


BROKEN = {
    "answers 500": {"status": 500},
    "answers 400 that is no refusal": {"status": 400},
    "answers 401": {"status": 401, "body": b'{"error":"invalid_client"}'},
    "answers an error that is no text": {"status": 400, "body": b'{"error":{"a":[1]}}'},
    "answers no JSON": {"body": b"<html>Bad gateway</html>"},
    "answers half of it": {"body": b'{"access_token":'},
    "answers a list": {"body": b"[]"},
    "answers a number": {"body": b"7"},
    "answers nothing": {"body": b""},
    "answers something else": {"body": b'{"access_token":7,"id_token":[],"expires_in":"soon"}'},
    "answers too much": {"body": b'{"a":"' + b"x" * 1_000_000 + b'"}'},
    "answers compressed": {"headers": {"Content-Encoding": "gzip"}},
    "sends on": {"status": 302, "headers": {"Location": "/google/token-elsewhere"}},
    "sends on with the form": {"status": 307, "headers": {"Location": "/google/token-elsewhere"}},
    "hangs": {"seconds": SECONDS + 1.5},
    "drips": {"body": b'{"a":"' + b"x" * 300 + b'"}', "pause": 0.1},
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("provider_name", ["google", "github"])
def test_a_token_endpoint_that_fails_lets_nobody_in_and_is_soon_over(
    how, provider_name, anonymous, provider, person
):
    body = sign_ins.begin(anonymous, provider, provider_name).body(person)
    begun = time.monotonic()
    with provider.failing("token", **BROKEN[how]):
        answer = sign_ins.complete(anonymous, body)
    assert time.monotonic() - begun < SECONDS + 1
    assert refused(answer) == UNAVAILABLE and answer.headers["Retry-After"] == "5"
    assert nobody_came(person) and not any("elsewhere" in path for path in provider.asked)


def test_who_is_refused_because_the_provider_fails_may_try_again(anonymous, provider, person):
    body = sign_ins.begin(anonymous, provider).body(person)
    with provider.failing("token", status=502):
        assert refused(sign_ins.complete(anonymous, body)) == UNAVAILABLE
    assert sign_ins.complete(anonymous, body).status_code == 201


FAILING_ENDPOINTS = {
    "the person of GitHub": ("github", "api/user", {"body": b'{"id":"7"}'}),
    "no person": ("github", "api/user", {"status": 500}),
    "a token that cannot be sent": ("github", "access_token", {"body": '{"access_token":"\u00e9"}'.encode()}),
    "the addresses of GitHub": ("github", "emails", {"body": b"{}"}),
    "no addresses": ("github", "emails", {"status": 403}),
    "addresses elsewhere": ("github", "emails", {"status": 301, "headers": {"Location": "/github/api/user"}}),
    "keys that are none": ("google", "keys", {"body": b'{"keys":[{"kty":"RSA"}]}'}),
    "no keys": ("google", "keys", {"status": 503}),
    "keys that hang": ("google", "keys", {"seconds": SECONDS + 1}),
}


@pytest.mark.parametrize("what", FAILING_ENDPOINTS)
def test_what_is_asked_after_the_token_may_fail_as_well(what, anonymous, provider, person):
    name, endpoint, how = FAILING_ENDPOINTS[what]
    if endpoint == "keys":
        provider.rotate()  # so that they are asked for
    body = sign_ins.begin(anonymous, provider, name).body(person)
    with provider.failing(endpoint, **how):
        assert refused(sign_ins.complete(anonymous, body)) == UNAVAILABLE
    assert nobody_came(person)


@pytest.mark.parametrize(
    "emails",
    [
        [],
        [7, None, "text"],
        [{"email": "a@example.org", "primary": False, "verified": True}],
        [{"email": "a@example.org", "primary": True, "verified": "true"}],
        [{"email": "a@example.org", "primary": True}],
        [{"email": ["a@example.org"], "primary": True, "verified": True}],
        [{"email": "no address", "primary": True, "verified": True}],
        [{"email": "\u212aelvin@example.org", "primary": True, "verified": True}],
        [{"email": "a\0@example.org", "primary": True, "verified": True}],
        [{"email": f"{'a' * 250}@example.org", "primary": True, "verified": True}],
        [{"email": "a..b@example.org", "primary": True, "verified": True}],
        [{"email": "a@-.example.org", "primary": True, "verified": True}],
        [{"email": None, "primary": True, "verified": True}],
    ],
)
def test_without_a_primary_address_that_is_verified_nobody_new_comes_in(emails, anonymous, provider):
    person = Person(sign_ins.address(), emails=emails)
    assert refused(sign_ins.sign_in(anonymous, provider, person)) == (409, "email_not_verified")


LATER, EARLIER = int(time.time()) + 3600, int(time.time()) - 3600
CLAIMS = {
    "of another issuer": {"iss": "https://accounts.google.com.example"},
    "of no issuer": {"iss": None},
    "for another client": {"aud": "somebody else"},
    "for nobody": {"aud": None},
    "for several, of which another asked": {"aud": ["remit-tests", "another"], "azp": "another"},
    "for several, of which nobody asked": {"aud": ["remit-tests", "another"]},
    "that another asked for": {"azp": "another"},
    "that has expired": {"exp": EARLIER},
    "that never expires": {"exp": None},
    "that expires with a word": {"exp": "never"},
    "that is not good yet": {"nbf": LATER},
    "that was issued later": {"iat": LATER},
    "that was never issued": {"iat": None},
    "with another nonce": {"nonce": "another"},
    "without a nonce": {"nonce": None},
    "of nobody": {"sub": None},
    "of an empty subject": {"sub": ""},
    "of a number": {"sub": 7},
    "of letters beyond ASCII": {"sub": "\u00e9"},
    "of somebody with a long name": {"sub": "7" * 256},
}


@pytest.mark.parametrize("what", CLAIMS)
def test_an_id_token_that_is_not_valid_lets_nobody_in(what, anonymous, provider, person):
    with provider.claiming(**CLAIMS[what]):
        assert refused(sign_ins.sign_in(anonymous, provider, person, "google")) == NOT_VALID
    assert nobody_came(person)


def test_the_same_id_token_that_is_valid_does(anonymous, provider, person):
    """The control of the tests around it."""
    with provider.claiming(aud=["remit-tests"], azp="remit-tests"):
        assert sign_ins.sign_in(anonymous, provider, person, "google").status_code == 201


def test_an_id_token_that_somebody_else_signed_lets_nobody_in(anonymous, provider, person, monkeypatch):
    another = RSAKey.generate_key(2048, {"kid": provider.signer.kid, "use": "sig"})
    monkeypatch.setattr(provider, "signer", another)
    assert refused(sign_ins.sign_in(anonymous, provider, person, "google")) == NOT_VALID


def test_an_id_token_that_is_signed_with_what_everybody_knows_lets_nobody_in(
    anonymous, provider, person, monkeypatch
):
    """The public key as the secret of HS256, and no signature at all."""
    public, kid = provider.signer.as_pem(private=False), provider.signer.kid
    now = int(time.time())
    claims = {"iss": f"{provider.url}/google", "aud": CLIENT_ID, "sub": "7", "iat": now, "exp": now + 300}
    for algorithm in ("HS256", "none"):
        way = sign_ins.begin(anonymous, provider, "google")
        parts = [{"alg": algorithm, "kid": kid}, claims | {"nonce": sign_ins.asked(way.url)["nonce"]}]
        signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        tag = encoded(hmac.digest(public, signed.encode(), "sha256")) if algorithm == "HS256" else ""
        body = way.body(person)
        with provider.failing("google/token", body=json.dumps({"id_token": f"{signed}.{tag}"}).encode()):
            assert refused(sign_ins.complete(anonymous, body)) == NOT_VALID


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "e30.e30.", "x" * 19_000, "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_id_token_lets_nobody_in(token, anonymous, provider, person):
    body = sign_ins.begin(anonymous, provider, "google").body(person)
    answer = f'{{"access_token":"a","id_token":"{token}"}}'.encode()
    with provider.failing("google/token", body=answer):
        assert sign_ins.complete(anonymous, body).status_code in (409, 503)
    assert nobody_came(person)


def test_keys_that_the_provider_changes_are_found(anonymous, provider, person):
    assert sign_ins.sign_in(anonymous, provider, person, "google").status_code == 201
    provider.rotate()
    assert sign_ins.sign_in(anonymous, provider, person, "google").status_code == 201
    provider.asked.clear()
    assert sign_ins.sign_in(anonymous, provider, person, "google").status_code == 201
    assert provider.asked == ["/google/token"]  # what is known is not asked for again


def test_an_issuer_that_says_it_is_another_is_not_believed(anonymous, provider, live, monkeypatch):
    forget_what_google_says(live, monkeypatch)
    with provider.failing("configuration", body=b'{"issuer":"https://evil.example"}'):
        assert refused(anonymous.post("/identity-authorizations", {"provider": "google"})) == UNAVAILABLE


@pytest.mark.parametrize(
    "address", ["http://evil.example/token", "https://[", "https://", "file:///etc/passwd", 7, None]
)
def test_an_issuer_that_leads_elsewhere_in_the_open_is_not_followed(
    address, anonymous, provider, live, monkeypatch, person
):
    configuration = provider._configuration() | {"token_endpoint": address}
    forget_what_google_says(live, monkeypatch)
    with provider.failing("configuration", body=json.dumps(configuration).encode()):
        body = sign_ins.begin(anonymous, provider, "google").body(person)
        assert refused(sign_ins.complete(anonymous, body)) == UNAVAILABLE
    forget_what_google_says(live, monkeypatch)


def forget_what_google_says(live, monkeypatch):
    """As in a process that has just begun."""
    from handlers.identity.identities_external import PROVIDERS

    monkeypatch.setattr(PROVIDERS["google"], "documents", {})
