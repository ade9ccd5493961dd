"""Members: who belongs to an organization, in which role, and who may give and take roles."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused

ROLES = ("owner", "admin", "member", "guest")


class Company:
    """A new organization with a client for each role, and the memberships by role."""

    def __init__(self, anonymous):
        self.anonymous = anonymous
        self.owner = factories.newcomer(anonymous)
        self.id = factories.organization(self.owner, "A company")["id"]
        self.members_path = f"/organizations/{self.id}/members"
        (first,) = self.owner.get(self.members_path).json()["items"]
        self.members = {"owner": first}

    def join(self, role, name=None):
        """The client of somebody new in this role."""
        client = factories.newcomer(self.anonymous, name)
        self.members[name or role] = factories.member(self.owner, self.id, client.person, role)
        return client

    def place_of(self, name):
        return f"/members/{self.members[name]['id']}"


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


def test_nobody_raises_somebody_above_themselves(company):
    admin, _ = company.join("admin"), company.join("member")
    assert refused(admin.patch(company.place_of("member"), {"role": "owner"})) == (409, "role_above_own")
    assert admin.patch(company.place_of("member"), {"role": "admin"}).status_code == 200


def test_nobody_changes_or_removes_somebody_above(company):
    admin = company.join("admin")
    assert refused(admin.patch(company.place_of("owner"), {"role": "guest"})) == (409, "role_above_own")
    assert refused(admin.delete(company.place_of("owner"))) == (409, "role_above_own")


def test_members_change_and_remove_nobody_else(company):
    member, _ = company.join("member"), company.join("guest")
    assert member.patch(company.place_of("guest"), {"role": "member"}).json()["permission"] == "member.update"
    assert member.delete(company.place_of("guest")).json()["permission"] == "member.remove"
    assert member.patch(company.place_of("member"), {"role": "admin"}).status_code == 403


def test_a_new_role_holds_at_once(company):
    member = company.join("member")
    company.owner.patch(company.place_of("member"), {"role": "admin"})
    factories.log_in_again(member)
    assert member.patch(f"/organizations/{company.id}", {"name": "By an admin"}).status_code == 200
    company.owner.patch(company.place_of("member"), {"role": "guest"})
    factories.log_in_again(member)
    assert member.patch(f"/organizations/{company.id}", {"name": "By a guest"}).status_code == 403


def test_an_organization_keeps_an_owner(company):
    owner_path = company.place_of("owner")
    assert refused(company.owner.patch(owner_path, {"role": "admin"})) == (409, "last_owner")
    assert refused(company.owner.delete(owner_path)) == (409, "last_owner")
    second = company.join("owner", "Second")
    assert company.owner.patch(owner_path, {"role": "admin", **factories.PROOF}).json()["role"] == "admin"
    assert refused(second.delete(company.place_of("Second"))) == (409, "last_owner")


def test_of_two_owners_who_step_down_at_the_same_moment_one_stays(company):
    second = company.join("owner", "Second")
    body = {"role": "admin", **factories.PROOF}
    answers = at_once(
        lambda: company.owner.patch(company.place_of("owner"), body),
        lambda: second.patch(company.place_of("Second"), body),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.parametrize("role", ["admin", "member", "guest"])
def test_everybody_may_leave(company, role):
    client = company.join(role)
    assert client.delete(company.place_of(role)).status_code == 204
    factories.log_in_again(client)
    assert refused(client.get(f"/organizations/{company.id}")) == (404, "not_found")
    assert refused(company.owner.get(company.place_of(role))) == (404, "not_found")


def test_who_left_may_be_added_again(company):
    guest = company.join("guest")
    guest.delete(company.place_of("guest"))
    factories.member(company.owner, company.id, guest.person, "member")
    factories.log_in_again(guest)
    assert guest.get(f"/organizations/{company.id}").status_code == 200


def test_the_same_role_again_changes_nothing(company):
    company.join("guest")
    again = company.owner.patch(company.place_of("guest"), {"role": "guest"}).json()
    assert again == company.members["guest"]


def test_members_are_filtered_by_role_and_person(company):
    clients = {role: company.join(role) for role in ROLES[1:]}
    page = company.owner.get(
        company.members_path, params={"role": ["admin", "guest"], "include": "total"}
    ).json()
    assert ([member["role"] for member in page["items"]], page["total"]) == (["guest", "admin"], 2)
    params = {"user_id": clients["member"].person.id}
    assert company.owner.get(company.members_path, params=params).json()["items"] == [
        company.members["member"]
    ]
    assert company.owner.get(company.members_path, params=params | {"role": "guest"}).json()["items"] == []


def test_everybody_in_it_sees_the_members_and_nobody_else_does(company, stranger):
    for role in ROLES[1:]:
        assert company.join(role).get(company.place_of("owner")).status_code == 200
    assert refused(stranger.get(company.members_path)) == (404, "not_found")
    assert refused(stranger.get(company.place_of("owner"))) == (404, "not_found")
    assert refused(stranger.patch(company.place_of("owner"), {"role": "guest"})) == (404, "not_found")
    assert refused(stranger.delete(company.place_of("guest"))) == (404, "not_found")


def test_the_etag_of_a_membership_tells_of_the_name_too(company):
    guest = company.join("guest")
    before = company.owner.get(company.place_of("guest")).headers["ETag"]
    guest.patch("/users/me", {"name": "Renamed"})
    after = company.owner.get(company.place_of("guest"), headers={"If-None-Match": before})
    assert (after.status_code, after.json()["name"]) == (200, "Renamed")
