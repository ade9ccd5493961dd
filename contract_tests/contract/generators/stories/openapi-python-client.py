"""The steps of the story with the client of openapi-python-client."""

import uuid

import telling
from remit_client import AuthenticatedClient, Client
from remit_client.api.projects import create_project
from remit_client.api.sessions import log_in, log_out
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
from remit_client.types import UNSET, Response


def answer(response: Response[Task | Problem]) -> telling.Answer[telling.Task]:
    status, headers, parsed = int(response.status_code), response.headers, response.parsed
    if isinstance(parsed, Problem):
        pointers = [fault.pointer for fault in parsed.errors]
        return telling.Answer(
            status, headers, problem=telling.Problem(parsed.code, parsed.changed_fields, pointers)
        )
    return telling.Answer(status, headers, body=parsed)


class Remit:
    def __init__(self, base_url: str, email: str, password: str) -> None:
        session = log_in.sync(client=Client(base_url), body=SessionCreate(email=email, password=password))
        assert isinstance(session, IssuedSession), session
        self.client = AuthenticatedClient(base_url, token=session.access_token)

    def create_project(self, organization_id: uuid.UUID, key: str, name: str) -> uuid.UUID:
        body = ProjectCreate(organization_id=organization_id, key=key, name=name)
        project = create_project.sync(client=self.client, body=body)
        assert isinstance(project, Project), project
        return project.id

    def create_task(
        self, project_id: uuid.UUID, title: str, idempotency_key: str
    ) -> telling.Answer[telling.Task]:
        body = TaskCreate(project_id=project_id, title=title, priority=TaskPriority.TASK_PRIORITY_HIGH)
        return answer(
            create_task.sync_detailed(client=self.client, body=body, idempotency_key=idempotency_key)
        )

    def get_task(self, task_id: uuid.UUID) -> telling.Answer[telling.Task]:
        response = get_task.sync_detailed(task_id, client=self.client)
        assert isinstance(response.parsed, Task), response
        return telling.Answer(int(response.status_code), response.headers, body=response.parsed)

    def list_tasks(self, project_id: uuid.UUID, limit: int, cursor: str | None) -> TaskPage:
        page = list_tasks.sync(
            client=self.client, project_id=[project_id], limit=limit, cursor=cursor or UNSET
        )
        assert isinstance(page, TaskPage), page
        return page

    def rename_task(self, task_id: uuid.UUID, title: str, if_match: str) -> telling.Answer[telling.Task]:
        body = TaskPatch(title=title)
        return answer(update_task.sync_detailed(task_id, client=self.client, body=body, if_match=if_match))

    def complete_task(self, task_id: uuid.UUID) -> Task:
        task = complete_task.sync(task_id, client=self.client)
        assert isinstance(task, Task), task
        return task

    def log_out(self) -> int:
        return int(log_out.sync_detailed(client=self.client).status_code)


if __name__ == "__main__":
    telling.run_story(Remit)
