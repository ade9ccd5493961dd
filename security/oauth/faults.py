"""Faults of input as OAuth's errors (RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2, OpenID Connect Core §3.1.2.6)."""

from collections.abc import Iterable, Mapping
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error

Fault = Mapping[str, Any]  # of a parameter: its ``code``, ``parameter`` and ``pointer``, as in problems
# The error of a value that no valid request can have, by the name of its parameter; of every other one, invalid_request.
OF_ENDPOINTS = {
    "grant_type": "unsupported_grant_type",
    "scope": "invalid_scope",
    "code": "invalid_grant",
    "redirect_uri": "invalid_grant",
    "refresh_token": "invalid_grant",
}
OF_AUTHORIZATION = {"response_type": "unsupported_response_type", "scope": "invalid_scope"}
# Values that are looked up as they are: a malformed client is an unknown one, a malformed token has ended, a hint is ignored.
LOOKED_UP = frozenset({"client_id", "client_secret", "token", "token_type_hint"})
# What is wrong with the request, and not with a value.
OF_THE_REQUEST = {
    "missing_parameter": "The parameter {} is required.",
    "missing_property": "The parameter {} is required.",
    "repeated_parameter": "The parameter {} is sent more than once.",
    "misplaced_parameter": "The parameter {} belongs in the body.",
    "malformed_form": "A parameter is not percent-encoded UTF-8, or there are too many parameters.",
    "unsupported_media_type": "The body must be application/x-www-form-urlencoded, in UTF-8 and not compressed.",
    "body_too_large": "The body is too large.",
    "unexpected_body": "The request must have no body.",
}


def name_of(fault: Fault) -> str:
    """The name of the parameter that a fault is about; empty when it is about the request as a whole."""
    return fault["parameter"] or (fault["pointer"] or "").lstrip("/")


def of_reading(faults: Iterable[Fault]) -> list[Fault]:
    """The faults that leave uncertain what was sent: answered before the client is authenticated."""
    return [
        fault
        for fault in faults
        if fault["code"] in OF_THE_REQUEST and not fault["code"].startswith("missing")
    ]


def of_values(faults: Iterable[Fault]) -> list[Fault]:
    """The faults that an endpoint for apps answers after the client is authenticated."""
    return [fault for fault in faults if fault["code"] in OF_THE_REQUEST or name_of(fault) not in LOOKED_UP]


def error(fault: Fault, errors: Mapping[str, str], **where: Any) -> OAuth2Error:
    """The :class:`OAuth2Error` of a fault; ``where`` has the ``redirect_uri`` and ``state`` when it is sent by redirect."""
    name, sentence = name_of(fault), OF_THE_REQUEST.get(fault["code"])
    code = "invalid_request" if sentence else errors.get(name, "invalid_request")
    return OAuth2Error((sentence or "The parameter {} is invalid.").format(name), error=code, **where)
