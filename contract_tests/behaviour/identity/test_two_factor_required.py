"""Organizations that let in only members who have two-factor authentication on."""

import pytest

from contract_tests.support import authenticators, factories
from contract_tests.support.clients import refused


@pytest.fixture
def strict(anonymous, secured):
    """An organization of somebody who has it on, which requires it; ``member`` is in it without."""
    secured.organization_id = factories.organization(secured)["id"]
    secured.member = factories.newcomer(anonymous)
    factories.member(secured, secured.organization_id, secured.member.person, "member")
    answer = secured.patch(f"/organizations/{secured.organization_id}", {"requires_two_factor": True})
    assert answer.json()["requires_two_factor"] is True
    return secured


def test_an_organization_that_requires_it_is_not_there_for_who_lacks_it(strict):
    path = f"/organizations/{strict.organization_id}"
    assert strict.get(path).status_code == 200
    key = factories.api_key(strict.member, "organizations:read", "projects:read")
    for asker in (strict.member, key):
        assert refused(asker.get(path)) == (404, "not_found")
        assert asker.get("/organizations").json()["items"] == []
    body = {"organization_id": strict.organization_id, "key": "ABC", "name": "P"}
    assert refused(strict.member.post("/projects", body)) == (404, "not_found")


def test_who_is_kept_out_learns_why_and_comes_in_by_turning_it_on(strict):
    path = f"/organizations/{strict.organization_id}"
    assert strict.member.get("/users/me/two-factor").json()["organizations_requiring"] == [
        strict.organization_id
    ]
    authenticators.set_up(strict.member.person.id, is_active=True)
    assert strict.member.get(path).status_code == 200
    authenticators.set_up(strict.member.person.id, is_active=False)
    assert strict.member.get(path).status_code == 404
    strict.patch(path, {"requires_two_factor": False})
    assert strict.member.get(path).status_code == 200


def test_who_does_not_have_it_cannot_ask_it_of_others(founder):
    path = f"/organizations/{founder.organization_id}"
    assert refused(founder.patch(path, {"requires_two_factor": True})) == (409, "two_factor_off")
    assert founder.patch(path, {"requires_two_factor": False}).json()["requires_two_factor"] is False


def test_only_those_who_may_change_the_organization_ask_for_it(strict):
    authenticators.set_up(strict.member.person.id, is_active=True)
    answer = strict.member.patch(f"/organizations/{strict.organization_id}", {"requires_two_factor": False})
    assert refused(answer) == (403, "permission_denied")
