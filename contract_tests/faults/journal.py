"""The journal of a load: what was sent, what was acknowledged or refused, and whether what is stored agrees.

The identity: what was acknowledged is stored, what was refused is not, each key has one effect, and nothing else is there.
"""

import json
import os
import threading
from collections import Counter

import psycopg2

SENT, ACKED, REFUSED, UNKNOWN = "sent", "acked", "refused", "unknown"


class Journal:
    """A file to which every step is written, and brought to the disk, before the next one is taken."""

    def __init__(self, path):
        self.states, self.file, self.lock = {}, path.open("a"), threading.Lock()
        self.retries = 0

    def note(self, key, state, **details):
        with self.lock:
            self.file.write(json.dumps({"key": key, "state": state, **details}) + "\n")
            self.file.flush()
            self.states[key] = state
            self.retries += state == UNKNOWN
        os.fsync(self.file.fileno())

    def count(self, state):
        with self.lock:
            return Counter(self.states.values())[state]


def disagreements(journal, model, database_url):
    """Where what is stored and what was promised differ, in words.

    ``model`` is what the writers were told of their tasks: ``{id: (title, status, version)}``.  Each request had its
    idempotency key as its request id, under which its event is found.
    """
    connection = psycopg2.connect(database_url)
    try:
        with connection.cursor() as cursor:
            return list(_compared(cursor, journal, model))
    finally:
        connection.close()


def _compared(cursor, journal, model):
    def rows(sql):
        cursor.execute(sql)
        return cursor.fetchall()

    stored = {id: tuple(values) for id, *values in rows("select id::text, title, status, version from tasks")}
    for id in stored.keys() | model.keys():
        if stored.get(id) != model.get(id):
            yield f"task {id} is {stored.get(id)}, and {model.get(id)} was acknowledged"
    effects = dict(rows("select request_id, count(*) from events group by 1"))
    # A key of a client is stored behind the client's id.
    answered = {key.rpartition(" ")[2]: status for key, status in rows("select key, status from idempotency")}
    for key, state in journal.states.items():
        if state not in (ACKED, REFUSED):
            yield f"what became of {key} was never known"
        elif effects.get(key, 0) != (state == ACKED):
            yield f"{key} was {state} and has {effects.get(key, 0)} effects"
        elif (key in answered) != (state == ACKED):
            yield f"{key} was {state} and its answer {'is' if key in answered else 'is not'} kept"
    for id, sequences in rows(
        "select stream_id::text, array_agg(sequence order by sequence) from events group by 1"
    ):
        if sequences != list(range(1, len(sequences) + 1)):
            yield f"the events of {id} have a gap or a number twice"
    versions = (
        "select subject_id::text, array_agg(subject_version order by subject_version) from events group by 1"
    )
    for id, numbers in rows(versions):
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"the versions of {id} in its events are {numbers}"
        elif id in stored and stored[id][2] != len(numbers):
            yield f"task {id} has version {stored[id][2]} and {len(numbers)} events"
    last = "select id::text, last_sequence, (select count(*) from events where stream_id = streams.id) from streams"
    yield from (
        f"stream {id} is at {at} and has {count} events" for id, at, count in rows(last) if at != count
    )
    numbers = "select project_id::text, key, count(*) from tasks group by 1, 2 having count(*) > 1"
    yield from (f"two tasks are {key}" for _, key, _ in rows(numbers))
