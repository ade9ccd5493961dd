"""A provider to sign in with: a program on loopback that speaks as Google does (OpenID Connect) and as GitHub does (OAuth 2).

Below ``/google`` and ``/github`` are the two; who signs in, and what goes wrong, is told by a test::

    provider.person = Person(email="ada@example.org")
    with provider.failing("token", status=500): ...
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from contract_tests.support.server import listener

CLIENT_ID, CLIENT_SECRET = "remit-tests", "what only remit knows"


@dataclass
class Person:
    """Who signs in at the provider; ``emails`` is GitHub's list when it is not just the one address."""

    email: str | None
    is_verified: bool = True
    name: str | None = "Ada Lovelace"
    subject: str = field(default_factory=lambda: str(secrets.randbelow(10**12) + 1))
    emails: list | None = None


@dataclass
class Failure:
    """What an address answers instead: after ``seconds``, ``body`` in pieces with a ``pause`` between; of so many requests
    as ``times`` says, or of all."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict = field(default_factory=dict)
    seconds: float = 0
    pause: float = 0
    times: float = float("inf")


class Provider:
    """``person`` signs in next.  ``claims`` are put over those of ID tokens, ``signer`` signs them; ``asked`` are the
    addresses that were asked for, in order."""

    def __init__(self, sock):
        self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        self.person, self.claims, self.asked, self.failures = None, {}, [], {}
        self.codes, self.tokens, self.lock = {}, {}, threading.Lock()
        self.signer = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.keys, self.algorithm = [self.signer], "RS256"
        self.server = ThreadingHTTPServer(sock.getsockname(), self._handler(), bind_and_activate=False)
        self.server.socket.close()
        self.server.socket, self.server.daemon_threads = sock, True
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    somebody = Person

    def stop(self):
        self.server.shutdown()

    def rotate(self):
        """Sign with another key from now on, as providers do; the one before is published no more."""
        self.signer = RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig"})
        self.keys = [self.signer]

    @contextmanager
    def failing(self, endpoint, **how):
        """Let the address that ends in ``endpoint`` fail: ``token``, ``user``, ``emails``, ``keys``, ``configuration``."""
        self.failures[endpoint] = Failure(**how)
        try:
            yield self.failures[endpoint]
        finally:
            del self.failures[endpoint]

    @contextmanager
    def claiming(self, **claims):
        """Let ID tokens say something else; None takes a claim away."""
        self.claims = claims
        try:
            yield
        finally:
            self.claims = {}

    def consent(self, url, person=None):
        """What a browser does in which a person agrees: the address that it is sent back to."""
        parameters = dict(parse_qsl(urlsplit(url).query))
        assert parameters["response_type"] == "code" and parameters["client_id"] == CLIENT_ID, parameters
        assert parameters["code_challenge_method"] == "S256" and len(parameters["code_challenge"]) == 43, (
            parameters
        )
        code = f"4/{secrets.token_urlsafe(24)}"
        self.codes[code] = parameters, person or self.person
        answer = {"code": code, "state": parameters["state"], "scope": parameters["scope"], "new": "1"}
        return f"{parameters['redirect_uri']}?{urlencode(answer)}"

    def refuse(self, url):
        """The same, of who does not agree."""
        parameters = dict(parse_qsl(urlsplit(url).query))
        error = {"error": "access_denied", "error_description": "No.", "state": parameters["state"]}
        return f"{parameters['redirect_uri']}?{urlencode(error)}"

    def _handler(self):
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                provider._answer(self, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                provider._answer(self, {name: values[0] for name, values in parse_qs(body).items()})

        return Handler

    def _answer(self, handler, form):
        path = urlsplit(handler.path).path
        self.asked.append(path)
        failure = next(
            (failure for endpoint, failure in self.failures.items() if path.rstrip("/").endswith(endpoint)),
            None,
        )
        if failure and failure.times > 0:
            failure.times -= 1
            return _fail(handler, failure)
        match path:
            case "/google/.well-known/openid-configuration":
                response = 200, self._configuration()
            case "/google/keys":
                response = 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
            case "/google/token":
                response = self._token(form, self._id_token)
            case "/github/login/oauth/access_token":
                response = self._token(form, lambda asked, person: {})
                response = 200, {"error": "bad_verification_code"} if response[0] == 400 else response[1]
            case "/github/api/user":
                response = self._protected(
                    handler, lambda person: {"id": int(person.subject), "login": "ada", "name": person.name}
                )
            case "/github/api/user/emails":
                response = self._protected(handler, _emails)
            case _:
                response = 404, {}
        _send(handler, response[0], json.dumps(response[1]).encode())

    def _configuration(self):
        issuer = f"{self.url}/google"
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        }

    def _token(self, form, more):
        """The answer to a code, which is good once, for the client and the verifier that it was asked for with."""
        with self.lock:
            asked, person = self.codes.pop(form.get("code"), ({}, None))
        made = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        fits = base64.urlsafe_b64encode(made).rstrip(b"=").decode() == asked.get("code_challenge")
        if not person or not fits or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        token = secrets.token_urlsafe(24)
        self.tokens[token] = person
        return 200, {"access_token": token, "token_type": "bearer", "scope": "", **more(asked, person)}

    def _id_token(self, asked, person):
        now = int(time.time())
        claims = {"iss": f"{self.url}/google", "aud": CLIENT_ID, "sub": person.subject, "iat": now, "exp": now + 300,
                  "nonce": asked.get("nonce"), "email": person.email, "email_verified": person.is_verified,
                  "name": person.name} | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.signer.kid}
        return {"id_token": jwt.encode(header, claims, self.signer, algorithms=[self.algorithm])}

    def _protected(self, handler, represent):
        person = self.tokens.get(handler.headers.get("Authorization", "").removeprefix("Bearer "))
        return (200, represent(person)) if person else (401, {"message": "Bad credentials"})


def _emails(person):
    if person.emails is not None:
        return person.emails
    other = {"email": "another@example.org", "primary": False, "verified": True}
    return [other, {"email": person.email, "primary": True, "verified": person.is_verified}]


def _fail(handler, failure):
    time.sleep(failure.seconds)
    pieces = [failure.body]
    if failure.pause:
        pieces = [failure.body[index : index + 1] for index in range(len(failure.body))]
    with suppress(OSError):  # nobody waits any more
        _send(handler, failure.status, failure.body, failure.headers, pieces, failure.pause)
    handler.close_connection = True


def _send(handler, status, body, headers=None, pieces=None, pause=0):
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    for piece in pieces or [body]:
        handler.wfile.write(piece)
        handler.wfile.flush()
        time.sleep(pause)


@contextmanager
def running():
    """A provider of one's own, on a free port."""
    provider = Provider(listener())
    try:
        yield provider
    finally:
        provider.stop()


def environment(url):
    """The settings of a server that asks this provider."""
    return {
        "REMIT_GOOGLE_CLIENT_ID": CLIENT_ID,
        "REMIT_GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
        "REMIT_GOOGLE_ISSUER": f"{url}/google",
        "REMIT_GITHUB_CLIENT_ID": CLIENT_ID,
        "REMIT_GITHUB_CLIENT_SECRET": CLIENT_SECRET,
        "REMIT_GITHUB_URL": f"{url}/github",
        "REMIT_GITHUB_API_URL": f"{url}/github/api",
        "REMIT_RETURN_ADDRESSES": "https://app.example/signed-in http://127.0.0.1:9/done",
    }
