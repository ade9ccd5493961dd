"""Counters of rate limits: in memory for one process, in a table that is not logged for several without Redis."""

import threading
import time
from typing import Any

from limits.storage import Storage
from peewee import BigIntegerField, Model, TextField

from models.base.database import database
from models.base.declarations import Declaration, Personal
from models.base.fields import UtcField


class Counter(Model):
    """How often ``key`` was hit in the window that ends at ``expires_at``."""

    key = TextField(primary_key=True)
    hits = BigIntegerField()
    expires_at = UtcField(index=True)

    class Meta:
        database = database
        table_name = "counters"
        declares = Declaration(
            unprotected="It counts requests before it is known who asks, for a minute.",
            history="none",
            personal=Personal(
                exports="It counts requests within a minute, by id or address.",
                erasure="Forgotten within the hour.",
            ),
        )


HIT = """
insert into counters (key, hits, expires_at) values (%s, %s, now() + %s * interval '1 second')
on conflict (key) do update set
    hits = case when counters.expires_at <= now() then excluded.hits else counters.hits + excluded.hits end,
    expires_at = case when counters.expires_at <= now() then excluded.expires_at else counters.expires_at end
returning hits, extract(epoch from expires_at)
"""


class TableStorage(Storage):
    """A storage of the ``limits`` library (fixed windows) over the table ``counters``."""

    STORAGE_SCHEME = ["remit-table"]
    base_exceptions = Exception

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self.last = threading.local()  # the window that this thread has counted in, until it is read

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        hits, end = database.rows(HIT, (key, amount, expiry))[0]
        self.last.window = key, hits, float(end)
        return hits

    def get(self, key: str) -> int:
        """The hits in the window of ``key``.  Right after :meth:`incr` in this thread, its result, which saves a query."""
        if self._counted(key):
            return self.last.window[1]
        matches = database.rows("select hits from counters where key = %s and expires_at > now()", (key,))
        return matches[0][0] if matches else 0

    def get_expiry(self, key: str) -> float:
        if self._counted(key):
            end = self.last.window[2]
            self.last.window = None
            return end
        matches = database.rows("select extract(epoch from expires_at) from counters where key = %s", (key,))
        return float(matches[0][0]) if matches else 0.0

    def _counted(self, key: str) -> bool:
        window = getattr(self.last, "window", None)
        return window is not None and window[0] == key

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        return database.run("delete from counters")

    def clear(self, key: str) -> None:
        database.run("delete from counters where key = %s", (key,))


class MemoryStorage(Storage):
    """A storage of the ``limits`` library (fixed windows) in a dict.

    The library's own starts a timer thread up to a hundred times a second to delete windows that have ended; here ``incr``
    deletes them when the dict has doubled.
    """

    STORAGE_SCHEME = ["remit-memory"]
    base_exceptions = Exception

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self.windows: dict[str, list] = {}  # key: [hits, end in seconds since 1970]
        self.lock = threading.Lock()
        self.cleanup_size = 10_000

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        with self.lock:
            window = self.windows.get(key)
            if window is None or window[1] <= now:
                if len(self.windows) > self.cleanup_size:
                    self._forget(now)
                window = self.windows[key] = [0, now + expiry]
            window[0] += amount
            return window[0]

    def get(self, key: str) -> int:
        window = self.windows.get(key)
        return window[0] if window and window[1] > time.time() else 0

    def get_expiry(self, key: str) -> float:
        window = self.windows.get(key)
        return window[1] if window else time.time()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self.lock:
            count = len(self.windows)
            self.windows.clear()
            return count

    def clear(self, key: str) -> None:
        with self.lock:
            self.windows.pop(key, None)

    def _forget(self, now: float) -> None:
        self.windows = {key: window for key, window in self.windows.items() if window[1] > now}
        self.cleanup_size = max(10_000, 2 * len(self.windows))


def forget_old() -> None:
    database.run("delete from counters where expires_at < now() - interval '1 minute'")
