"""Permission checks: what an organization keeps of the questions to the policy."""

import pytest

from contract_tests import factories
from contract_tests.clients import refused


@pytest.fixture
def audited(anonymous):
    """A new organization's owner, a guest of it, and its address."""
    owner = factories.newcomer(anonymous)
    organization = factories.organization(owner)["id"]
    guest = factories.newcomer(anonymous)
    factories.member(owner, organization, guest.person, "guest")
    return owner, guest, f"/organizations/{organization}"


def checks(owner, place, **asked):
    return owner.get(f"{place}/permission-checks", params=asked).json()["items"]


def test_refusals_are_kept_when_the_organization_says_so(audited):
    owner, guest, place = audited
    guest.patch(place, {"name": "Mine"})
    assert checks(owner, place) == []
    owner.patch(place, {"permission_audit": "refusals"})
    refusal = guest.patch(place, {"name": "Mine"}, headers={"Request-Id": "asked-in-vain"})
    assert refusal.status_code == 403
    (check,) = checks(owner, place)
    assert (check["user_id"], check["permission"], check["subject_id"]) == (
        guest.person.id, "organization.update", place.rpartition("/")[2])  # fmt: skip
    assert (check["is_allowed"], check["reason"], check["request_id"]) == (
        False,
        "no reason",
        "asked-in-vain",
    )


def test_all_answers_are_kept_with_their_reasons(audited):
    owner, guest, place = audited
    owner.patch(place, {"permission_audit": "all"})
    guest.get(place)
    (check,) = checks(owner, place, user_id=guest.person.id)
    assert (check["permission"], check["is_allowed"], check["reason"]) == (
        "organization.read",
        True,
        "role:guest",
    )
    guest.patch(place, {"name": "Mine"})
    (check,) = checks(owner, place, is_allowed="false")
    assert check["permission"] == "organization.update"


def test_a_check_of_a_write_that_was_undone_is_kept(audited):
    owner, _, place = audited
    owner.patch(place, {"permission_audit": "all"})
    owner.patch(place, {"name": "Tried"}, params={"validate_only": "true"})
    assert [one["permission"] for one in checks(owner, place, permission="organization.update")] == [
        "organization.update"
    ]


def test_only_owners_read_the_checks(audited):
    _, guest, place = audited
    assert refused(guest.get(f"{place}/permission-checks")) == (403, "permission_denied")
