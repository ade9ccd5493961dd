"""The demonstration: two believable organizations, with people in every role, what they are granted, and months of work."""

import random
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

import spec
from models.access.grants import Grant
from models.access.members import Member
from models.access.organizations import Organization
from models.access.roles import Role
from models.access.teams import Team, TeamMember
from models.base.database import database
from models.base.secret import digest
from models.base.unit_of_work import UnitOfWork
from models.identity.api_keys import ApiKey
from models.identity.users import User
from models.platform.events import Event
from models.platform.security_log import SecurityEntry
from models.services import notification_feeds
from models.services.document_templates import DocumentTemplate
from models.work.projects import Project
from models.work.tasks import Task
from scripts.demo_data import ORGANIZATIONS, VERBS, WHY, WORKING
from security import passwords
from security.tokens import api_key_secret

Represent = Callable[..., dict[str, Any] | None]  # what events keep of a row
DAYS = 120
TOLD_EVENTS = 40  # of each organization, which people are notified of
SCOPES = sorted(spec.load()["x-scopes"])  # the key may be used for everything


def has_users() -> bool:
    """Whether somebody is registered."""
    return User.select(User.id).exists()


def seed(represent: Represent, say: Callable[[str], None] = print) -> tuple[list[dict[str, str]], str | None]:
    """Store the demonstration; its people as ``[{email, password, role, organization}]`` and the API key of an owner.

    ``represent`` projects rows for the events.  One transaction: all of it or nothing.
    """
    chance = random.Random(2026)  # the same work each time
    people: list[dict[str, str]] = []
    api_key: str | None = None
    with database.atomic():
        start = database.rows("select now() - %s * interval '1 day'", (DAYS,))[0][0]
        for name, described in ORGANIZATIONS.items():
            say(f"  {name}: {sum(project[2] for project in described['projects'].values())} tasks")
            accounts, users = _organization(name, described, start, represent)
            people += accounts
            if api_key is None:
                api_key = api_key_secret()
                _as(users[0], start, represent, ApiKey.issue,
                    users[0], name="Demonstration", prefix=api_key[:12], digest=digest(api_key), scopes=SCOPES)  # fmt: skip
            organization = Organization.get(Organization.name == name)
            workers = [
                user for user, (role, _) in zip(users, described["people"], strict=True) if role in WORKING
            ]
            for key, project in described["projects"].items():
                _project(organization, key, project, workers, start, chance, represent)
            _access(organization, described, users, start, represent)
            # A worker tells people of the newest events, and of nothing that was long ago.
            newest = Event.select(fn.max(Event.sequence)).where(Event.stream_id == organization.id).scalar()
            notification_feeds.advance(organization.id, newest - TOLD_EVENTS)
    return people, api_key


def _as(
    user: User | None,
    moment: datetime,
    represent: Represent,
    act: Callable[..., Any],
    *arguments: Any,
    **named: Any,
) -> Any:
    """Call ``act(*arguments, **named)`` in the unit of work of ``user``, or of nobody, at ``moment``."""
    with UnitOfWork(actor_id=user and user.id, request_id="demo", represent=represent, now=moment) as work:
        result = act(*arguments, **named)
        work.store_events()
    return result


def _organization(
    name: str, described: dict[str, Any], start: datetime, represent: Represent
) -> tuple[list[dict[str, str]], list[User]]:
    password = secrets.token_urlsafe(9) + "aA1"
    password_hash = passwords.hashed(password)
    people, users = [], []
    for role, person in described["people"]:
        email = f"{person.split()[0].lower().replace('á', 'a')}@{described['domain']}"
        users.append(_as(None, start, represent, _register,
            email, name=person, password_hash=password_hash, rate_class="demo", verified_at=start))  # fmt: skip
        people.append({"email": email, "password": password, "role": role, "organization": name})

    def establish() -> None:
        organization = Organization.establish(name=name, description=described["about"])
        for user, (role, _) in zip(users, described["people"], strict=True):
            Member.enrol(organization, user, role)

    _as(users[0], start, represent, establish)
    return people, users


def _register(email: str, **fields: Any) -> User:
    user = User.add("user.registered", email=email.lower(), **fields)
    SecurityEntry.note("user.registered", user_id=user.id)
    return user


def _access(
    organization: Organization,
    described: dict[str, Any],
    users: list[User],
    start: datetime,
    represent: Represent,
) -> None:
    """Teams, roles of the organization's own making, and what is granted."""

    def arrange() -> None:
        people = {user.name: user for user in users}
        roles = {
            key: Role.define(
                organization.id, permissions, key=key, name=name, description=about, includes=includes
            )
            for key, (name, about, includes, permissions) in described.get("roles", {}).items()
        }
        DocumentTemplate.create_in(organization, name="Reports", locale="en_gb", paper="a4", accent_color="#0b5cad",
            header_text=organization.name, footer_text="Internal", sections=["key_figures", "text", "chart", "table"],
            is_default=True)  # fmt: skip
        teams = {}
        for name, (about, members) in described.get("teams", {}).items():
            teams[name] = Team.form(organization.id, name=name, description=about)
            for index, member in enumerate(members):
                TeamMember.join(teams[name], people[member].id, "member" if index else "maintainer")
        for holder, role, key, conditions in described.get("grants", ()):
            to = {"team": teams[holder].id} if holder in teams else {"user": people[holder].id}
            project = Project.get(Project.organization == organization, Project.key == key)
            Grant.give(
                organization.id,
                role,
                roles.get(role),
                resource_type=project.noun(),
                resource_id=project.id,
                created_by=users[0].id,
                **to,
                **conditions,
            )

    _as(users[0], start + timedelta(days=1), represent, arrange)


def _project(
    organization: Organization,
    key: str,
    described: tuple[str, str, int, list[str]],
    workers: list[User],
    start: datetime,
    chance: random.Random,
    represent: Represent,
) -> None:
    name, about, count, things = described
    project = _as(workers[0], start, represent, Project.open,
        organization, key, name=name, description=about, created_by=workers[0])  # fmt: skip
    titles = [f"{verb} the {thing}" for verb in VERBS for thing in things]
    chance.shuffle(titles)
    for number in range(count):
        again = f" ({number // len(titles) + 1})" if number >= len(titles) else ""
        moment = start + timedelta(days=DAYS * number / count)
        _task(
            project,
            titles[number % len(titles)] + again,
            workers,
            moment,
            start + timedelta(days=DAYS),
            chance,
            represent,
        )
    if key == "OLD":
        _as(
            workers[1], start + timedelta(days=DAYS - 1), represent, lambda: project.change(status="archived")
        )


def _task(
    project: Project,
    title: str,
    workers: list[User],
    moment: datetime,
    end: datetime,
    chance: random.Random,
    represent: Represent,
) -> None:
    maker, doer = chance.choice(workers), chance.choice(workers)
    due = (moment + timedelta(days=chance.randint(3, 40))).date() if chance.random() < 0.7 else None
    fields = {
        "title": title,
        "description": chance.choice(WHY),
        "status": "todo",
        "priority": chance.choice(["none", "low", "medium", "medium", "high", "urgent"]),
        "due_on": due,
        "assignee_ids": [doer.id] if chance.random() < 0.8 else [],
    }
    task = _as(maker, moment, represent, Task.create_in, project, created_by=maker.id, **fields)
    steps = chance.choice([[], ["in_progress"], ["in_progress", "in_review"], ["in_progress", "in_review", "done"], ["cancelled"],
                           ["in_progress", "done"], ["in_progress", "in_review", "done"]])  # fmt: skip
    for step in steps:
        moment += timedelta(hours=chance.randint(2, 90))
        if moment < end:
            _as(doer, moment, represent, task.change, status=step)
