"""Proof Key for Code Exchange (RFC 7636): required of every app, and with S256 alone."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from authlib.oauth2.rfc7636 import CodeChallenge

from security.oauth.stored import StoredCode


class Pkce(CodeChallenge):
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        sent = grant.request.payload.data
        if "code_challenge" not in sent:
            raise InvalidRequestError("A code_challenge is required (RFC 7636).")
        if sent.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The code_challenge_method must be S256.")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """As Authlib's; a failure is logged, because a client without the verifier has intercepted the code."""
        try:
            super().validate_code_verifier(grant, result)
        except OAuth2Error:
            authorization = grant.request.authorization_code.authorization
            authorization.note("authorization.refused", "failure", reason="without its code_verifier")
            raise

    def get_authorization_code_challenge_method(self, authorization_code: StoredCode) -> str:
        return "S256"
