"""One's own account."""

from models.users import User
from security import passwords


def register_user(body, caller):
    password = body.pop("password")
    passwords.refuse_weak(password, body["email"], body["name"])
    return User.register(password_hash=passwords.hashed(password), **body), 201


def get_me(caller):
    return caller.find(User, caller.user_id)


def update_me(body, caller):
    return caller.find(User, caller.user_id).change(**body)
