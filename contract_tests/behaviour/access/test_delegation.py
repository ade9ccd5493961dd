"""Delegation: what somebody grants to others is no more than they have, and ends when theirs ends."""

import pytest

from contract_tests.contract.delegation_scene import soon
from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.company import Company, on
from contract_tests.support.delegating import grant, guest_of
from contract_tests.support.operations import scopes_of_reads


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


@pytest.fixture
def guest(company, anonymous):
    return guest_of(company, anonymous)


def test_who_holds_a_grant_under_conditions_does_not_loosen_them(company, guest):
    held = ("grant.read", "grant.update", "task.update")
    grant_path = grant(company, guest, *held, expires_at=soon(), address_ranges=["127.0.0.0/8"])
    before = company.owner.get(grant_path).json()
    for looser in ({"expires_at": None}, {"expires_at": "2999-01-01T00:00:00Z"}, {"address_ranges": []},
                   {"address_ranges": ["0.0.0.0/0"]}, {"expires_at": None, "address_ranges": ["127.0.0.0/16"]},
                   {"address_ranges": ["127.0.0.0/8", "::/0"]}):  # fmt: skip
        code = "expiry_beyond_own" if "expires_at" in looser else "conditions_beyond_own"
        assert refused(guest.patch(grant_path, looser)) == (409, code)
    assert company.owner.get(grant_path).json() == before
    stricter = guest.patch(
        grant_path, {"address_ranges": ["127.0.0.0/16"], "own_only": False, "while_active": False}
    )
    assert stricter.json()["address_ranges"] == ["127.0.0.0/16"]


def test_conditions_of_two_grants_are_not_traded_for_each_other(company, guest):
    """Held until then from anywhere, and from there for ever, is not held from anywhere for ever."""
    role = company.role("task.update")["key"]
    body = {"role": role, "expires_at": soon()}
    grant_path = company.owner.post(f"/members/{company.membership}/grants", body).headers["Location"]
    grant(company, guest, "grant.read", "grant.update")
    grant(company, guest, "task.update", address_ranges=["127.0.0.0/8"])
    assert refused(guest.patch(grant_path, {"expires_at": None})) == (409, "conditions_beyond_own")
    both = {"expires_at": None, "address_ranges": ["127.0.0.0/8"]}
    assert guest.patch(grant_path, both).status_code == 200


def test_what_is_granted_by_a_grant_has_its_conditions(company, guest, anonymous):
    ends = soon()
    grant(company, guest, "grant.create", "member.read", address_ranges=["127.0.0.0/8", "192.0.2.0/24"])
    grant(company, guest, "task.update", expires_at=ends, address_ranges=["127.0.0.0/16", "198.51.100.0/24"])
    grants_path = f"/members/{guest.membership}/grants"
    role = company.role("task.update")["key"]
    made = guest.post(grants_path, {"role": role, "address_ranges": []}).json()
    assert (made["expires_at"], made["address_ranges"]) == (ends, ["127.0.0.0/16"])
    other = factories.newcomer(anonymous)
    grants_path = (
        f"/members/{factories.member(company.owner, company.id, other.person, 'guest')['id']}/grants"
    )
    later = guest.post(grants_path, {"role": role, "expires_at": "2999-01-01T00:00:00Z"})
    assert refused(later) == (409, "expiry_beyond_own")
    elsewhere = guest.post(grants_path, {"role": role, "address_ranges": ["203.0.113.0/24"]})
    assert refused(elsewhere) == (409, "conditions_beyond_own")
    body = {"role": role, "expires_at": ends, "address_ranges": ["127.0.1.0/24"], "own_only": True}
    stricter = guest.post(grants_path, body)
    assert body.items() <= stricter.json().items()


def test_a_role_that_is_held_under_conditions_gives_no_other_role(company, guest):
    held = ("role.read", "role.create", "role.update", "grant.create", "member.read", "organization.update")
    grant(company, guest, *held, expires_at=soon())
    body = {"key": "mine", "name": "Mine", "permissions": ["organization.update"]}
    created = guest.post(f"/organizations/{company.id}/roles", body)
    assert refused(created) == (409, "conditions_beyond_own")
    existing = company.role("task.read")
    changed = guest.patch(f"/roles/{existing['id']}", {"permissions": ["organization.update"]})
    assert refused(changed) == (409, "conditions_beyond_own")


def test_what_holds_for_ones_own_alone_is_granted_to_nobody(company, guest):
    grant(company, guest, "grant.create", "member.read")
    grant(company, guest, "task.delete", own_only=True)
    role = company.role("task.delete")["key"]
    for conditions in ({}, {"own_only": True}):
        body = {"role": role, **on("project", company.projects[0]), **conditions}
        answer = guest.post(f"/members/{company.membership}/grants", body)
        assert refused(answer) == (409, "permission_beyond_own")
    company.owner.patch(f"/tasks/{company.tasks[0]}", {"assignee_ids": [guest.person.id]})
    body = {"role": role, **on("task", company.tasks[0])}
    made = guest.post(f"/members/{company.membership}/grants", body)
    assert (made.status_code, made.json()["own_only"]) == (201, True)


def test_what_holds_while_a_project_is_active_is_granted_with_that(company, guest):
    grant(company, guest, "grant.create", "member.read")
    grant(company, guest, "task.update", while_active=True)
    grants_path, role = f"/members/{company.membership}/grants", company.role("task.update")["key"]
    assert refused(guest.post(grants_path, {"role": role})) == (409, "permission_beyond_own")
    made = guest.post(
        grants_path, {"role": role, **on("project", company.projects[0]), "while_active": False}
    )
    assert (made.status_code, made.json()["while_active"]) == (201, True)


def test_a_key_grants_what_its_scopes_use_until_it_ends(company):
    grants_path, ends = f"/members/{company.membership}/grants", soon()
    narrow = factories.api_key(company.owner, "grants:write")
    assert refused(narrow.post(grants_path, {"role": "guest"})) == (409, "scope_not_held")
    reads = scopes_of_reads("guest")
    short = factories.api_key(company.owner, "grants:write", *reads, expires_at=ends)
    made = short.post(grants_path, {"role": "guest"})
    assert (made.status_code, made.json()["expires_at"]) == (201, ends)
    widened = short.patch(f"/grants/{made.json()['id']}", {"expires_at": None})
    assert refused(widened) == (409, "expiry_beyond_own")
