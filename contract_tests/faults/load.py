"""A load of writes: people who go on writing whatever happens, and send again what they have no answer to."""

import random
import threading
import time
from uuid import uuid4

import httpx

from contract_tests.faults.journal import ACKED, REFUSED, SENT, UNKNOWN
from contract_tests.support.clients import PATCH

ANSWER_TIMEOUT_SECONDS = 60  # until a request must have got a definite answer
AGAIN = {408, 425, 429, 500, 502, 503, 504}


class Writer(threading.Thread):
    """Writes to tasks of its own, one request after the other; ``tasks`` is what it was told of them."""

    def __init__(self, base_url, token, project_id, journal, seed):
        super().__init__(daemon=True)
        self.http = httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
        self.project_id, self.journal, self.random = project_id, journal, random.Random(seed)
        self.tasks, self.surprises, self.stopping = {}, [], threading.Event()

    def run(self):
        while not self.stopping.is_set():
            try:
                self.step()
            except Exception as error:
                self.surprises.append(repr(error))
                return

    def step(self):
        """One write of a random kind; one in six is to be refused."""
        key = str(uuid4())
        if len(self.tasks) < 5:
            return self.create(key)
        id, (title, status, version) = self.random.choice(list(self.tasks.items()))
        match self.random.randrange(12):
            case 0 | 1 | 2:
                self.create(key)
            case 3 | 4 | 5 | 6:
                if self.done("PATCH", f"/tasks/{id}", key, {"title": key}):
                    self.tasks[id] = key, status, version + 1
            case 7 | 8:
                finish = status != "done"
                if self.done("PUT" if finish else "DELETE", f"/tasks/{id}/completion", key):
                    self.tasks[id] = title, "done" if finish else "todo", version + 1
            case 9:
                if self.done("DELETE", f"/tasks/{id}", key):
                    del self.tasks[id]
            case 10:
                self.done("PATCH", f"/tasks/{id}", key, {"title": key}, 412, {"If-Match": '"999999"'})
            case 11:
                dates = {"starts_on": "2026-02-02", "due_on": "2026-02-01"}
                self.done("PATCH", f"/tasks/{id}", key, {"title": key, **dates}, 422)

    def create(self, key):
        made = self.done(
            "POST", "/tasks", key, {"project_id": self.project_id, "title": key, "status": "todo"}
        )
        if made:
            self.tasks[made.json()["id"]] = key, "todo", 1

    def done(self, method, path, key, body=None, refusal=None, headers=None):
        """Send the request until it has a definite answer; the answer, when it was done.

        ``refusal`` is the status that is expected instead of a success.
        """
        self.journal.note(key, SENT, method=method, path=path, body=body)
        headers = {"Idempotency-Key": key, "Request-Id": key, **(headers or {})}
        if body is not None:
            headers["Content-Type"] = PATCH if method == "PATCH" else "application/json"
        until = time.monotonic() + ANSWER_TIMEOUT_SECONDS
        while time.monotonic() < until:
            try:
                answer = self.http.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            busy = (
                answer is not None
                and answer.status_code == 409
                and answer.json()["code"] == "request_in_progress"
            )
            if answer is not None and not busy and answer.status_code not in AGAIN:
                self.journal.note(key, ACKED if answer.is_success else REFUSED, status=answer.status_code)
                if answer.status_code != refusal and not (answer.is_success and refusal is None):
                    self.surprises.append(
                        f"{method} {path} answered {answer.status_code} {answer.text[:300]}"
                    )
                return answer if answer.is_success else None
            if answer is not None and answer.status_code == 500:
                self.surprises.append(f"{method} {path} answered 500")
            self.journal.note(key, UNKNOWN, status=answer.status_code if answer is not None else None)
            time.sleep(0.02 + self.random.random() * 0.05)
        raise TimeoutError(f"{method} {path} had no definite answer in {ANSWER_TIMEOUT_SECONDS} s.")


class Load:
    """Several writers at once, each in a project of its own, all in one organization."""

    def __init__(self, base_url, token, project_ids, journal, seed):
        self.journal = journal
        self.writers = [
            Writer(base_url, token, project_id, journal, f"{seed}.{number}")
            for number, project_id in enumerate(project_ids)
        ]

    def __enter__(self):
        for writer in self.writers:
            writer.start()
        return self

    def __exit__(self, *_):
        for writer in self.writers:
            writer.stopping.set()
        for writer in self.writers:
            writer.join(ANSWER_TIMEOUT_SECONDS + 10)
            writer.http.close()

    def proceed(self, count):
        """Wait until ``count`` more writes were acknowledged."""
        wanted, until = self.journal.count(ACKED) + count, time.monotonic() + ANSWER_TIMEOUT_SECONDS
        while self.journal.count(ACKED) < wanted:
            if time.monotonic() > until or not any(writer.is_alive() for writer in self.writers):
                raise TimeoutError(f"The writers do not get on: {self.surprises[-3:]}")
            time.sleep(0.005)

    @property
    def model(self):
        """What was acknowledged of all tasks."""
        return {id: values for writer in self.writers for id, values in writer.tasks.items()}

    @property
    def surprises(self):
        return [surprise for writer in self.writers for surprise in writer.surprises]
