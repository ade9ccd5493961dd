"""Projects: what tasks are grouped under, and where their keys come from."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused


def archive(client, project):
    return client.patch(f"/projects/{project['id']}", {"status": "archived"}).json()


def test_a_project_is_where_its_location_says(member, organization):
    body = {
        "organization_id": organization,
        "key": factories.key(),
        "name": "Engines",
        "description": "Of thought",
    }
    made = member.post("/projects", body)
    project = made.json()
    assert member.get(made.headers["Location"]).json() == project
    assert (project["status"], project["created_by_id"]) == ("active", member.person.id)


def test_a_key_is_unique_in_its_organization_only(owner, stranger, organization, live):
    key = factories.project(owner, organization)["key"]
    again = owner.post("/projects", {"organization_id": organization, "key": key, "name": "Again"})
    assert refused(again) == (409, "project_key_taken")
    elsewhere = {"organization_id": live.foreign_organization_id, "key": key, "name": "Elsewhere"}
    assert stranger.post("/projects", elsewhere).status_code == 201


def test_F11_of_two_who_take_one_key_at_the_same_moment_one_succeeds(owner, organization):
    body = {"organization_id": organization, "key": factories.key(), "name": "Race"}
    answers = at_once(*[lambda: owner.post("/projects", body)] * 6)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


@pytest.mark.parametrize("key", ["A", "ab", "1A", "A-B", "ABCDEFGHIJK", "ÄB", "A B", "AB\n"])
def test_a_key_is_two_to_ten_capitals_and_digits(owner, organization, key):
    answer = owner.post("/projects", {"organization_id": organization, "key": key, "name": "P"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/key"


def test_the_key_of_a_project_stays(owner, project):
    answer = owner.patch(f"/projects/{project['id']}", {"key": "OTHER"})
    assert answer.json()["errors"][0]["code"] == "unknown_property"


def test_guests_read_projects_and_make_none(guest, project, organization):
    assert guest.get(f"/projects/{project['id']}").json() == project
    answer = guest.post("/projects", {"organization_id": organization, "key": factories.key(), "name": "P"})
    assert (refused(answer), answer.json()["permission"]) == ((403, "permission_denied"), "project.create")
    assert guest.patch(f"/projects/{project['id']}", {"name": "P"}).json()["permission"] == "project.update"


def test_members_change_projects_and_admins_delete_them(member, admin, project):
    assert member.patch(f"/projects/{project['id']}", {"name": "Changed"}).json()["name"] == "Changed"
    assert member.delete(f"/projects/{project['id']}").json()["permission"] == "project.delete"
    assert admin.delete(f"/projects/{project['id']}").status_code == 204
    assert refused(admin.get(f"/projects/{project['id']}")) == (404, "not_found")


def test_a_project_with_tasks_is_not_deleted(owner, task):
    path = f"/projects/{task['project_id']}"
    assert refused(owner.delete(path)) == (409, "project_not_empty")
    owner.delete(f"/tasks/{task['id']}")
    assert owner.delete(path).status_code == 204


def test_nothing_is_made_in_the_organization_of_others(stranger, organization):
    answer = stranger.post("/projects", {"organization_id": organization, "key": "MINE", "name": "Mine"})
    assert refused(answer) == (404, "not_found")


def test_projects_are_filtered_by_organization_and_status(anonymous):
    person = factories.newcomer(anonymous)
    here, there = (factories.organization(person)["id"] for _ in range(2))
    first, second = (factories.project(person, here) for _ in range(2))
    third = factories.project(person, there)
    second = archive(person, second)

    def listed(**params):
        return person.get("/projects", params=params).json()["items"]

    assert listed() == [third, second, first]
    assert listed(organization_id=here) == [second, first]
    assert listed(status="archived") == [second]
    assert listed(status="active") == [third, first]
    assert listed(organization_id=here, status="active") == [first]
    assert person.get("/projects", params={"include": "total", "organization_id": there}).json()["total"] == 1


def test_the_projects_of_a_foreign_organization_cannot_be_asked_for(owner, live):
    answer = owner.get("/projects", params={"organization_id": live.foreign_organization_id})
    assert refused(answer) == (404, "not_found")


def test_F1_an_update_of_one_field_of_a_project_leaves_the_others_alone(owner, organization):
    project = factories.project(owner, organization, description="Kept")
    path = f"/projects/{project['id']}"
    assert refused(owner.patch(path, {})) == (422, "invalid_request")
    after = owner.patch(path, {"name": "Renamed"}).json()
    assert {name for name in project if project[name] != after[name]} == {"name", "updated_at", "version"}
    assert owner.patch(path, {"description": None}).json()["description"] is None


def test_the_tasks_of_an_archived_project_stand_still(owner, task):
    project = owner.get(f"/projects/{task['project_id']}").json()
    done = factories.task(owner, project["id"], status="done")
    archive(owner, project)
    path = f"/tasks/{task['id']}"
    body = {"project_id": project["id"], "title": "T", "status": "todo"}
    for answer in (
        owner.post("/tasks", body),
        owner.patch(path, {"title": "T"}),
        owner.put(f"{path}/completion"),
        owner.delete(f"/tasks/{done['id']}/completion"),
        owner.delete(path),
    ):
        assert refused(answer) == (409, "project_archived")
    assert owner.get(path).json() == task


def test_a_revived_project_goes_on_where_it_was(owner, task):
    project = owner.get(f"/projects/{task['project_id']}").json()
    archive(owner, project)
    owner.patch(f"/projects/{project['id']}", {"status": "active"})
    assert factories.task(owner, project["id"])["key"] == f"{project['key']}-2"


def test_no_task_slips_into_a_project_that_is_archived_at_the_same_moment(owner, organization):
    project = factories.project(owner, organization)
    body = {"project_id": project["id"], "title": "T", "status": "todo"}
    _, *answers = at_once(lambda: archive(owner, project), *[lambda: owner.post("/tasks", body)] * 7)
    assert {answer.status_code for answer in answers} <= {201, 409}
    events = owner.everything("/events", organization_id=organization)
    (archived,) = (
        event["sequence"]
        for event in events
        if event["subject_id"] == project["id"] and event["subject_version"] == 2
    )
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert all(event["sequence"] < archived for event in events if event["subject_id"] in made)
