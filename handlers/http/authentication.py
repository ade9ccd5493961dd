"""Authentication: what Connexion's security layer calls with the token or key that it found."""

from security.tokens import credential


async def read(token, required_scopes=None):
    """The token info of a credential that was made here, or None.  Async, so that it is not sent to a thread.

    Nothing is asked of the database on the event loop: whether the session is still open, or the key not revoked, is
    asked by the frame, together with who it is.
    """
    found = credential(token)
    return found and {"sub": "caller", "credential": found}
