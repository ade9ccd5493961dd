"""Standing in: asking the policy what a person may, where the person is not there to ask."""

from models.base.work import now
from security.access import access_of
from security.callers import Caller


def caller_for(user):
    """A caller with all that the person may do now, from no network address."""
    caller = Caller()
    caller.user_id, caller.now = user.id, now()
    caller.access = access_of(user.id, user.access_version)
    caller.reach = caller.access.reached_by(caller)
    return caller
