"""The main story of a client, whatever generated it: a stranger's first program.

    STORY.py BASE_URL EMAIL PASSWORD ORGANIZATION_ID PROJECT_KEY

The file beside it says with which functions of a generated client each step is done. Both are type-checked, and what
the story saw is printed as JSON.
"""

import json
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Body = TypeVar("Body")


class Task(Protocol):
    @property
    def id(self) -> uuid.UUID: ...
    @property
    def title(self) -> str: ...
    @property
    def status(self) -> str: ...


class Page(Protocol):
    @property
    def items(self) -> Sequence[Task]: ...
    @property
    def next_cursor(self) -> str | None: ...


@dataclass
class Problem:
    code: str
    changed_fields: list[str] | None
    pointers: list[str | None]


@dataclass
class Answer(Generic[Body]):
    """What the server answered: with 2xx a body, otherwise a problem."""

    status: int
    headers: Mapping[str, str]
    body: Body | None = None
    problem: Problem | None = None

    @property
    def resource(self) -> Body:
        assert self.body is not None, self.problem
        return self.body


class Client(Protocol):
    def create_project(self, organization_id: uuid.UUID, key: str, name: str) -> uuid.UUID: ...
    def create_task(self, project_id: uuid.UUID, title: str, idempotency_key: str) -> Answer[Task]: ...
    def get_task(self, task_id: uuid.UUID) -> Answer[Task]: ...
    def list_tasks(self, project_id: uuid.UUID, limit: int, cursor: str | None) -> Page: ...
    def rename_task(self, task_id: uuid.UUID, title: str, if_match: str) -> Answer[Task]: ...
    def complete_task(self, task_id: uuid.UUID) -> Task: ...
    def log_out(self) -> int: ...


def every_task(client: Client, project_id: uuid.UUID) -> list[Task]:
    tasks: list[Task] = []
    cursor = None
    while True:
        page = client.list_tasks(project_id, 10, cursor)
        tasks.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return tasks


def new_key() -> str:
    return str(uuid.uuid4())


def run_story(log_in: Callable[[str, str, str], Client]) -> None:
    base_url, email, password, organization_id, project_key = sys.argv[1:]
    client = log_in(base_url, email, password)
    project_id = client.create_project(uuid.UUID(organization_id), project_key, "From a generated client")
    made = [client.create_task(project_id, f"Step {number}", new_key()).resource for number in range(24)]
    key = new_key()
    first = client.create_task(project_id, "Only once", key).resource
    again = client.create_task(project_id, "Only once", key)

    etag = client.get_task(first.id).headers["etag"]
    changed = client.rename_task(first.id, "Mine", etag)
    collided = client.rename_task(first.id, "Yours", etag)
    refused = client.create_task(project_id, " ", new_key())
    assert collided.problem and refused.problem
    done = client.complete_task(made[0].id)
    listed = every_task(client, project_id)
    summary = {
        "project_id": str(project_id),
        "made": [str(task.id) for task in [*made, first]],
        "listed": [str(task.id) for task in listed],
        "titles": [task.title for task in listed],
        "same_task": again.resource.id == first.id,
        "replayed": again.headers.get("idempotency-replayed") == "true",
        "changed": changed.status,
        "collided": collided.status,
        "code": collided.problem.code,
        "changed_fields": collided.problem.changed_fields,
        "refused": refused.status,
        "fault": refused.problem.pointers[0],
        "done": done.status,
        "logged_out": client.log_out(),
    }
    print(json.dumps(summary))
