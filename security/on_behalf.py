"""On behalf of: callers for people who made no request, to ask the policy what they may do."""

from models.base.database import database
from models.base.unit_of_work import now
from models.identity.users import User
from security.access import access_now, access_of
from security.callers import Caller


def caller_on_behalf_of(user: User) -> Caller:
    """A caller with all that the person may do now, from no network address."""
    caller = Caller()
    caller.user_id, caller.now = user.id, now()
    caller.access = access_of(user.id, user.access_version)
    caller.effective_permissions = caller.access.effective_for(caller)
    return caller


def caller_in_allowed_tenants(user_id: str) -> Caller:
    """A caller with what a person may do in the tenants that the connection is allowed, which are not all: not cached.
    The account is allowed as well, since its second factor counts where one is required."""
    database.allow_account(user_id)
    caller = Caller()
    caller.user_id, caller.now = user_id, now()
    caller.access = access_now(user_id)
    caller.effective_permissions = caller.access.effective_for(caller)
    return caller
