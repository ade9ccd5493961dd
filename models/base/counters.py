"""Counters of rate limits in a table that is not logged, for several processes without Redis."""
from limits.storage import Storage
from peewee import BigIntegerField, Model, TextField

from models.base.database import database
from models.base.fields import UtcField


class Counter(Model):
    """How often ``key`` was hit in the window that ends at ``expires_at``."""

    key = TextField(primary_key=True)
    hits = BigIntegerField()
    expires_at = UtcField(index=True)

    class Meta:
        database = database
        table_name = "counters"


HIT = """
insert into counters (key, hits, expires_at) values (%s, %s, now() + %s * interval '1 second')
on conflict (key) do update set
    hits = case when counters.expires_at <= now() then excluded.hits else counters.hits + excluded.hits end,
    expires_at = case when counters.expires_at <= now() then excluded.expires_at else counters.expires_at end
returning hits
"""


class TableStorage(Storage):
    """A storage of the ``limits`` library (fixed windows) over the table ``counters``."""

    STORAGE_SCHEME = ["remit-table"]
    base_exceptions = Exception

    def incr(self, key, expiry, amount=1):
        return database.rows(HIT, (key, amount, expiry))[0][0]

    def get(self, key):
        found = database.rows("select hits from counters where key = %s and expires_at > now()", (key,))
        return found[0][0] if found else 0

    def get_expiry(self, key):
        found = database.rows("select extract(epoch from expires_at) from counters where key = %s", (key,))
        return float(found[0][0]) if found else 0.0

    def check(self):
        return True

    def reset(self):
        return database.run("delete from counters")

    def clear(self, key):
        database.run("delete from counters where key = %s", (key,))


def forget_old():
    database.run("delete from counters where expires_at < now() - interval '1 minute'")
