"""Manipulations of the security log by SQL alone, that leave a chain which is whole in itself: all are found."""

import pytest

from contract_tests.support import factories
from contract_tests.support.tampering import blank, set_back, wipe
from models.base import anchors, hash_chain
from models.base.database import database
from models.base.unit_of_work import UnitOfWork
from models.platform.security_log import SecurityEntry
from models.platform.security_verification import verify


@pytest.fixture
def person(anonymous):
    """Somebody with five entries."""
    client = factories.newcomer(anonymous)
    for _ in range(3):
        factories.log_in(anonymous, client.person)
    return client


@pytest.fixture
def founder(anonymous):
    """Somebody who owns an organization."""
    return factories.founder(anonymous)


def verified(client, **params):
    return client.get("/security-log/verification", params=params).json()


def fault(client, **params):
    verification = verified(client, **params)
    return verification["is_intact"], verification["first_broken_sequence"], verification["fault"]


def test_a_log_that_was_set_back_is_found(person, anonymous):
    with set_back(person.person.id):
        factories.log_in(anonymous, person.person)
    assert fault(person) == (False, 6, "set_back")


def test_a_log_that_was_set_back_stays_found_however_long_it_goes_on(person, anonymous):
    with set_back(person.person.id):
        for _ in range(2):
            factories.log_in(anonymous, person.person)
    faults = []
    for _ in range(4):
        factories.log_in(anonymous, person.person)
        faults.append(fault(person))
    assert faults == [(False, 7, "set_back")] * 4


def test_a_log_that_was_wiped_is_found(person):
    wipe(person.person.id)
    assert fault(person) == (False, 1, "set_back")


def test_a_log_that_was_wiped_stays_found_when_it_goes_on(person, anonymous):
    wipe(person.person.id)
    for _ in range(6):
        factories.log_in(anonymous, person.person)
    assert fault(person) == (False, 1, "missing")


def test_a_log_without_an_entry_is_found_without_its_anchor(person, founder):
    """As on a machine that has the database and not the files beside it."""
    for client, chain, params in (
        (person, person.person.id, {}),
        (founder, founder.organization_id, {"organization_id": founder.organization_id}),
    ):
        wipe(chain)
        anchors.forget(chain)
        assert fault(client, **params) == (False, 1, "missing")


def test_a_log_that_began_again_is_found_without_its_anchor(person, founder, anonymous):
    """The first entry tells of the registration, or of the creation of the organization."""
    wipe(person.person.id)
    anchors.forget(person.person.id)
    factories.log_in(anonymous, person.person)
    assert fault(person) == (False, 1, "missing")
    wipe(founder.organization_id)
    anchors.forget(founder.organization_id)
    factories.log_in(anonymous, founder.person)
    assert fault(founder, organization_id=founder.organization_id) == (False, 1, "missing")


def test_an_entry_that_was_blanked_is_found(person, anonymous):
    for columns in ({}, {"erasure": "erased"}, {"erasure": "0" * 64}):
        client = factories.newcomer(anonymous)
        blank(client.person.id, 2, **columns)
        factories.log_in(anonymous, client.person)
        assert fault(client) == (False, 2, "changed")


def test_the_mark_of_another_entry_does_not_make_blanking_an_erasure(person):
    sql = "select id::text, hash from security_entries where chain_id = %s order by sequence"
    with database.connection_context():
        entries = database.rows(sql, (person.person.id,))
    blank(person.person.id, 2, erasure=hash_chain.erasure_mark(*entries[2]))
    assert fault(person) == (False, 2, "changed")


def test_what_was_erased_is_intact(person, anonymous):
    with database.connection_context():
        assert SecurityEntry.erase_personal(person.person.id) == 5
    factories.log_in(anonymous, person.person)
    verification = verified(person)
    assert (verification["is_intact"], verification["entries_checked"], verification["entries_erased"]) == (
        True,
        6,
        5,
    )


def test_an_organization_is_protected_as_an_account_is(founder, anonymous):
    organization_id = founder.organization_id
    with set_back(organization_id):
        factories.log_in(anonymous, founder.person)
    factories.log_in(anonymous, founder.person)
    assert verified(founder, organization_id=organization_id)["fault"] == "set_back"


def test_a_write_that_is_undone_moves_no_anchor(person):
    """A transaction that fails after its entries were written is no loss of entries."""
    before = anchors.of(person.person.id)
    with (
        pytest.raises(RuntimeError),
        database.connection_context(),
        UnitOfWork(actor_id=person.person.id) as work,
        database.transaction(),
    ):
        SecurityEntry.note("session.ended", user_id=person.person.id)
        work.store_events()
        raise RuntimeError
    assert anchors.of(person.person.id) == before
    assert verified(person)["is_intact"]


def test_the_log_of_a_release_before_is_intact_also_where_it_was_erased(person, monkeypatch, anonymous):
    """Its hashes and its erasures had no marks, and its chains no anchors."""
    id = person.person.id
    wipe(id)
    anchors.forget(id)
    monkeypatch.setattr(hash_chain.entry_hash, "__defaults__", (hash_chain.FIRST_VERSION,))
    with database.connection_context(), UnitOfWork() as work, database.transaction():
        for kind in ("user.registered", "session.started", "session.ended"):
            SecurityEntry.note(kind, user_id=id, address="10.1.1.1")
        work.store_events()
    monkeypatch.undo()
    blank(id, 2)
    anchors.forget(id)
    verification = verified(person)
    assert (verification["is_intact"], verification["entries_checked"], verification["entries_erased"]) == (
        True,
        3,
        1,
    )
    factories.log_in(anonymous, person.person)
    assert verified(person)["is_intact"]
    assert anchors.of(id).sequence == 4


def test_a_part_of_a_log_that_was_set_back_is_found_at_its_end(person, anonymous):
    with set_back(person.person.id):
        factories.log_in(anonymous, person.person)
    with database.connection_context():
        first = verify(person.person.id, 0, most=2)
    assert (first.fault, first.next_after, first.end_matches) == (None, 2, False)
    assert fault(person, after=2) == (False, 6, "set_back")


def test_a_login_succeeds_where_its_anchor_cannot_be_written(person, anonymous, monkeypatch, tmp_path):
    """A disk that is full takes back nothing that was committed; the next anchor covers what was not anchored."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    id, path = person.person.id, anchors._path
    monkeypatch.setattr(
        anchors, "_path", lambda chain_id: blocked / "below" if chain_id == id else path(chain_id)
    )
    factories.log_in(anonymous, person.person)
    monkeypatch.undo()
    assert anchors.of(id).sequence == 5
    factories.log_in(anonymous, person.person)
    assert anchors.of(id).sequence == 7
    assert verified(person)["is_intact"]
