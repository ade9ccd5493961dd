"""Standing in: asking the policy what a person may, where the person is not there to ask."""

from models.base.database import database
from models.base.work import now
from security.access import access_now, access_of
from security.callers import Caller


def caller_for(user):
    """A caller with all that the person may do now, from no network address."""
    caller = Caller()
    caller.user_id, caller.now = user.id, now()
    caller.access = access_of(user.id, user.access_version)
    caller.reach = caller.access.reached_by(caller)
    return caller


def caller_behind(user_id):
    """A caller with what a person may do in the organizations that the connection sees now, which are not all: nothing of it is
    kept.  The wall is opened for the account, whose second factor counts where one is required."""
    database.see_account(user_id)
    caller = Caller()
    caller.user_id, caller.now = user_id, now()
    caller.access = access_now(user_id)
    caller.reach = caller.access.reached_by(caller)
    return caller
