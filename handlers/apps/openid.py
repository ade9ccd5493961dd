"""OpenID Connect: who somebody is, for apps that a person has let know."""

from models.identity.users import User
from security.oauth import openid
from spec import published


def get_userinfo(caller):
    return openid.claims(caller.find(User, caller.user_id), caller.scopes)


def query_userinfo(caller):
    return openid.claims(caller.find(User, caller.user_id), caller.scopes)


def get_openid_configuration(caller):
    return openid.metadata(list(published.scopes()))
