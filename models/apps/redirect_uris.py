"""Redirect URIs: where apps may have people sent back to, and what a URI must not hold to be one (RFC 6749 §3.1.2)."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus, urlsplit

from models.base.errors import InvalidRequest, fault

# What a server adds to a redirect URI: one that has it already would answer twice (RFC 6749 §3.1, RFC 9207, OpenID Connect).
ANSWERS = frozenset(
    {"code", "state", "iss", "error", "error_description", "error_uri", "session_state", "scope"}
    | {"id_token", "access_token", "token_type", "expires_in", "refresh_token", "response"}
)
BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
HIGHEST_PORT = 65_535


def refuse_unsound(uris: Iterable[str] | None) -> None:
    """Refuse redirect URIs that an answer cannot be added to."""
    if errors := faults_of(uris or ()):
        raise InvalidRequest(errors[0]["detail"], errors=errors)


def faults_of(uris: Iterable[str]) -> list[dict]:
    """The ``errors`` of redirect URIs that an answer cannot be added to."""
    reasons = [(number, fault_of(uri)) for number, uri in enumerate(uris)]
    return [
        fault("body", "not_a_redirect_uri", reason, pointer=f"/redirect_uris/{number}")
        for number, reason in reasons
        if reason
    ]


def fault_of(uri):
    """Why an answer cannot be added to the URI, in a sentence; None when it can."""
    if BAD_ESCAPE.search(uri):
        return "A percent sign is not followed by two hexadecimal digits."
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        return f"The port must be a number from 1 to {HIGHEST_PORT}."
    if "#" in uri or "@" in parts.netloc:
        return "Must not contain a fragment or user information."
    names = {unquote_plus(parameter.partition("=")[0]) for parameter in re.split("[&;]", parts.query)}
    if reserved := sorted(names & ANSWERS):
        return f"The query must not contain `{reserved[0]}`, a parameter of the response."
    return None
