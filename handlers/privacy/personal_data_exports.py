"""Everything that is stored of a person, for the person."""

from models.identity.users import User
from models.privacy import personal_data_exports
from security.reauthentication import reauthenticate


def request_personal_data_export(body, caller):
    user = caller.find(User, caller.user_id)
    reauthenticate(caller, body, user)
    return personal_data_exports.begin(user), 202
