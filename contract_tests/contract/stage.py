"""The stage of planted faults: an organization of its own, and an application that a fault can be put into."""

import asyncio
import threading
from contextlib import ExitStack, contextmanager
from functools import cached_property

import httpx

import spec
from contract_tests import factories
from contract_tests.clients import Client, http_client
from contract_tests.contract.planted import MANY, PRIORITIES, ROLES, Site
from handlers.http import application
from models.base import statements
from models.base.database import database
from models.base.settings import settings
from security import access, viewers


class InProcess(httpx.BaseTransport):
    """Asks an ASGI application without a socket, in an event loop of its own thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.app = None

    def handle_request(self, request):
        request.read()
        return asyncio.run_coroutine_threadsafe(self._ask(request), self.loop).result(30)

    async def _ask(self, request):
        scope = {
            "type": "http",
            "method": request.method,
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("127.0.0.1", 1),
        }
        sent = []

        async def receive():
            return {"type": "http.request", "body": request.content, "more_body": False}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        body = httpx.ByteStream(b"".join(message.get("body", b"") for message in sent))
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], stream=body)

    def unfinished(self, path, *, size, count):
        """The statuses of ``count`` requests whose bodies have ``size`` bytes so far; None for those that wait for more."""
        return asyncio.run_coroutine_threadsafe(self._unfinished(path, size, count), self.loop).result(30)

    async def _unfinished(self, path, size, count):
        gone, tasks, statuses = asyncio.Event(), [], {}

        async def ask(number):
            parts = [{"type": "http.request", "body": b" " * size, "more_body": True}]

            async def receive():
                if parts:
                    return parts.pop()
                await gone.wait()
                return {"type": "http.disconnect"}

            async def send(message):
                statuses.setdefault(number, message.get("status"))

            headers = [(b"content-type", b"application/json"), (b"content-length", b"1048576")]
            scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
            await self.app({**scope, "client": ("192.0.2.1", 1)}, receive, send)

        for number in range(count):
            tasks.append(asyncio.create_task(ask(number)))
            await asyncio.wait(tasks[-1:], timeout=0.2)
        found = [statuses.get(number) for number in range(count)]
        gone.set()
        await asyncio.gather(*tasks)
        return found


class Stage:
    """An organization of its own with people in every role, who can be sent to any application."""

    def __init__(self, base_url, contract):
        self.base_url, self.contract, self.transport = base_url, contract, InProcess()
        self.clean = self.build()
        self.transport.app = self.clean
        self.anonymous = self.client()
        self.people = {role: factories.register(self.anonymous, role) for role in ROLES}
        for role, person in self.people.items():
            setattr(self, role, self.client(person.token, person))
        self.organization_id = factories.organization(self.owner, "Planted")["id"]
        for role in ("admin", "member", "guest"):
            factories.member(self.owner, self.organization_id, self.people[role], role)
        foreign_id = factories.organization(self.stranger, "Foreign")["id"]
        self.foreign_task = factories.task(
            self.stranger, factories.project(self.stranger, foreign_id)["id"], title="CANARY"
        )
        self.many = factories.project(self.owner, self.organization_id)
        for number in range(MANY):  # with many ties
            factories.task(
                self.owner, self.many["id"], title=f"Task {number}", priority=PRIORITIES[number % 3]
            )

    def build(self, document=None):
        """An application with one handler thread."""
        return application.build(document, settings=settings().model_copy(update={"threads": 1}))

    def client(self, token=None, person=None):
        found = Client(self.base_url, self.contract, token, person)
        found.http = http_client(base_url=self.base_url, headers=found.http.headers, transport=self.transport)
        return found

    def newcomer(self):
        """Somebody new, whom nothing is known of."""
        person = factories.register(self.anonymous)
        return self.client(person.token, person)

    def task(self, **fields):
        return factories.task(self.owner, self.project["id"], **fields)

    def events_of(self, task):
        """What happened to a task, the first first."""
        params = {
            "organization_id": self.organization_id,
            "subject_id": task["id"],
            "sort": "sequence",
            "limit": 100,
        }
        return self.owner.get("/events", params=params).json()["items"]

    @cached_property
    def project(self):
        """A project of this probe alone: what a fault stores is not found by the next one."""
        return factories.project(self.owner, self.organization_id)

    @contextmanager
    def planted(self, one):
        """Send everybody to an application with the fault."""
        vars(self).pop("project", None)
        with ExitStack() as undo:
            undo.callback(self._clear, self.project["id"])
            undo.callback(self._forget, self.clean)
            if one.in_contract:
                document = spec.load()
                one.plant(document)
                self.transport.app = self.build(document)
                undo.callback(self._forget, self.transport.app)
            else:
                one.plant(Site(self.clean, undo))
            self._forget(self.clean)
            yield

    def _clear(self, project_id):
        """Delete what a probe made: some faults store what no list may show."""
        with database.connection_context():
            database.run("delete from tasks where project_id = %s", (project_id,))

    def _forget(self, app):
        """Leave nothing of one application to the next: the statements that it wrote, and its connection."""
        statements._kept.clear()
        viewers.needs.cache_clear()
        access.forget()
        asyncio.run_coroutine_threadsafe(_disconnect(app), self.transport.loop).result(10)
        self.transport.app = self.clean if app is not self.clean else self.transport.app


async def _disconnect(app):
    await app.bridge.threads.run(lambda _: database.close(), None)
