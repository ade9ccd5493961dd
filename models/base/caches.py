"""Caches that are bounded by the memory that they take, and not by the number of their entries."""

import sys
import threading
from collections import OrderedDict


class BytesCache:
    """The entries that were used last, as long as their sizes together are at most ``limit`` bytes."""

    def __init__(self, limit):
        self.limit, self.size = limit, 0
        self._entries: OrderedDict = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self):
        return len(self._entries)

    def get(self, key):
        """The value, or None.  Reading takes no lock, and does not make an entry younger."""
        found = self._entries.get(key)
        return found and found[0]

    def put(self, key, value, size):
        """Keep ``value``, which takes ``size`` bytes, and drop what was put first when there is no room."""
        with self._lock:
            self._drop(key)
            self._entries[key] = value, size
            self.size += size
            while self.size > self.limit and self._entries:
                self._drop(next(iter(self._entries)))

    def clear(self):
        with self._lock:
            self._entries.clear()
            self.size = 0

    def _drop(self, key):
        if found := self._entries.pop(key, None):
            self.size -= found[1]


def deep_size(value, shared=()):
    """The bytes that a value and everything it refers to take; what is there twice, or is ``shared``, counts once or not."""
    seen = {id(one) for one in shared}
    waiting, size = [value], 0
    while waiting:
        value = waiting.pop()
        if value is None or id(value) in seen:
            continue
        seen.add(id(value))
        size += sys.getsizeof(value)
        if isinstance(value, dict):
            waiting += value.keys()
            waiting += value.values()
        elif isinstance(value, list | tuple | set | frozenset):
            waiting += value
        elif hasattr(value, "__dict__"):
            waiting.append(vars(value))
    return size
