"""More organizations: each with one owner, who has an API key, and one project."""

import contextlib
import hashlib
import random
from typing import NamedTuple

import psycopg2

from contract_tests.bench.copying import copy, identity, line
from contract_tests.bench.seed_people import EPOCH, RATE_CLASS

NUMBERS = (
    "INSERT INTO task_numbers (project_id, organization_id, last_number, is_open) VALUES (%s, %s, 0, true)"
)


class Tenant(NamedTuple):
    """The API key of an organization's owner, and the project."""

    token: str
    project_id: str


def add(url: str, organizations: int) -> list[Tenant]:
    """Add that many organizations to a database, once."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        return [tenant(cursor, number) for number in range(organizations)]


def tenant(cursor, number: int) -> Tenant:
    chance = random.Random(f"tenant {number}")
    organization, user, project = (identity(chance, EPOCH) for _ in range(3))
    token = "remit_" + f"tenant{number}".ljust(43, "x")

    def insert(table, **values):
        values = {
            "id": identity(chance, EPOCH),
            "version": 1,
            "created_at": EPOCH,
            "updated_at": EPOCH,
        } | values
        copy(cursor, table, list(values), iter([line(*values.values())]))

    insert("organizations", id=organization, name=f"Tenant {number}")
    insert(
        "users", id=user, email=f"owner{number}@tenants.example", name=f"Owner {number}", password_hash="!",
        time_zone="UTC", locale="en", rate_class=RATE_CLASS, verified_at=EPOCH,
    )  # fmt: skip
    insert("members", organization_id=organization, user_id=user, role="owner")
    insert(
        "api_keys", user_id=user, name="bench", prefix=token[:12],
        digest=hashlib.sha256(token.encode()).hexdigest(), scopes="{tasks:read,tasks:write,projects:read}",
    )  # fmt: skip
    insert(
        "projects", id=project, organization_id=organization, key="TENANT", name="Project", status="active",
        created_by_id=user,
    )  # fmt: skip
    cursor.execute(NUMBERS, [project, organization])
    return Tenant(token, project)
