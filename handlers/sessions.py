"""Logging in, refreshing and logging out; and the sessions that one has."""

from datetime import UTC, datetime

from models.base.errors import Unauthenticated
from models.base.ids import new_id
from models.base.pages import page
from models.base.secret import digest
from models.sessions import NotASession, Session
from security import login, tokens


def log_in(body, caller):
    user, session_id = login.by_password(body), new_id()
    token = tokens.refresh_token(session_id)
    return _shown(Session.start(user, session_id, digest(token)), token), 201


def refresh_session(body, caller):
    token = body["refresh_token"]
    session = Session.select().where(Session.id == tokens.session_of(token)).for_update().first()
    if session is None or not session.is_open or session.user.disabled_at:
        raise Unauthenticated("The refresh token is unknown, or its session ended.")
    if not session.accepts(digest(token)):
        session.end_because_reused()
        return Unauthenticated("The refresh token was used before; the session is ended.")
    following = tokens.successor_of(token)
    return _shown(session.rotate(digest(token), digest(following)), following), 201


def list_sessions(caller, limit, cursor=None, include=()):
    return page(Session, caller, Session.newest_first(), {}, limit=limit, cursor=cursor, include=include)


def get_session(session_id, caller):
    return caller.find(Session, session_id)


def revoke_session(session_id, caller):
    caller.find(Session, session_id).revoke()
    return None, 204


def revoke_sessions(caller, keep_current):
    caller.permit()
    Session.end_all(caller.user_id, except_id=caller.session_id if keep_current else None)
    return None, 204


def log_out(caller):
    if caller.session_id is None:
        caller.permit()
        raise NotASession()
    caller.find(Session, caller.session_id).end()
    return None, 204


def _shown(session, refresh_token):
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
