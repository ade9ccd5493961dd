"""The unit of work: what one request is doing, and the events that its changes leave, numbered when it ends."""

import threading
import time

import orjson

from models.base.ids import new_id
from models.base.statements import execute, rows

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

    ``address`` and ``agent`` are the network address and the ``User-Agent`` of who asks.  ``before_commit`` are called with the
    work before its events are stored: for what, like a chain, must be written last.
    ``represent(row)`` gives the representation of a row that the contract promises, or None; events keep it.
    """

    def __init__(
        self, *, actor_id=None, request_id="", represent=lambda row: None, now=None, address="", agent=""
    ):
        self.actor_id = actor_id
        self.address, self.agent = address, agent
        self.request_id = request_id
        self.represent = represent
        self._now = now
        self.events = []
        self.before_commit = []
        self.pad_until = None

    @property
    def now(self):
        """When the caller was identified, else when this was first asked: by the database's clock, aware, in UTC."""
        if self._now is None:
            self._now = rows("select now()")[0][0]
        return self._now

    def note(self, event_type, row, changes, snapshot):
        """Remember that ``event_type`` happened to ``row``."""
        self.events.append(
            (
                row.stream_id,
                {
                    "id": new_id(),
                    "organization_id": row.event_organization_id,
                    "event_type": event_type,
                    # What happens to an account without anybody being logged in, its owner does.
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

    def store_events(self):
        """Number the events of each stream without gaps and store them.

        The counter's row is locked until the commit, so numbers follow the order of the commits.  Called last, and stream
        by stream in the order of their ids, so that locks are short and cannot form a circle.
        """
        for act in self.before_commit:
            act(self)
        self.before_commit = []
        streams = {}
        for stream_id, event in self.events:
            streams.setdefault(stream_id, []).append(event)
        for stream_id in sorted(streams):
            events = streams[stream_id]
            for following, event in enumerate(reversed(events)):
                event["following"] = following
            execute(NUMBER_AND_STORE, (stream_id, len(events), self.now, orjson.dumps(events).decode()))
        self.events = []

    def __enter__(self):
        self._outer = getattr(_current, "work", None)
        _current.work = self
        return self

    def __exit__(self, *_):
        _current.work = self._outer
        if self.pad_until:
            time.sleep(max(0.0, self.pad_until - time.monotonic()))

    def pad_duration(self, seconds):
        """Make what follows take at least this long, so that the duration of an answer reveals nothing of what was done."""
        self.pad_until = time.monotonic() + seconds


def current():
    """The unit of work of this thread."""
    return _current.work


def now():
    """The time of this transaction, by the database's clock."""
    return _current.work.now
