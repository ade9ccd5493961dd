"""Programs: service accounts that sign their requests, as their owners would write them."""

import base64
import json
import time
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from contract_tests.support.clients import Client
from models.base.database import database


def service_account(client, organization_id, **fields):
    """A new service account, whom the limits of a demonstration hold for."""
    body = {"name": "A program", "role": "member", **fields}
    made = client.post(f"/organizations/{organization_id}/service-accounts", body)
    assert made.status_code == 201, made.text
    with database.connection_context():
        database.run("update users set rate_class = 'demo' where id = %s", (made.json()["id"],))
    return made.json()


class Signer:
    """A private key of one of the kinds ``Ed25519``, ``ES256`` and ``RS256``."""

    def __init__(self, algorithm="Ed25519", bits=2048):
        self.algorithm = algorithm
        self.private = {
            "Ed25519": Ed25519PrivateKey.generate,
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "RS256": lambda: rsa.generate_private_key(65_537, bits),
        }[algorithm]()

    @property
    def jwk(self):
        """The public half (RFC 7517)."""
        public = self.private.public_key()
        if self.algorithm == "Ed25519":
            return {"kty": "OKP", "crv": "Ed25519", "x": encoded(public.public_bytes_raw())}
        numbers = public.public_numbers()
        if self.algorithm == "ES256":
            return {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        return {"kty": "RSA", "n": number(numbers.n, public.key_size // 8), "e": number(numbers.e, 3)}

    def sign(self, data):
        if self.algorithm == "Ed25519":
            return self.private.sign(data)
        if self.algorithm == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), SHA256())
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Program:
    """A service account with a key; a client that asks with a new token each time."""

    def __init__(self, client, account, algorithm="Ed25519", **fields):
        self.account, self.signer = account, Signer(algorithm)
        self.anonymous = Client(str(client.http.base_url), client.contract)
        body = {"name": "A key", "jwk": self.signer.jwk, **fields}
        made = client.post(f"/service-accounts/{account['id']}/keys", body)
        assert made.status_code == 201, made.text
        self.key = made.json()

    @property
    def header(self):
        return {"alg": self.signer.algorithm, "typ": "remit-service+jwt", "kid": self.key["kid"]}

    def claims(self, **changes):
        """The claims of a good token, changed; None leaves one out."""
        now, id = int(time.time()), self.account["id"]
        audience = str(self.anonymous.http.base_url).partition("/api/v1")[0]
        defaults = {"iss": id, "sub": id, "aud": audience, "iat": now, "exp": now + 60, "jti": str(uuid4())}
        return {name: value for name, value in {**defaults, **changes}.items() if value is not None}

    def token(self, header=None, claims=None, sign=None):
        """A token made by hand; ``header`` and ``claims`` are what is changed."""
        head = {name: value for name, value in {**self.header, **(header or {})}.items() if value is not None}
        signed = f"{encoded(head)}.{encoded(self.claims(**(claims or {})))}"
        return f"{signed}.{encoded((sign or self.signer.sign)(signed.encode()))}"

    def request(self, method, path, token=None, **options):
        headers = {"Authorization": f"Bearer {token or self.token()}", **options.pop("headers", {})}
        return self.anonymous.request(method, path, headers=headers, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.request("POST", path, json=json, **options)


def ask(program, token):
    """Who a program is taken for with a token."""
    return program.get("/users/me", token=token)


def encoded(part):
    """Base64 for URLs, without padding: of bytes, or of JSON."""
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size):
    return encoded(value.to_bytes(size, "big"))
