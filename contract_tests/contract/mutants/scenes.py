"""Where checks run: an application that a mutant can be put into, and the people who send requests to it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, cached_property
from typing import Any
from unittest.mock import patch

import httpx

import spec
from contract_tests.contract.mutants.context import MutantContext
from contract_tests.contract.mutants.transport import InProcess, ServerErrors
from contract_tests.contract.reading import Reading
from contract_tests.support import factories
from contract_tests.support.clients import Client
from contract_tests.support.server import Person
from contract_tests.support.world import World
from handlers.http import application
from models.base import statements
from models.base.database import database
from models.base.settings import settings
from security import access, viewers

ROLES = ("owner", "admin", "member", "guest", "stranger")
PRIORITIES = ("none", "low", "medium", "high", "urgent")
TASKS_OF_A_LONG_LIST = 30


class Scene:
    """An application, ``edge``, and its mutants."""

    def __init__(self, edge: Any, errors: ServerErrors) -> None:
        self.edge, self.errors = edge, errors

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """For as long as a check runs on the unchanged application, its errors are recorded."""
        with self.errors.recording():
            yield

    @contextmanager
    def changed_by(self, mutant: Any) -> Iterator[MutantContext | None]:
        """The application is the mutant; gives its :class:`MutantContext`, or None for a mutant of the contract."""
        with ExitStack() as undo:
            undo.enter_context(self.errors.recording())
            # Test coverage is about the answers of the product, and not of mutants.
            undo.enter_context(patch("handlers.http.watch.observe", lambda *_: None))
            undo.callback(self.forget)
            context = self.apply(mutant, undo)
            self.forget()
            yield context

    def apply(self, mutant: Any, undo: ExitStack) -> MutantContext | None:
        context = MutantContext(self.edge, undo)
        mutant.change(context)
        return context

    def forget(self) -> None:
        """Drop what was compiled of another mutant, or of none."""
        statements._statements.clear()
        viewers.needs.cache_clear()  # type: ignore[attr-defined]  # it is a cached function
        access.forget()


class TenantScene(Scene):
    """An application of its own, asked without sockets, and an organization with people in every role."""

    owner: Client
    admin: Client
    member: Client
    guest: Client
    stranger: Client

    def __init__(self, live, contract):
        self.base_url, self.contract, self.transport = live.base_url, contract, InProcess()
        super().__init__(self._build(), self.transport.errors)
        self.transport.app = self.edge
        self.anonymous = self.client()
        self.people = {role: factories.register(self.anonymous, role) for role in ROLES}
        for role, person in self.people.items():
            setattr(self, role, self.client(person.token, person))
        self.organization_id = factories.organization(self.owner, "Own")["id"]
        for role in ("admin", "member", "guest"):
            factories.member(self.owner, self.organization_id, self.people[role], role)
        foreign_id = factories.organization(self.stranger, "Foreign")["id"]
        foreign_project = factories.project(self.stranger, foreign_id)
        self.foreign_task = factories.task(self.stranger, foreign_project["id"], title="CANARY")
        self.long_list = factories.project(self.owner, self.organization_id)
        for number in range(TASKS_OF_A_LONG_LIST):  # with many ties
            factories.task(
                self.owner, self.long_list["id"], title=f"Task {number}", priority=PRIORITIES[number % 3]
            )

    def _build(self, document=None):
        """An application with one handler thread."""
        return application.build(document, settings=settings().model_copy(update={"threads": 1}))

    def client(self, token: str | None = None, person: Person | None = None) -> Client:
        client = Client(self.base_url, self.contract, token, person)
        client.http = httpx.Client(
            base_url=self.base_url, headers=client.http.headers, timeout=30, transport=self.transport
        )
        return client

    def newcomer(self) -> Client:
        """A client of a new person, who is in no organization."""
        person = factories.register(self.anonymous)
        return self.client(person.token, person)

    def task(self, **fields: Any) -> dict:
        return factories.task(self.owner, self.project["id"], **fields)

    def events_of(self, task: dict) -> list[dict]:
        """The events of a task, the first first."""
        params = {
            "organization_id": self.organization_id,
            "subject_id": task["id"],
            "sort": "sequence",
            "limit": 100,
        }
        return self.owner.get("/events", params=params).json()["items"]

    @cached_property
    def project(self) -> dict:
        """A project of this check alone: what a mutant stores is not seen by the next check."""
        return factories.project(self.owner, self.organization_id)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        vars(self).pop("project", None)
        with super().unchanged():
            yield

    def apply(self, mutant: Any, undo: ExitStack) -> MutantContext | None:
        vars(self).pop("project", None)
        undo.callback(_delete_tasks, self.project["id"])
        if not mutant.in_contract:
            return super().apply(mutant, undo)
        self.transport.app = self._build(changed_contract(mutant))
        undo.callback(setattr, self.transport, "app", self.edge)
        undo.callback(self._disconnect, self.transport.app)
        return None

    def forget(self) -> None:
        super().forget()
        self._disconnect(self.edge)

    def _disconnect(self, edge):
        """Close the connection of the handler thread, and with it the statements that are prepared on it."""
        asyncio.run_coroutine_threadsafe(_close_connection(edge), self.transport.loop).result(10)


class StyleScene(Scene):
    """The contract as the rules of style read it; nothing is running."""

    def __init__(self):
        super().__init__(None, ServerErrors())
        self.reading = None

    def apply(self, mutant: Any, undo: ExitStack) -> MutantContext | None:
        if mutant.in_contract:
            self.reading = Reading(changed_contract(mutant))
            return None
        self.reading = Reading(json.loads(_joined_contract()))
        return super().apply(mutant, undo)

    def forget(self) -> None:
        pass  # nothing is compiled


class MatrixScene(Scene):
    """The server that most tests ask, and a world of its own, because mutants leave traces."""

    def __init__(self, live, contract):
        super().__init__(live.edge, ServerErrors())
        self.world = World(live, contract)


@cache
def _joined_contract():
    return json.dumps(spec.load())


def changed_contract(mutant: Any) -> dict:
    """A copy of the contract that the mutant has changed."""
    document = json.loads(_joined_contract())
    mutant.change(document)
    return document


def _delete_tasks(project_id):
    """Some mutants store what no list may show."""
    with database.connection_context():
        database.run("delete from tasks where project_id = %s", (project_id,))


async def _close_connection(edge):
    await edge.bridge.threads.run(lambda _: database.close(), None)
