"""FastAPI with SQLModel on Remit's own tables: the three operations as its documentation teaches them.

Sync handlers, psycopg2, a session and a caller by dependency, a response model on each, related rows in one
query.  It writes no event and no idempotency record.
"""

import base64
import datetime
import hashlib
import os
import uuid
from typing import Annotated, Literal

import uuid_utils
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ConfigDict
from sqlalchemy import ARRAY, String, update
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, select

TaskStatus = Literal["todo", "in_progress", "in_review", "done", "cancelled"]
TaskPriority = Literal["none", "low", "medium", "high", "urgent"]
CATEGORIES = {
    "todo": "todo",
    "in_progress": "doing",
    "in_review": "doing",
    "done": "done",
    "cancelled": "cancelled",
}
MAY_WRITE = ("owner", "admin", "member")


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class ApiKey(SQLModel, table=True):
    __tablename__ = "api_keys"
    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID
    digest: str
    scopes: list[str] = Field(sa_type=ARRAY(String))
    expires_at: datetime.datetime | None
    revoked_at: datetime.datetime | None


class Member(SQLModel, table=True):
    __tablename__ = "members"
    id: uuid.UUID = Field(primary_key=True)
    organization_id: uuid.UUID
    user_id: uuid.UUID
    role: str


class Project(SQLModel, table=True):
    __tablename__ = "projects"
    id: uuid.UUID = Field(primary_key=True)
    organization_id: uuid.UUID
    key: str
    status: str
    last_number: int


class Assignment(SQLModel, table=True):
    __tablename__ = "assignments"
    task_id: uuid.UUID = Field(primary_key=True, foreign_key="tasks.id")
    user_id: uuid.UUID = Field(primary_key=True)
    organization_id: uuid.UUID


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    id: uuid.UUID = Field(primary_key=True, default_factory=lambda: uuid.UUID(str(uuid_utils.uuid7())))
    organization_id: uuid.UUID
    project_id: uuid.UUID
    number: int
    key: str
    title: str
    description: str | None = None
    status: str
    priority: str
    starts_on: datetime.date | None = None
    due_on: datetime.date | None = None
    completed_at: datetime.datetime | None = None
    created_by_id: uuid.UUID
    created_at: datetime.datetime = Field(default_factory=now)
    updated_at: datetime.datetime = Field(default_factory=now)
    version: int = 1
    assignments: list[Assignment] = Relationship(sa_relationship_kwargs={"order_by": "Assignment.user_id"})

    @property
    def status_category(self) -> str:
        return CATEGORIES[self.status]

    @property
    def assignee_ids(self) -> list[uuid.UUID]:
        return [each.user_id for each in self.assignments]


class TaskCreate(SQLModel):
    model_config = ConfigDict(extra="forbid")
    project_id: uuid.UUID
    title: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=20000)
    status: TaskStatus
    priority: TaskPriority = "none"
    starts_on: datetime.date | None = None
    due_on: datetime.date | None = None
    assignee_ids: list[uuid.UUID] = Field(default=[], max_length=20)


class TaskPublic(SQLModel):
    id: uuid.UUID
    organization_id: uuid.UUID
    project_id: uuid.UUID
    key: str = Field(max_length=22)
    title: str = Field(max_length=200)
    description: str | None = Field(max_length=20000)
    status: str = Field(max_length=40)
    status_category: str
    priority: str = Field(max_length=40)
    starts_on: datetime.date | None
    due_on: datetime.date | None
    assignee_ids: list[uuid.UUID]
    completed_at: datetime.datetime | None
    created_by_id: uuid.UUID
    created_at: datetime.datetime
    updated_at: datetime.datetime
    version: int


class TaskPage(SQLModel):
    items: list[TaskPublic]
    next_cursor: str | None


engine = create_engine(
    os.environ["BENCH_DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:"), pool_size=40
)
bearer = HTTPBearer()
application = FastAPI()


def session():
    with Session(engine) as opened:
        yield opened


SessionDep = Annotated[Session, Depends(session)]


def caller(
    session: SessionDep, credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]
) -> uuid.UUID:
    digest = hashlib.sha256(credentials.credentials.encode()).hexdigest()
    key = session.exec(select(ApiKey).where(ApiKey.digest == digest)).first()
    if key is None or key.revoked_at or (key.expires_at and key.expires_at < now()):
        raise HTTPException(401)
    return key.user_id


CallerDep = Annotated[uuid.UUID, Depends(caller)]


def membership(session: Session, organization_id: uuid.UUID, user_id: uuid.UUID) -> Member:
    member = session.exec(
        select(Member).where(Member.organization_id == organization_id, Member.user_id == user_id)
    ).first()
    if member is None:
        raise HTTPException(404)
    return member


@application.get("/api/v1/tasks", response_model=TaskPage)
def list_tasks(
    session: SessionDep,
    caller: CallerDep,
    project_id: uuid.UUID,
    status: TaskStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
):
    project = session.get(Project, project_id)
    if project is None:
        raise HTTPException(404)
    membership(session, project.organization_id, caller)
    query = select(Task).options(selectinload(Task.assignments)).where(Task.project_id == project_id)
    if status:
        query = query.where(Task.status == status)
    query = query.order_by(Task.created_at.desc(), Task.id.desc()).limit(limit + 1)
    rows = session.exec(query).all()
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    cursor = (
        base64.urlsafe_b64encode(f"{last.created_at.isoformat()} {last.id}".encode()).decode()
        if last
        else None
    )
    return {"items": rows[:limit], "next_cursor": cursor}


@application.get("/api/v1/tasks/{task_id}", response_model=TaskPublic)
def get_task(session: SessionDep, caller: CallerDep, task_id: uuid.UUID):
    task = session.get(Task, task_id)
    if task is None:
        raise HTTPException(404)
    membership(session, task.organization_id, caller)
    return task


@application.post("/api/v1/tasks", response_model=TaskPublic, status_code=201)
def create_task(session: SessionDep, caller: CallerDep, body: TaskCreate):
    project = session.get(Project, body.project_id)
    if project is None:
        raise HTTPException(404)
    if project.status != "active":
        raise HTTPException(409)
    if membership(session, project.organization_id, caller).role not in MAY_WRITE:
        raise HTTPException(403)
    number = session.exec(
        update(Project)
        .where(Project.id == project.id)
        .values(last_number=Project.last_number + 1)
        .returning(Project.last_number)
    ).scalar_one()
    task = Task(
        **body.model_dump(exclude={"assignee_ids"}),
        organization_id=project.organization_id,
        number=number,
        key=f"{project.key}-{number}",
        created_by_id=caller,
    )
    task.assignments = [
        Assignment(task_id=task.id, user_id=each, organization_id=task.organization_id)
        for each in body.assignee_ids
    ]
    session.add(task)
    session.commit()
    session.refresh(task)
    return task


def build():
    return application
