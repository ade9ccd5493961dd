"""The main story, told with the client that openapi-python-client generates: a stranger's first program.

    story.py BASE_URL EMAIL PASSWORD ORGANIZATION_ID PROJECT_KEY

It is type-checked against the generated client under mypy's strict settings, and prints what it saw as JSON.
"""

import json
import sys
import uuid

from remit_client import AuthenticatedClient, Client
from remit_client.api.projects import create_project
from remit_client.api.sessions import log_in
from remit_client.api.tasks import complete_task, create_task, get_task, list_tasks, update_task
from remit_client.models import (
    IssuedSession,
    Problem,
    Project,
    ProjectCreate,
    SessionCreate,
    Task,
    TaskCreate,
    TaskPage,
    TaskPatch,
    TaskPriority,
)
from remit_client.types import UNSET, Unset


def authenticated(base_url: str, email: str, password: str) -> AuthenticatedClient:
    session = log_in.sync(client=Client(base_url), body=SessionCreate(email=email, password=password))
    assert isinstance(session, IssuedSession), session
    return AuthenticatedClient(base_url, token=session.access_token)


def new_project(client: AuthenticatedClient, organization_id: str, key: str) -> Project:
    body = ProjectCreate(organization_id=uuid.UUID(organization_id), key=key, name="From a Python client")
    project = create_project.sync(client=client, body=body, idempotency_key=str(uuid.uuid4()))
    assert isinstance(project, Project), project
    return project


def new_task(client: AuthenticatedClient, project: Project, title: str, key: str) -> tuple[Task, bool]:
    """A task, and whether it had been made before with the same idempotency key."""
    body = TaskCreate(project_id=project.id, title=title, priority=TaskPriority.TASK_PRIORITY_HIGH)
    answer = create_task.sync_detailed(client=client, body=body, idempotency_key=key)
    assert answer.status_code == 201, answer.content
    assert isinstance(answer.parsed, Task)
    return answer.parsed, answer.headers.get("Idempotency-Replayed") == "true"


def every_task(client: AuthenticatedClient, project: Project) -> list[Task]:
    """All tasks of a project, three at a time."""
    tasks: list[Task] = []
    cursor: str | Unset = UNSET
    while True:
        page = list_tasks.sync(client=client, project_id=[project.id], limit=3, cursor=cursor)
        assert isinstance(page, TaskPage), page
        tasks.extend(page.items)
        if page.next_cursor is None:
            return tasks
        cursor = page.next_cursor


def change(client: AuthenticatedClient, task: Task, title: str, etag: str) -> tuple[int, Task | Problem]:
    answer = update_task.sync_detailed(task.id, client=client, body=TaskPatch(title=title), if_match=etag)
    assert isinstance(answer.parsed, (Task, Problem))
    return int(answer.status_code), answer.parsed


def main(base_url: str, email: str, password: str, organization_id: str, project_key: str) -> None:
    client = authenticated(base_url, email, password)
    project = new_project(client, organization_id, project_key)
    made = [new_task(client, project, f"Step {number}", str(uuid.uuid4()))[0] for number in range(7)]

    key = str(uuid.uuid4())
    first, _ = new_task(client, project, "Only once", key)
    again, replayed = new_task(client, project, "Only once", key)

    etag = get_task.sync_detailed(first.id, client=client).headers["ETag"]
    changed, _ = change(client, first, "Mine", etag)
    collided, problem = change(client, first, "Yours", etag)
    assert isinstance(problem, Problem), problem

    done = complete_task.sync(made[0].id, client=client)
    assert isinstance(done, Task), done
    told = {
        "project_id": str(project.id),
        "made": [str(task.id) for task in [*made, first]],
        "listed": [str(task.id) for task in every_task(client, project)],
        "same_task": again.id == first.id,
        "replayed": replayed,
        "changed": changed,
        "collided": collided,
        "code": problem.code,
        "changed_fields": problem.changed_fields,
        "done": done.status,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
