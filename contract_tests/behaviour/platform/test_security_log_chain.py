"""The chain of the security log: whatever is changed in the database, the verification names it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract_tests.support import factories
from models.base.database import database
from models.platform.security_log import SecurityEntry
from models.platform.security_verification import verify


@pytest.fixture
def person(anonymous):
    """Somebody with eight entries."""
    client = factories.newcomer(anonymous)
    for _ in range(6):
        factories.log_in(anonymous, client.person)
    return client


def tamper(client, *statements):
    """Run statements with ``{log}`` for the entries of the chain and ``:chain`` for its id."""
    with database.connection_context(), database.atomic():
        for sql in statements:
            text = sql.replace(":chain", f"'{client.person.id}'").replace("{log}", "security_entries")
            assert database.run(text) > 0, text


def verified(client, **params):
    return client.get("/security-log/verification", params=params).json()


def test_a_chain_that_nobody_touched_is_intact(person):
    verification = verified(person)
    newest = person.get("/security-log", params={"limit": 1}).json()["items"][0]
    assert verification == {
        "is_intact": True, "entries_checked": 8, "entries_erased": 0, "first_broken_sequence": None, "fault": None,
        "last_sequence": 8, "last_hash": newest["hash"], "end_matches": True, "next_after": None,
    }  # fmt: skip


CHANGES = {
    "kind": "'session.ended'", "outcome": "'failure'", "occurred_at": "occurred_at + interval '1 second'",
    "organization_id": "id", "user_id": "id", "actor_id": "null", "request_id": "'another'", "id": "gen_random_uuid()",
    "commitment": "repeat('0', 64)", "hash": "repeat('0', 64)", "salt": "'another'",
    "personal": """personal || '{"address": "10.0.0.1"}'""",
}  # fmt: skip


@pytest.mark.parametrize("column", CHANGES)
def test_an_entry_that_was_changed_is_named(person, column):
    tamper(
        person, f"update {{log}} set {column} = {CHANGES[column]} where chain_id = :chain and sequence = 4"
    )
    verification = verified(person)
    assert (verification["is_intact"], verification["first_broken_sequence"], verification["fault"]) == (
        False,
        4,
        "changed",
    )
    assert (verification["entries_checked"], verification["next_after"]) == (3, None)


def test_every_column_is_covered():
    columns = {field.column_name for field in SecurityEntry._meta.sorted_fields}
    assert columns == CHANGES.keys() | {"chain_id", "sequence", "erasure"}  # what these do is seen elsewhere


MOVED = (
    "update {log} set sequence = sequence + %s where chain_id = :chain and sequence > 4 and sequence < 100"
)
COPY = """insert into {log} select gen_random_uuid(), chain_id, %s, kind, outcome, occurred_at, organization_id, user_id,
    actor_id, request_id, personal, salt, commitment, hash from {log} where chain_id = :chain and sequence = 2"""
TAMPERINGS = {
    "deleted": (["delete from {log} where chain_id = :chain and sequence = 4"], 4, "missing"),
    "the first deleted": (["delete from {log} where chain_id = :chain and sequence = 1"], 1, "missing"),
    "deleted and closed up": (
        [
            "delete from {log} where chain_id = :chain and sequence = 4",
            MOVED.replace("%s", "1000"),
            "update {log} set sequence = sequence - 1001 where chain_id = :chain and sequence > 100",
            "update security_chains set last_sequence = 7 where id = :chain",
        ],
        4,
        "changed",
    ),
    "inserted": (
        [
            MOVED.replace("%s", "1000"),
            "update {log} set sequence = sequence - 999 where chain_id = :chain and sequence > 100",
            COPY.replace("%s", "5"),
            "update security_chains set last_sequence = 9 where id = :chain",
        ],
        5,
        "changed",
    ),
    "inserted before the first": ([COPY.replace("%s", "0")], 0, "added"),
    "added at the end": ([COPY.replace("%s", "9")], 9, "changed"),
    "reordered": (
        [
            "update {log} set sequence = 1000 where chain_id = :chain and sequence = 4",
            "update {log} set sequence = 4 where chain_id = :chain and sequence = 5",
            "update {log} set sequence = 5 where chain_id = :chain and sequence = 1000",
        ],
        4,
        "changed",
    ),
    "cut off": (["delete from {log} where chain_id = :chain and sequence > 6"], 7, "missing"),
    "cut off, with its end set back": (
        [
            "delete from {log} where chain_id = :chain and sequence > 6",
            "update security_chains set last_sequence = 6 where id = :chain",
        ],
        6,
        "end_changed",
    ),
    "cut off, with an end that is made of the last hash": (
        [
            "delete from {log} where chain_id = :chain and sequence > 6",
            """update security_chains set last_sequence = 6, seal = (
                select hash from {log} where chain_id = :chain and sequence = 6) where id = :chain""",
        ],
        6,
        "end_changed",
    ),
    "all deleted": (["delete from {log} where chain_id = :chain"], 1, "missing"),
    "without an end": (["delete from security_chains where id = :chain"], 1, "added"),
    "moved to another chain": (
        ["update {log} set chain_id = gen_random_uuid() where chain_id = :chain and sequence = 8"],
        8,
        "missing",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_the_chain_tells_where_it_is_broken(person, name):
    statements, sequence, fault = TAMPERINGS[name]
    tamper(person, *statements)
    verification = verified(person)
    assert (verification["is_intact"], verification["first_broken_sequence"], verification["fault"]) == (
        False,
        sequence,
        fault,
    )


def test_an_entry_of_another_chain_does_not_fit(person, anonymous):
    other = factories.newcomer(anonymous)
    tamper(
        person,
        "delete from {log} where chain_id = :chain and sequence = 1",
        f"update {{log}} set chain_id = :chain where chain_id = '{other.person.id}' and sequence = 1",
    )
    verification = verified(person)
    assert (verification["first_broken_sequence"], verification["fault"]) == (1, "changed")


def test_what_was_cut_off_stays_found_when_the_log_goes_on(person, anonymous):
    tamper(person, *TAMPERINGS["cut off, with its end set back"][0])
    factories.log_in(anonymous, person.person)
    verification = verified(person)
    assert (verification["is_intact"], verification["first_broken_sequence"], verification["fault"]) == (
        False,
        7,
        "changed",
    )


def test_erasing_half_of_what_is_personal_is_found(person):
    tamper(person, "update {log} set salt = null where chain_id = :chain and sequence = 3")
    verification = verified(person)
    assert (verification["first_broken_sequence"], verification["fault"]) == (3, "changed")


def test_a_long_chain_is_verified_in_parts(person):
    with database.connection_context():
        parts, after = [], 0
        while after is not None:
            parts.append(verify(person.person.id, after, most=3))
            after = parts[-1].next_after
    assert [(part.entries_checked, part.next_after) for part in parts] == [(3, 3), (3, 6), (2, None)]
    assert all(part.is_intact for part in parts)
    assert verified(person, after=5)["entries_checked"] == 3
    assert verified(person, after=8)["is_intact"]
    assert verified(person, after=2**62)["entries_checked"] == 0


def test_a_part_begins_with_an_entry_that_is_there(person):
    tamper(person, "delete from {log} where chain_id = :chain and sequence = 5")
    verification = verified(person, after=5)
    assert (verification["is_intact"], verification["first_broken_sequence"], verification["fault"]) == (
        False,
        5,
        "missing",
    )


def test_many_who_log_in_at_once_leave_a_chain_without_gaps(anonymous):
    """Four people of two organizations: each login is told in three chains, whose ends are locked in one order."""
    people = [factories.newcomer(anonymous) for _ in range(4)]
    organizations = [factories.organization(people[index])["id"] for index in range(2)]
    for index, organization in enumerate(organizations):
        for other in people:
            if other is not people[index]:
                factories.member(people[index], organization, other.person, "member")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: factories.log_in(anonymous, people[n % 4].person), range(48)))
    for index, organization in enumerate(organizations):
        verification = verified(people[index], organization_id=organization)
        assert verification["is_intact"], verification
        params = {"organization_id": organization, "kind": "session.started"}
        assert len(people[index].everything("/security-log", limit=100, **params)) >= 48
    for person in people:
        verification = verified(person)
        assert (verification["is_intact"], verification["last_sequence"]) == (True, 2 + 12)
