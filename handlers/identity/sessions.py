"""Logging in, refreshing and logging out; and the sessions that one has."""

from models.base.errors import Unauthenticated
from models.base.pages import page
from models.base.secret import digest
from models.identity.sessions import NotASession, Session
from security import login, sessions, tokens


def log_in(body, caller):
    return sessions.begin(login.by_password(body)), 201


def refresh_session(body, caller):
    token = body["refresh_token"]
    session = Session.with_id(tokens.session_of(token)).for_update().first()
    if session is None or not session.is_open or session.user.disabled_at:
        raise Unauthenticated("The refresh token is unknown, or its session has ended.")
    if not session.accepts(digest(token)):
        session.end_because_reused()
        return Unauthenticated("The refresh token was already used. The session has been ended.")
    following = tokens.successor_of(token)
    return sessions.with_tokens(session.rotate(digest(token), digest(following)), following), 201


def list_sessions(caller, limit, cursor=None, include=()):
    return page(Session, caller, {}, limit=limit, cursor=cursor, include=include)


def get_session(session_id, caller):
    return caller.find(Session, session_id)


def revoke_session(session_id, caller):
    caller.find(Session, session_id).revoke()
    return None, 204


def revoke_sessions(caller, keep_current):
    caller.permit(caller.account)
    Session.end_all(caller.user_id, except_id=caller.session_id if keep_current else None)
    return None, 204


def log_out(caller):
    if caller.session_id is None:
        caller.permit(caller.account)
        raise NotASession()
    caller.find(Session, caller.session_id).end()
    return None, 204
