"""Public keys of service accounts: good ones of three kinds, and no others."""

import pytest
from joserfc.jwk import ECKey, OKPKey, import_key

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused
from contract_tests.support.programs import Program, Signer, encoded, number, service_account


@pytest.fixture
def account(founder):
    return service_account(founder, founder.organization_id)


@pytest.fixture
def keys_path(account):
    return f"/service-accounts/{account['id']}/keys"


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256", "RS256"])
def test_a_key_is_named_by_its_thumbprint(algorithm, founder, keys_path):
    signer = Signer(algorithm)
    jwk = {**signer.jwk, "kid": "what its owner calls it", "use": "sig", "key_ops": ["verify"]}
    made = founder.post(keys_path, {"name": "Key", "jwk": jwk})
    assert made.json()["kid"] == import_key(signer.jwk).thumbprint()
    assert (made.json()["algorithm"], made.json()["scopes"]) == (algorithm, None)
    assert founder.get(made.headers["Location"]).json() == made.json()


def test_a_key_is_registered_once_for_one_program(founder, keys_path):
    body = {"name": "Key", "jwk": Signer().jwk}
    answers = at_once(*[lambda: founder.post(keys_path, body)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert refused(founder.post(keys_path, body)) == (409, "key_registered")
    other = service_account(founder, founder.organization_id, name="Other")
    assert founder.post(f"/service-accounts/{other['id']}/keys", body).status_code == 201


def test_a_revoked_key_may_be_registered_again(founder, account):
    program = Program(founder, account)
    assert program.get("/users/me").status_code == 200
    assert founder.delete(f"/service-keys/{program.key['id']}").status_code == 204
    assert refused(program.get("/users/me")) == (401, "unauthenticated")
    assert refused(founder.get(f"/service-keys/{program.key['id']}")) == (404, "not_found")
    body = {"name": "Again", "jwk": program.signer.jwk}
    assert founder.post(f"/service-accounts/{account['id']}/keys", body).status_code == 201
    assert program.get("/users/me").status_code == 200


ED25519 = {"kty": "OKP", "crv": "Ed25519"}
UNUSABLE = {
    "nothing but a kind": {"kty": "RSA"},
    "a point of small order": {**ED25519, "x": encoded(bytes(32))},
    "the neutral point": {**ED25519, "x": encoded(b"\1" + bytes(31))},
    "a kind with another curve": {"kty": "OKP", "crv": "P-256", "x": encoded(bytes(32))},
    "no point of the curve": {
        "kty": "EC",
        "crv": "P-256",
        "x": encoded(b"\1" * 32),
        "y": encoded(b"\1" * 32),
    },
    "half a point": {"kty": "EC", "crv": "P-256", "x": encoded(b"\1" * 32)},
    "a modulus without an exponent": {"kty": "RSA", "n": number(2**2047 + 1, 256)},
    "a modulus that is too short": {"kty": "RSA", "n": number(2**2000 + 1, 256), "e": "AQAB"},
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_is_no_usable_key_is_refused(kind, founder, keys_path):
    answer = founder.post(keys_path, {"name": "Key", "jwk": UNUSABLE[kind]})
    assert refused(answer) == (422, "key_not_usable")


def test_private_halves_and_secrets_are_refused_by_name(founder, keys_path):
    private = OKPKey.generate_key("Ed25519").as_dict(private=True)
    answer = founder.post(keys_path, {"name": "Key", "jwk": private})
    assert refused(answer) == (422, "invalid_request")
    assert "/jwk/d" in {error["pointer"] for error in answer.json()["errors"]}
    assert private["d"] not in answer.text
    secret = founder.post(keys_path, {"name": "Key", "jwk": {"kty": "oct", "k": "c2VjcmV0"}})
    assert refused(secret) == (422, "invalid_request")


@pytest.mark.parametrize(
    "jwk",
    [
        ECKey.generate_key("P-384").as_dict(private=False),
        {"kty": "RSA", "n": number(2**2047 + 1, 256), "e": "Aw"},
        {"kty": "RSA", "n": number(2**1023 + 1, 128), "e": "AQAB"},
        {"kty": "OKP", "crv": "Ed448", "x": "A" * 76},
        {},
        "a key",
        None,
    ],
    ids=["P-384", "exponent 3", "1024 bits", "Ed448", "nothing", "text", "null"],
)
def test_keys_of_other_kinds_break_the_contract(jwk, founder, keys_path):
    assert refused(founder.post(keys_path, {"name": "Key", "jwk": jwk})) == (422, "invalid_request")


def test_a_key_makes_no_key_that_may_do_more(founder, keys_path):
    ends = "2099-01-01T00:00:00Z"
    maker = factories.api_key(founder, "keys:write", "tasks:read", expires_at=ends)
    body = {"name": "Key", "jwk": Signer().jwk, "expires_at": ends}
    for scopes in (None, ["tasks:write"]):
        assert refused(maker.post(keys_path, {**body, "scopes": scopes})) == (409, "scope_not_held")
    longer = {**body, "scopes": ["tasks:read"], "expires_at": None}
    assert refused(maker.post(keys_path, longer)) == (409, "expiry_beyond_own")
    assert maker.post(keys_path, {**body, "scopes": ["tasks:read"]}).status_code == 201


def test_registering_and_revoking_are_told_to_the_organization(founder, account):
    program = Program(founder, account)
    founder.delete(f"/service-keys/{program.key['id']}")
    events = founder.events(subject_id=program.key["id"])
    assert [event["event_type"] for event in events] == ["service_key.created", "service_key.revoked"]
    assert events[0]["snapshot"]["service_key"] == program.key
