"""The unit of work: the actor and time of one transaction, and the events of its changes, numbered when it ends."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import orjson

from models.base.ids import new_id
from models.base.statements import LOCK, rows, send_with_next

if TYPE_CHECKING:
    from models.base.table import Table

_current = threading.local()

NUMBER_AND_STORE = """
with counted as (
    insert into streams (id, last_sequence) values (%s, %s)
    on conflict (id) do update set last_sequence = streams.last_sequence + excluded.last_sequence
    returning id, last_sequence
)
insert into events (id, stream_id, organization_id, sequence, event_type, occurred_at, actor_id, request_id,
                    subject_type, subject_id, subject_version, changes, snapshot)
select e.id, counted.id, e.organization_id, counted.last_sequence - e.following, e.event_type, %s, e.actor_id,
       e.request_id, e.subject_type, e.subject_id, e.subject_version, e.changes, e.snapshot
from counted, jsonb_to_recordset(%s::jsonb) as e(
    id uuid, organization_id uuid, following int, event_type text, actor_id uuid, request_id text,
    subject_type text, subject_id uuid, subject_version bigint, changes jsonb, snapshot jsonb)
"""


class UnitOfWork:
    """The unit of work of one transaction: who acts, under which request, at what time of the database's clock.

    ``address`` and ``agent`` are the network address and the ``User-Agent`` of the request.  ``before_commit`` are called with
    the work before its events are stored: for what, like a hash chain, must be written last.
    ``represent(row)`` returns the representation of a row in the contract, or None; events keep it.
    """

    def __init__(
        self,
        *,
        actor_id: str | None = None,
        request_id: str = "",
        represent: Callable[..., Any] = lambda row: None,
        now: datetime | None = None,
        address: str = "",
        agent: str = "",
    ) -> None:
        self.actor_id = actor_id
        self.address, self.agent = address, agent
        self.request_id = request_id
        self.represent = represent
        self._now = now
        self.events: list[tuple[str, dict[str, Any]]] = []  # by the ID of the stream
        self.before_commit: list[Callable[[UnitOfWork], object]] = []
        self.pad_until: float | None = None  # of time.monotonic()

    @property
    def now(self) -> datetime:
        """When the caller was identified, or when this was first read: by the database's clock, aware, in UTC."""
        if self._now is None:
            self._now = rows("select now()")[0][0]
        return self._now

    def note(
        self, event_type: str, row: "Table", changes: list[dict[str, Any]], snapshot: dict[str, Any] | None
    ) -> None:
        """Add an event of ``row``, which :meth:`store_events` stores."""
        self.events.append(
            (
                row.stream_id,
                {
                    "id": new_id(),
                    "organization_id": row.event_organization_id,
                    "event_type": event_type,
                    # Without a caller, the actor of an account's event is the account itself.
                    "actor_id": self.actor_id
                    or (row.stream_id if row.event_organization_id is None else None),
                    "request_id": self.request_id,
                    "subject_type": row.noun(),
                    "subject_id": row.id,
                    "subject_version": row.version,
                    "changes": changes,
                    "snapshot": {row.noun(): snapshot} if snapshot is not None else {},
                },
            )
        )

    def store_events(self) -> None:
        """Number the events of each stream without gaps and store them.

        The counter's row is locked until the commit, so numbers follow the order of the commits.  Called last, and stream
        by stream in the order of their ids, so that locks cannot deadlock; sent with the commit, so that they are short.
        Those who wait for a stream wait for its advisory lock, in a queue: of many who wait for a row, each new version wakes
        all.
        """
        for action in self.before_commit:
            action(self)
        self.before_commit = []
        streams: dict[str, list[dict[str, Any]]] = {}
        for stream_id, event in self.events:
            streams.setdefault(stream_id, []).append(event)
        for stream_id in sorted(streams):
            events = streams[stream_id]
            for following, event in enumerate(reversed(events)):
                event["following"] = following
            send_with_next(LOCK, (f"stream {stream_id}",))
            send_with_next(
                NUMBER_AND_STORE, (stream_id, len(events), self.now, orjson.dumps(events).decode())
            )
        self.events = []

    def __enter__(self) -> Self:
        self._outer = getattr(_current, "work", None)
        _current.work = self
        return self

    def __exit__(self, *_: object) -> None:
        _current.work = self._outer
        if self.pad_until:
            time.sleep(max(0.0, self.pad_until - time.monotonic()))

    def pad_duration(self, seconds: float) -> None:
        """Make the rest of the work take at least this long, so that the duration of a response reveals nothing of it."""
        self.pad_until = time.monotonic() + seconds


def current() -> UnitOfWork:
    """The unit of work of this thread."""
    return _current.work


def now() -> datetime:
    """The time of this transaction, by the database's clock."""
    return _current.work.now
