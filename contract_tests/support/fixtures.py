"""A portfolio of tasks whose answers to every question can be computed beside it, and a founder of something new."""

import itertools
from datetime import date, timedelta

import pytest

from contract_tests.support import authenticators, factories, visitor
from contract_tests.support.programs import Program, service_account
from models.base.database import database

STATUSES = ("todo", "in_progress", "in_review", "done", "cancelled")
PRIORITIES = ("none", "low", "medium", "high", "urgent")
FIRST_DUE = date(2026, 3, 1)


class Portfolio:
    """Three projects of a new organization, three people, and 36 tasks of every kind.

    ``tasks`` are as the API tells them; ``elsewhere`` are those of another organization of the same person.
    """

    def __init__(self, anonymous):
        self.client = factories.newcomer(anonymous, name="Ada")
        self.organization_id = factories.organization(self.client, "Portfolio")["id"]
        others = [factories.register(anonymous, name=name) for name in ("Bea", "Cem")]
        for person in others:
            factories.member(self.client, self.organization_id, person, "member")
        self.people = [self.client.person.id, *(person.id for person in others)]
        self.projects = [factories.project(self.client, self.organization_id)["id"] for _ in range(3)]
        subsets = [
            list(itertools.compress(self.people, bits)) for bits in itertools.product((0, 1), repeat=3)
        ]
        made = [
            factories.task(
                self.client,
                self.projects[number % 3],
                title=f"Task {number:02}",
                status=STATUSES[number * 3 % 5],
                priority=PRIORITIES[number * 7 % 5],
                due_on=None if number % 4 == 0 else str(FIRST_DUE + timedelta(number % 9)),
                assignee_ids=subsets[number % 8],
            )
            for number in range(36)
        ]
        for task in made[::5]:
            self.client.patch(f"/tasks/{task['id']}", {"description": "Changed later"})
        self.tasks = [self.client.get(f"/tasks/{task['id']}").json() for task in made]
        elsewhere = factories.project(self.client, factories.organization(self.client, "Elsewhere")["id"])
        self.elsewhere = [
            factories.task(
                self.client, elsewhere["id"], title=f"Task {number}", due_on="2026-03-04", priority="low"
            )
            for number in range(36, 40)
        ]

    def ask(self, **params):
        """What the list answers to these filters, whole."""
        return self.client.everything("/tasks", organization_id=self.organization_id, **params)

    def numbers(self, **params):
        """The numbers, in titles, of the tasks that the list answers, in its order."""
        return [task["title"][-2:] for task in self.ask(**params)]


@pytest.fixture(scope="session")
def portfolio(anonymous):
    return Portfolio(anonymous)


@pytest.fixture
def founder(anonymous):
    """Somebody with an organization and a project of their own."""
    client = factories.founder(anonymous)
    client.project = factories.project(client, client.organization_id)
    client.events = lambda **params: client.everything(
        "/events", organization_id=client.organization_id, **params
    )
    return client


@pytest.fixture(scope="module")
def founded(anonymous):
    """An organization, whose programs are made by its owner."""
    return factories.founder(anonymous)


@pytest.fixture(scope="module")
def program(founded):
    """A program of that organization, which signs its requests."""
    return Program(founded, service_account(founded, founded.organization_id))


@pytest.fixture
def app(owner, organization):
    """A new confidential app of the organization, which may ask people for a few scopes."""
    return visitor.App(owner, organization)


@pytest.fixture
def person_at_a_browser(anonymous, contract):
    """Somebody new, with whose browser nobody has logged in yet."""
    person = factories.register(anonymous)
    return visitor.Visitor(str(anonymous.http.base_url), contract, person)


@pytest.fixture
def security_log():
    """The kinds and outcomes of the security log that concern an account or an organization, the latest last."""

    def kinds(chain_id, after=0):
        sql = "select kind, outcome from security_entries where chain_id = %s and sequence > %s order by sequence"
        with database.connection_context():
            return database.rows(sql, (chain_id, after))

    return kinds


@pytest.fixture
def secured(anonymous):
    """Somebody who has two-factor authentication on, with its secret and its recovery codes."""
    client, path = factories.newcomer(anonymous), "/users/me/two-factor"
    client.secret = client.post(path, {"password": factories.PASSWORD}).json()["shared_secret"]
    code = authenticators.code(client.secret)
    confirmed = client.put(f"{path}/confirmation", json={"one_time_code": code})
    client.recovery_codes = confirmed.json()["recovery_codes"]
    authenticators.forget_last_use(client.person.id)
    return client
