"""Sessions: the tokens of a person who has logged in."""

from datetime import UTC, datetime
from typing import Any

from models.base.ids import new_id
from models.base.secret import digest
from models.identity.sessions import Session
from models.identity.users import User
from security import tokens


def begin(user: User, **facts: Any) -> dict[str, Any]:
    """A new session of a person who has logged in, with its tokens; ``facts`` are logged in the security log."""
    session_id = new_id()
    token = tokens.refresh_token(session_id)
    return with_tokens(Session.start(user, session_id, digest(token), **facts), token)


def with_tokens(session: Session, refresh_token: str) -> dict[str, Any]:
    """The session with its tokens, which are stored nowhere."""
    token, ends = tokens.access_token(session.user_id, session.id, session.user.token_epoch)
    return {
        "id": session.id,
        "user_id": session.user_id,
        "token_type": "Bearer",
        "access_token": token,
        "access_token_expires_at": datetime.fromtimestamp(ends, UTC),
        "refresh_token": refresh_token,
        "refresh_token_expires_at": session.expires_at,
        "created_at": session.created_at,
    }
