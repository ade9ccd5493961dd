"""Sessions: the tokens that a person is given who was let in."""

from datetime import UTC, datetime

from models.base.ids import new_id
from models.base.secret import digest
from models.identity.sessions import Session
from security import tokens


def begin(user, **facts):
    """A new session of a person who was let in, with its tokens; ``facts`` are told in the security log."""
    session_id = new_id()
    token = tokens.refresh_token(session_id)
    return shown(Session.start(user, session_id, digest(token), **facts), token)


def shown(session, refresh_token):
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
