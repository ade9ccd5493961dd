"""Authenticators of the tests: the codes that they show, and two-factor authentication as it stands, set by SQL."""

import time

import pyotp

from models.base.database import database
from models.base.secret import encrypt

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SET = """
insert into two_factors (id, user_id, version, created_at, updated_at, secret, turned_on_at)
values (%s, %s, 1, now(), now(), %s, case when %s then now() end)
on conflict (id) do update set secret = excluded.secret, turned_on_at = excluded.turned_on_at, last_step = null
"""


def code(secret=SECRET, steps=0):
    """What an authenticator shows; ``steps`` of 30 seconds later.  What is about to change is waited for."""
    left = 30 - time.time() % 30
    if left < 2:
        time.sleep(left)
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


def wrong(secret=SECRET):
    """A code that it does not show, now or soon."""
    current_codes = {code(secret, steps) for steps in range(-2, 4)}
    return next(
        candidate for candidate in (f"{number:06}" for number in range(10)) if candidate not in current_codes
    )


def set_up(person_id, *, is_active):
    """The person has enrolled, and perhaps confirmed it."""
    encrypted = encrypt("two-factor secrets", SECRET, person_id)
    with database.connection_context():
        database.run(SET, (person_id, person_id, encrypted, is_active))


def forget_last_use(person_id):
    """The next code may be the same as the last."""
    with database.connection_context():
        database.run("update two_factors set last_step = null where id = %s", (person_id,))


def take_away(person_id):
    """The person never had it."""
    with database.connection_context():
        database.run("delete from two_factors where id = %s", (person_id,))
