"""Caches that are bounded by the memory that they take, and not by the number of their entries."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any


class BytesCache:
    """The entries that were stored last, as long as their sizes together are at most ``limit`` bytes.

    ``dropped(key)`` is called for each entry for which there is no room any more.
    """

    def __init__(self, limit: int, dropped: Callable[[Any], object] = lambda key: None) -> None:
        self.limit, self.size = limit, 0
        self.dropped = dropped
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Any:
        """The value, or None.  Reading takes no lock, and does not make an entry younger."""
        entry = self._entries.get(key)
        return entry and entry[0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Store ``value``, which takes ``size`` bytes, and drop the oldest entries when there is no room."""
        with self._lock:
            self._drop(key)
            self._entries[key] = value, size
            self.size += size
            while self.size > self.limit and self._entries:
                oldest = next(iter(self._entries))
                self._drop(oldest)
                self.dropped(oldest)

    def keys(self) -> list[Hashable]:
        return list(self._entries)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self.size = 0

    def _drop(self, key: Hashable) -> None:
        if entry := self._entries.pop(key, None):
            self.size -= entry[1]


class RecentBytesCache(BytesCache):
    """The entries that were used last (LRU): reading makes an entry the youngest."""

    def get(self, key: Hashable) -> Any:
        """The value, or None."""
        value = super().get(key)
        if value is not None:
            try:  # noqa: SIM105  which costs a third of all this
                self._entries.move_to_end(key)
            except KeyError:  # another thread has dropped it at this moment
                pass
        return value


def deep_size(value: Any, shared: Iterable[Any] = ()) -> int:
    """The bytes that a value and everything it refers to take.  Each object counts once; those in ``shared`` do not count."""
    seen = {id(object_) for object_ in shared}
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
