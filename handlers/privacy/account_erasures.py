"""The end of an account, and of what is stored of its person."""

from models.identity.users import User
from models.privacy.account_erasures import AccountErasure
from security.reauthentication import reauthenticate


def erase_me(body, caller):
    user = caller.find(User, caller.user_id)
    reauthenticate(caller, body, user)
    AccountErasure.begin(user)
    return None, 204
