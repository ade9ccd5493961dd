"""Faults of input as OAuth's errors (RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2, OpenID Connect Core §3.1.2.6)."""

from authlib.oauth2.rfc6749 import OAuth2Error

# The error of a value that no valid request can have, by the name of its parameter; of every other one, invalid_request.
OF_ENDPOINTS = {
    "grant_type": "unsupported_grant_type",
    "scope": "invalid_scope",
    "code": "invalid_grant",
    "redirect_uri": "invalid_grant",
    "refresh_token": "invalid_grant",
}
OF_AUTHORIZATION = {"response_type": "unsupported_response_type", "scope": "invalid_scope"}
# Values that are looked up as they are: a wrong client is an invalid client, a wrong token none, a wrong hint no help.
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


def name_of(fault):
    """The parameter that a fault is about; empty when it is about the request as a whole."""
    return fault["parameter"] or (fault["pointer"] or "").lstrip("/")


def of_reading(faults):
    """The faults by which it is not certain what was sent: told before anybody knows which client has sent it."""
    return [one for one in faults if one["code"] in OF_THE_REQUEST and not one["code"].startswith("missing")]


def of_values(faults):
    """The faults that matter at an endpoint that apps call."""
    return [one for one in faults if one["code"] in OF_THE_REQUEST or name_of(one) not in LOOKED_UP]


def error(fault, errors, **where):
    """A fault as the :class:`OAuth2Error` of its parameter; ``where`` is what its redirect needs, if there is one."""
    name, sentence = name_of(fault), OF_THE_REQUEST.get(fault["code"])
    code = "invalid_request" if sentence else errors.get(name, "invalid_request")
    return OAuth2Error((sentence or "The parameter {} is invalid.").format(name), error=code, **where)
