"""Organizations: the tenants, whose work it is."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused


@pytest.fixture
def founder(anonymous):
    return factories.newcomer(anonymous)


def test_who_makes_an_organization_is_its_owner(founder):
    made = founder.post("/organizations", {"name": "New", "description": "What is new"})
    path = made.headers["Location"]
    assert founder.get(path).json() == made.json()
    (member,) = founder.get(f"{path}/members").json()["items"]
    assert (member["user_id"], member["role"]) == (founder.person.id, "owner")


def test_an_organization_begins_with_two_events(founder):
    made = factories.organization(founder)
    events = founder.get("/events", params={"organization_id": made["id"]}).json()["items"]
    assert [(event["sequence"], event["event_type"]) for event in events] == [
        (1, "organization.created"),
        (2, "member.added"),
    ]
    assert {event["actor_id"] for event in events} == {founder.person.id}


def test_one_sees_the_own_organizations_only_newest_first(founder, owner, organization):
    first, second = factories.organization(founder, "First"), factories.organization(founder, "Second")
    page = founder.get("/organizations", params={"include": "total"}).json()
    assert (page["items"], page["total"]) == ([second, first], 2)
    assert organization not in {item["id"] for item in page["items"]}
    assert refused(founder.get(f"/organizations/{organization}")) == (404, "not_found")
    assert refused(owner.get(f"/organizations/{first['id']}")) == (404, "not_found")


def test_two_organizations_may_have_one_name(founder):
    assert factories.organization(founder, "Same")["id"] != factories.organization(founder, "Same")["id"]


@pytest.mark.parametrize("role, status", [("owner", 200), ("admin", 200), ("member", 403), ("guest", 403)])
def test_owners_and_admins_change_the_organization(request, role, status, organization):
    client = request.getfixturevalue(role)
    answer = client.patch(f"/organizations/{organization}", {"description": f"As {role} says"})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["permission"] == "organization.update"


def test_everybody_in_it_reads_the_organization(owner, admin, member, guest, organization):
    for client in (owner, admin, member, guest):
        assert client.get(f"/organizations/{organization}").status_code == 200


def test_a_stranger_can_neither_read_nor_change_it(stranger, organization):
    assert refused(stranger.get(f"/organizations/{organization}")) == (404, "not_found")
    assert refused(stranger.patch(f"/organizations/{organization}", {"name": "Mine"})) == (404, "not_found")


def test_F1_an_update_of_one_field_of_an_organization_leaves_the_others_alone(founder):
    made = founder.post("/organizations", {"name": "Whole", "description": "Kept"}).json()
    path = f"/organizations/{made['id']}"
    assert refused(founder.patch(path, {})) == (422, "invalid_request")
    renamed = founder.patch(path, {"name": "Renamed"}).json()
    assert (renamed["name"], renamed["description"]) == ("Renamed", "Kept")
    assert founder.get(path).json() == renamed


def test_null_clears_the_description_and_cannot_clear_the_name(founder):
    made = founder.post("/organizations", {"name": "Whole", "description": "Gone soon"}).json()
    path = f"/organizations/{made['id']}"
    assert founder.patch(path, {"description": None}).json()["description"] is None
    answer = founder.patch(path, {"name": None})
    assert answer.json()["errors"][0] | {"detail": ""} == {
        "in": "body",
        "pointer": "/name",
        "parameter": None,
        "code": "wrong_type",
        "detail": "",
    }


def test_a_name_is_not_only_blanks(founder):
    for name in ("", " ", "\t\n", "\u3000"):
        assert founder.post("/organizations", {"name": name}).status_code == 422


def test_a_name_may_have_a_hundred_characters_of_any_script(founder):
    assert factories.organization(founder, "漢" * 100)["name"] == "漢" * 100
    assert founder.post("/organizations", {"name": "漢" * 101}).status_code == 422
