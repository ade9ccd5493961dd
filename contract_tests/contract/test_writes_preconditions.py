"""Conditional requests: nobody's change is lost, and what one has is not sent again."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused

# What can be changed, and a change.
CHANGES = {
    "user": {"name": "New name"},
    "organization": {"name": "New name"},
    "member": {"role": "admin"},
    "project": {"name": "New name"},
    "task": {"title": "New name"},
}


@pytest.fixture(scope="module")
def person(anonymous):
    """Somebody with one of everything; ``places`` are the addresses by noun."""
    client = factories.newcomer(anonymous)
    organization = factories.organization(client)["id"]
    member = factories.member(client, organization, factories.register(anonymous), "guest")["id"]
    project = factories.project(client, organization)["id"]
    task = factories.task(client, project)["id"]
    client.places = {
        "user": "/users/me",
        "organization": f"/organizations/{organization}",
        "member": f"/members/{member}",
        "project": f"/projects/{project}",
        "task": f"/tasks/{task}",
        "api_key": f"/api-keys/{factories.api_key(client, 'tasks:read').key['id']}",
        "event": f"/events/{client.get('/events').json()['items'][0]['id']}",
    }
    return client


@pytest.mark.parametrize("noun", CHANGES)
def test_a_stale_etag_changes_nothing_and_tells_what_is_stored(person, noun):
    path, change = person.places[noun], CHANGES[noun]
    before = person.get(path)
    changed = person.patch(path, change, headers={"If-Match": before.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] == person.get(path).headers["ETag"] != before.headers["ETag"]
    (field,) = change
    stale = person.patch(path, {field: before.json()[field]}, headers={"If-Match": before.headers["ETag"]})
    assert refused(stale) == (412, "stale_etag")
    problem = stale.json()
    assert problem["current_etag"] == stale.headers["ETag"] == changed.headers["ETag"]
    assert problem["changed_fields"] == [field]
    assert person.get(path).json() == changed.json()


@pytest.mark.parametrize("if_match", ["*", '"{etag}"', '"0", "{etag}"', '"{etag}","x"'])
def test_a_write_is_done_when_what_was_seen_is_stored(owner, task, if_match):
    etag = owner.get(f"/tasks/{task['id']}").headers["ETag"].strip('"')
    headers = {"If-Match": if_match.replace("{etag}", etag)}
    assert owner.patch(f"/tasks/{task['id']}", {"title": "New"}, headers=headers).status_code == 200


@pytest.mark.parametrize("if_match", ["1", '"1', "", ",", '*, "1"', '"1" "2"', "w/"])
def test_what_is_no_list_of_etags_is_refused(owner, task, if_match):
    answer = owner.patch(f"/tasks/{task['id']}", {"title": "New"}, headers={"If-Match": if_match})
    assert refused(answer) == (422, "invalid_request")


def test_what_changed_since_the_version_that_was_seen_is_told(owner, task):
    path = f"/tasks/{task['id']}"
    owner.patch(path, {"title": "Second"})
    owner.patch(path, {"priority": "high", "description": "Third"})

    def changed_since(etag):
        return owner.patch(path, {"title": "Mine"}, headers={"If-Match": etag}).json()["changed_fields"]

    assert changed_since('"1"') == ["description", "priority", "title"]
    assert changed_since('"2"') == ["description", "priority"]
    assert changed_since('"unknown"') == []


def test_a_stale_etag_keeps_from_deleting_and_finishing(owner, task):
    path, stale = f"/tasks/{task['id']}", {"If-Match": '"9"'}
    for answer in (
        owner.delete(path, headers=stale),
        owner.put(f"{path}/completion", headers=stale),
        owner.delete(f"{path}/completion", headers=stale),
        owner.delete(f"/projects/{task['project_id']}", headers=stale),
    ):
        assert refused(answer) == (412, "stale_etag")
    assert owner.get(path).json() == task


def test_who_may_not_change_it_is_not_told_whether_the_etag_holds(guest, stranger, task):
    headers = {"If-Match": '"9"'}
    assert refused(guest.patch(f"/tasks/{task['id']}", {"title": "Mine"}, headers=headers)) == (
        403,
        "permission_denied",
    )
    assert refused(stranger.patch(f"/tasks/{task['id']}", {"title": "Mine"}, headers=headers)) == (
        404,
        "not_found",
    )


def test_of_many_with_one_etag_at_the_same_moment_one_wins(owner, task):
    path, headers = f"/tasks/{task['id']}", {"If-Match": '"1"'}
    acts = [lambda n=n: owner.patch(path, {"title": f"Number {n}"}, headers=headers) for n in range(10)]
    answers = at_once(*acts)
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    (won,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert owner.get(path).json() == won
    assert won["version"] == 2


def test_edits_of_different_fields_both_hold_without_an_etag(owner, task):
    path = f"/tasks/{task['id']}"
    changes = [{"title": "New"}, {"description": "New"}, {"priority": "high"}, {"due_on": "2026-01-01"}]
    answers = at_once(*[lambda change=change: owner.patch(path, change) for change in changes])
    assert {answer.status_code for answer in answers} == {200}
    after = owner.get(path).json()
    for change in changes:
        assert after | change == after
    assert after["version"] == 5


@pytest.mark.parametrize("noun", [*CHANGES, "api_key", "event"])
def test_what_one_has_is_not_sent_again(person, noun):
    path = person.places[noun]
    etag = person.get(path).headers["ETag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = person.get(path, headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert person.request("HEAD", path, headers={"If-None-Match": etag}).status_code == 304
    assert person.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("noun", CHANGES)
def test_what_was_changed_is_sent_again(person, noun):
    path = person.places[noun]
    before = person.get(path)
    change = {"role": "member"} if noun == "member" else {next(iter(CHANGES[noun])): "Changed once more"}
    person.patch(path, change)
    assert person.get(path, headers={"If-None-Match": before.headers["ETag"]}).status_code == 200


def test_the_answer_of_a_write_has_the_etag_of_what_is_read(owner, project):
    made = owner.post("/tasks", {"project_id": project["id"], "title": "T", "status": "todo"})
    path = f"/tasks/{made.json()['id']}"
    assert owner.get(path).headers["ETag"] == made.headers["ETag"]
    changed = owner.patch(path, {"title": "U"})
    assert owner.get(path).headers["ETag"] == changed.headers["ETag"]
    finished = owner.put(f"{path}/completion")
    assert owner.get(path).headers["ETag"] == finished.headers["ETag"]
