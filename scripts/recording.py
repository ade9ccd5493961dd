"""Recording: what was asked of a server and what it answered, with what differs from run to run made the same.

Ids, moments, tokens, cursors and addresses are replaced by what is always the same, so that a recording can be compared with
the one before.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from contract_tests.support.provider import Provider

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ALWAYS = {
    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZDI1NTE5In0.ZXhhbXBsZQ.c2lnbmF0dXJl",
    "refresh_token": "0198c0de-7c7e-7f00-8000-0000000000ff.example-of-a-refresh-token.c2lnbmF0dXJl",
    "secret": "remit_example-of-an-api-key-that-opens-nothing-",
    "prefix": "remit_exampl",
    "client_secret": "remit_cs_example-of-a-secret-that-proves-nothing",
    "secret_prefix": "remit_cs_exam",
    "csrf_token": "example-of-a-csrf-token",
    "iat": 1772357400,
    "exp": 1772361000,
    "next_cursor": "eyJleGFtcGxlIjoiY3Vyc29yIn0",
    "contract_digest": "0" * 64,
    "one_time_code": "492039",
    "shared_secret": "EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
    "recovery_codes": "h4k7m-w2p9x",
    "recovery_code": "h4k7m-w2p9x",
    "otpauth_url": "otpauth://totp/Remit:maren%40harborview.example?secret=EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM&issuer=Remit",
    "qr_svg": '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "hash": "5d" * 32,
    "last_hash": "5d" * 32,
    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "n": "ZXhhbXBsZS1vZi1hLW1vZHVsdXM",
    "last_used_at": "2026-03-01T09:30:00Z",
    "handoff_secret": "example-of-a-secret-that-completes-nothing-",
    "authorization_url": "https://github.com/login/oauth/authorize?response_type=code&client_id=Iv1.example&state=example"
    "&redirect_uri=https%3A%2F%2Fremit.example%2Fapi%2Fv1%2Fidentity-callbacks%2Fgithub&scope=read%3Auser+user%3Aemail"
    "&code_challenge=ZXhhbXBsZS1vZi1hLWNvZGUtY2hhbGxlbmdlLWZvci1hbGw&code_challenge_method=S256",
    "expires_at": "2026-03-31T09:30:00Z",
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
    "verified_at": "2026-03-01T09:30:00Z",
    "token": "example-of-a-token-that-opens-nothing-at-al",
    "occurred_at": "2026-03-01T09:30:00Z",
    "completed_at": "2026-03-06T16:05:00Z",
    "access_token_expires_at": "2026-03-01T09:45:00Z",
    "refresh_token_expires_at": "2026-03-31T09:30:00Z",
}
HERE = re.compile(r"https?://127\.0\.0\.1(:\d+)?")


class ServerClient(httpx.Client):
    """A client of a server of its own, with the data folder of that, its database, and the provider to sign in with."""

    data: Path
    database_url: str
    provider: "Provider"


class Story:
    """``examples`` is what was asked and answered, by operation: ``{"request": value, "200": value}``."""

    def __init__(self, client: ServerClient) -> None:
        self.client = client
        self.examples: dict[str, dict[str, Any]] = {}
        self.ids: dict[str, str] = {}  # what stands in the place of each ID

    def make(self, operation: str, path: str, body: Any) -> Any:
        """Create something, after a dry run of it."""
        self.ask(operation, "POST", f"{path}?validate_only=true", body)
        return self.ask(operation, "POST", path, body)

    def ask(
        self,
        operation: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        if method == "PATCH":
            headers = {"Content-Type": "application/merge-patch+json"}
        answer = self.client.request(method, path, json=body, data=form, headers=headers)
        if answer.is_error:
            answer.raise_for_status()
        example = self.examples.setdefault(operation, {})
        if body is not None or form:
            example["request"] = self._same(form or body)
        if not answer.content:
            return None
        value = answer.json()
        example[str(answer.status_code)] = _shortened(self._same(value))
        return value

    def read(self, operation: str, path: str) -> None:
        """Ask for what is no JSON."""
        answer = self.client.get(path)
        answer.raise_for_status()
        self.examples[operation] = {str(answer.status_code): self._same(answer.text)}

    def _same(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._same(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self._same(item, name) for item in value]
        if name in ALWAYS and value is not None:
            return ALWAYS[name]
        if not isinstance(value, str):
            return value
        value = UUID.sub(
            lambda match: self.ids.setdefault(match[0], f"0198c0de-7c7e-7f00-8000-{len(self.ids) + 1:012x}"),
            value,
        )
        value = MOMENT.sub("2026-03-06T16:05:00Z", value)
        return HERE.sub("https://remit.example", value)


def _shortened(value: Any) -> Any:
    """A catalogue of problems is shown by its first two."""
    if isinstance(value, dict) and len(value.get("items", ())) > 2:
        return {**value, "items": value["items"][:2]}
    return value
