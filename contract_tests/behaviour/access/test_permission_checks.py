"""Permission checks: what an organization keeps of the questions to the policy."""

import psycopg2
import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from models.base.database import database

# The next change of an organization is refused for the moment, as by a deadlock; a sequence is not rolled back.
FAIL_ONCE = """
create sequence fail_once;
create function fail_once() returns trigger language plpgsql security definer as $$
begin
    if nextval('fail_once') = 1 then raise serialization_failure; end if;
    return new;
end $$;
create trigger fail_once before update on organizations for each row execute function fail_once();
"""
FAIL_NO_MORE = "drop trigger fail_once on organizations; drop function fail_once(); drop sequence fail_once"


@pytest.fixture
def audited(anonymous):
    """A new organization's owner, a guest of it, and its address."""
    owner = factories.newcomer(anonymous)
    organization = factories.organization(owner)["id"]
    guest = factories.newcomer(anonymous)
    factories.member(owner, organization, guest.person, "guest")
    return owner, guest, f"/organizations/{organization}"


def checks(owner, organization_path, **asked):
    return owner.get(f"{organization_path}/permission-checks", params=asked).json()["items"]


def test_refusals_are_kept_when_the_organization_says_so(audited):
    owner, guest, organization_path = audited
    guest.patch(organization_path, {"name": "Mine"})
    assert checks(owner, organization_path) == []
    owner.patch(organization_path, {"permission_audit": "refusals"})
    refusal = guest.patch(organization_path, {"name": "Mine"}, headers={"Request-Id": "asked-in-vain"})
    assert refusal.status_code == 403
    (check,) = checks(owner, organization_path)
    assert (check["user_id"], check["permission"], check["resource_id"]) == (
        guest.person.id, "organization.update", organization_path.rpartition("/")[2])  # fmt: skip
    assert (check["is_allowed"], check["reason"], check["request_id"]) == (
        False,
        "no reason",
        "asked-in-vain",
    )


def test_all_answers_are_kept_with_their_reasons(audited):
    owner, guest, organization_path = audited
    owner.patch(organization_path, {"permission_audit": "all"})
    guest.get(organization_path)
    (check,) = checks(owner, organization_path, user_id=guest.person.id)
    assert (check["permission"], check["is_allowed"], check["reason"]) == (
        "organization.read",
        True,
        "role:guest",
    )
    guest.patch(organization_path, {"name": "Mine"})
    (check,) = checks(owner, organization_path, is_allowed="false")
    assert check["permission"] == "organization.update"


def test_a_check_of_a_write_that_was_undone_is_kept(audited):
    owner, _, organization_path = audited
    owner.patch(organization_path, {"permission_audit": "all"})
    owner.patch(organization_path, {"name": "Tried"}, params={"validate_only": "true"})
    assert [
        check["permission"] for check in checks(owner, organization_path, permission="organization.update")
    ] == ["organization.update"]


def test_only_owners_read_the_checks(audited):
    _, guest, organization_path = audited
    assert refused(guest.get(f"{organization_path}/permission-checks")) == (403, "permission_denied")


def test_a_write_that_is_tried_again_leaves_its_checks_once(audited):
    owner, _, organization_path = audited
    owner.patch(organization_path, {"permission_audit": "all"})
    with database.connection_context():
        database.execute_sql(FAIL_ONCE)
    try:
        assert owner.patch(organization_path, {"name": "Retried"}).status_code == 200
        with database.connection_context():
            assert database.rows("select last_value from fail_once") == [(2,)]
    finally:
        with database.connection_context():
            database.execute_sql(FAIL_NO_MORE)
    assert len(checks(owner, organization_path, permission="organization.update")) == 1


def test_there_is_no_change_without_its_checks_and_a_reading_is_answered(audited, database_url):
    owner, _, organization_path = audited
    owner.patch(organization_path, {"permission_audit": "all"})
    with psycopg2.connect(database_url) as blocking:
        blocking.cursor().execute("lock table permission_checks in exclusive mode")
        assert refused(owner.patch(organization_path, {"name": "Changed"})) == (503, "unavailable")
        assert owner.get(organization_path).json()["name"] == "An organization"
        blocking.rollback()
    blocking.close()
    assert owner.patch(organization_path, {"name": "Changed"}).status_code == 200


def test_a_replay_is_audited_as_the_request_was(audited):
    owner, _, organization_path = audited
    owner.patch(organization_path, {"permission_audit": "all"})
    for _ in range(2):
        owner.patch(
            organization_path, {"name": "Once"}, headers={"Idempotency-Key": f"once-{organization_path}"}
        )
    assert len(checks(owner, organization_path, permission="organization.update")) == 2
