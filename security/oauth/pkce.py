"""Proof Key for Code Exchange (RFC 7636): required of every app, and with S256 alone."""

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge


class Pkce(CodeChallenge):
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant, redirect_uri):
        sent = grant.request.payload.data
        if "code_challenge" not in sent:
            raise InvalidRequestError("A code_challenge is required (RFC 7636).")
        if sent.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The code_challenge_method must be S256.")
        super().validate_code_challenge(grant, redirect_uri)

    def get_authorization_code_challenge_method(self, authorization_code):
        return "S256"
