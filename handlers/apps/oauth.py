"""The endpoints of OAuth that apps call themselves: tokens, and what the server can do."""

from security.oauth.openid import metadata
from security.oauth.server import server
from spec import published

NO_STORE = {"Cache-Control": "no-store"}
CHALLENGE = {"WWW-Authenticate": 'Basic realm="remit"'}


def issue_token(body, faults, caller, authorization):
    return _result_of(server().answer("token", body, authorization, faults))


def revoke_token(body, faults, caller, authorization):
    return _result_of(server().answer("revocation", body, authorization, faults))


def introspect_token(body, faults, caller, authorization):
    return _result_of(server().answer("introspection", body, authorization, faults))


def get_authorization_server(caller):
    return metadata(list(published.scopes()))


def _result_of(response):
    challenge = CHALLENGE if response.status == 401 else {}
    return response.body or None, response.status, {**NO_STORE, **challenge}
