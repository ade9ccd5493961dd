"""The steps of the story with the client of openapi-generator for Python, which raises what is not 2xx."""

import uuid
from collections.abc import Callable

import telling
from openapi_client import (
    ApiClient,
    ApiException,
    ApiResponse,
    Configuration,
    Problem,
    ProjectCreate,
    ProjectsApi,
    SessionCreate,
    SessionsApi,
    Task,
    TaskCreate,
    TaskPage,
    TaskPatch,
    TaskPriority,
    TasksApi,
)


def answer(ask: Callable[[], ApiResponse[Task]]) -> telling.Answer[telling.Task]:
    try:
        response = ask()
    except ApiException as refused:
        problem = refused.data
        assert isinstance(problem, Problem) and refused.status and refused.headers, refused
        pointers = [fault.pointer for fault in problem.errors]
        reported = telling.Problem(problem.code, problem.changed_fields, pointers)
        return telling.Answer(refused.status, refused.headers, problem=reported)
    return telling.Answer(response.status_code, response.headers or {}, body=response.data)


class Remit:
    def __init__(self, base_url: str, email: str, password: str) -> None:
        session = SessionsApi(ApiClient(Configuration(host=base_url))).log_in(
            SessionCreate(email=email, password=password)
        )
        self.client = ApiClient(Configuration(host=base_url, access_token=session.access_token))
        self.tasks = TasksApi(self.client)

    def create_project(self, organization_id: uuid.UUID, key: str, name: str) -> uuid.UUID:
        body = ProjectCreate(organization_id=organization_id, key=key, name=name)
        return ProjectsApi(self.client).create_project(body).id

    def create_task(
        self, project_id: uuid.UUID, title: str, idempotency_key: str
    ) -> telling.Answer[telling.Task]:
        # What the client checks itself is put past it here: the server's own refusal is wanted.
        body = TaskCreate.model_construct(
            project_id=project_id, title=title, priority=TaskPriority.TASK_PRIORITY_HIGH
        )
        return answer(lambda: self.tasks.create_task_with_http_info(body, idempotency_key=idempotency_key))

    def get_task(self, task_id: uuid.UUID) -> telling.Answer[telling.Task]:
        return answer(lambda: self.tasks.get_task_with_http_info(task_id))

    def list_tasks(self, project_id: uuid.UUID, limit: int, cursor: str | None) -> TaskPage:
        return self.tasks.list_tasks(project_id=[project_id], limit=limit, cursor=cursor)

    def rename_task(self, task_id: uuid.UUID, title: str, if_match: str) -> telling.Answer[telling.Task]:
        return answer(
            lambda: self.tasks.update_task_with_http_info(task_id, TaskPatch(title=title), if_match=if_match)
        )

    def complete_task(self, task_id: uuid.UUID) -> Task:
        return self.tasks.complete_task(task_id)

    def log_out(self) -> int:
        return SessionsApi(self.client).log_out_with_http_info().status_code


if __name__ == "__main__":
    telling.run_story(Remit)
