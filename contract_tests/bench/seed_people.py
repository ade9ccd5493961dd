"""The people of a benchmark's organization: their keys, memberships, teams and grants."""

import datetime
import hashlib

from contract_tests.bench.copying import identity

PEOPLE = 50
EPOCH = datetime.datetime(2025, 6, 1, tzinfo=datetime.UTC)
TOKEN = "remit_" + "bench" * 8 + "key"
GRANTED_TOKEN = "remit_" + "grant" * 8 + "key"  # of the last person, who has nothing but what is granted
TEAMS, GRANTS = 10, 50
RATE_CLASS = "default"


def people(cursor, fill, seeder):
    """Fifty people: one owns the organization, and all but the last are members of it."""
    organization, users, chance = seeder.organization, seeder.users, seeder.chance
    rows = (
        (each, f"person{n}@bench.example", f"Person {n}", "!", "UTC", "en", RATE_CLASS, EPOCH)
        for n, each in enumerate(users)
    )
    fill(
        "users",
        ["email", "name", "password_hash", "time_zone", "locale", "rate_class", "verified_at"],
        rows,
    )
    scopes = "{tasks:read,tasks:write,projects:read}"
    keys = [
        (
            identity(chance, EPOCH),
            user,
            "bench",
            token[:12],
            hashlib.sha256(token.encode()).hexdigest(),
            scopes,
        )
        for user, token in ((users[0], TOKEN), (users[-1], GRANTED_TOKEN))
    ]
    fill("api_keys", ["user_id", "name", "prefix", "digest", "scopes"], keys)
    roles = ("owner", *["member"] * (PEOPLE - 2), "collaborator")
    members = ((identity(chance, EPOCH), organization, *each) for each in zip(users, roles, strict=True))
    fill("members", ["organization_id", "user_id", "role"], members)
    cursor.execute("UPDATE users SET places = ARRAY[%s::uuid]", [organization])  # as the trigger would


def grants(fill, seeder):
    """The last person is in ten teams, and has fifty grants: on each project, through teams and in person."""
    organization, granted, chance = seeder.organization, seeder.users[-1], seeder.chance
    teams = [identity(chance, EPOCH) for _ in range(TEAMS)]
    fill(
        "teams",
        ["organization_id", "name"],
        ((each, organization, f"Team {n}") for n, each in enumerate(teams)),
    )
    people = ((identity(chance, EPOCH), organization, each, granted, "member") for each in teams)
    fill("team_members", ["organization_id", "team_id", "user_id", "role"], people)
    places: list[tuple] = [
        (team, None, project) for team in teams for project in seeder.projects[teams.index(team) % 5 :: 5]
    ]
    places += [(None, granted, project) for project in seeder.projects]
    rows = (
        (identity(chance, EPOCH), organization, user, team, "guest" if team else "member", "project", project,
         False, False, "{}", seeder.users[0])
        for team, user, project in places[-GRANTS:]
    )  # fmt: skip
    columns = [
        "organization_id",
        "user_id",
        "team_id",
        "role",
        "resource_type",
        "resource_id",
        "own_only",
        "while_active",
        "address_ranges",
    ]
    fill("grants", [*columns, "created_by_id"], rows)
