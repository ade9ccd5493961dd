"""Signing keys: with which tokens are signed, one after the other for each algorithm, and how long each is published."""

from datetime import timedelta

from peewee import BigIntegerField, BlobField, Model, TextField
from psycopg2 import Binary

from models.base.database import Database, database
from models.base.declarations import Declaration
from models.base.fields import UtcField
from models.base.settings import settings
from models.base.statements import rows

# How long a key is published before it signs: longer than anybody keeps the list of keys.
PUBLISHED_AHEAD = timedelta(hours=2)
# How long it is published after the next one signs: longer than any token lasts, so none may last longer than a day.
PUBLISHED_AFTERWARDS = timedelta(days=1)
# By the clock, not by the beginning of the transaction that asks: the key may have been made since.
READ = """
select kid, algorithm, number, private_part, signs_at <= clock_timestamp() as signs,
       signs_at < clock_timestamp() - %s::int * interval '1 day' as is_old,
       coalesce(lead(signs_at) over (partition by algorithm order by number) < clock_timestamp() - %s::interval, false) as is_over
from signing_keys order by algorithm, number
"""
ISSUE = """
insert into signing_keys (kid, algorithm, number, created_at, signs_at, private_part)
values (%s, %s, %s, now(), now() + %s, %s) on conflict (algorithm, number) do nothing
"""


class SigningKey(Model):
    """The ``number``-th key of an algorithm, which signs from ``signs_at`` until the next one does.

    ``private_part`` is encrypted by whoever made it; the public part is known from it.
    """

    kid = TextField(primary_key=True)
    algorithm = TextField()
    number = BigIntegerField()
    created_at = UtcField()
    signs_at = UtcField()
    private_part = BlobField()

    class Meta:
        database = database
        table_name = "signing_keys"
        declares = Declaration(
            unprotected="It has keys of the server, encrypted, which every process needs.",
            history="none",
            unviolated={"signing_keys_algorithm_number_key": "stored by add if not there"},
        )
        indexes = ((("algorithm", "number"), True),)

    @classmethod
    def in_order(cls):
        """Every key as ``(kid, algorithm, number, private part, whether it may sign, is old, is over)``.

        One that is old has signed long enough; of one that is over no token is left.
        """
        return rows(READ, (settings().key_days, PUBLISHED_AFTERWARDS))

    @classmethod
    def issue(cls, kid, algorithm, number, private_part, *, at_once):
        """Publish the next key of an algorithm, unless another process was faster.

        On a connection of its own: a key must stay, and be seen by others, whatever becomes of the request that needs it.
        """
        ahead = timedelta() if at_once else PUBLISHED_AHEAD
        _alone(ISSUE, (kid, algorithm, number, ahead, Binary(private_part)))

    @classmethod
    def forget(cls, kids):
        """Delete keys that are over."""
        _alone("delete from signing_keys where kid = any(%s)", (kids,))


def _alone(sql, parameters):
    own = Database()
    own.configure(database.url)
    with own.connection_context():
        own.run(sql, parameters)
