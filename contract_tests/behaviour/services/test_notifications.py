"""Notifications: who is told of what, once, and what they have read of it."""

from contract_tests.support import factories
from contract_tests.support.notifying import assign, joined, listed, reasons, tell, unread
from models.base.database import database


def test_who_is_assigned_is_told_and_who_assigned_is_not(boss, ada):
    task = assign(boss, ada, boss)
    (item,) = listed(ada)
    assert (item["reason"], item["subject_type"], item["subject_id"]) == ("task.assigned", "task", task["id"])
    assert (item["actor_id"], item["event_count"], item["is_read"]) == (boss.person.id, 1, False)
    assert "task.assigned" not in reasons(boss)


def test_titles_and_people_are_included_when_asked_for(boss, ada):
    task = assign(boss, ada)
    assert ada.get("/notifications").json()["included"] == {"subjects": [], "people": []}
    included = ada.get("/notifications", params={"include": ["subjects", "people"]}).json()["included"]
    assert included["subjects"] == [{"subject_id": task["id"], "title": f"{task['key']} Fix the gripper"}]
    assert [person["id"] for person in included["people"]] == [boss.person.id]


def test_each_reason_reaches_the_people_it_is_about(anonymous, boss, ada):
    task = assign(boss, ada)
    for change in (
        lambda: boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-01-01"}),
        lambda: boss.put(f"/tasks/{task['id']}/completion"),
        lambda: boss.delete(f"/tasks/{task['id']}/completion"),
        lambda: boss.patch(f"/tasks/{task['id']}", {"assignee_ids": []}),
        lambda: boss.patch(f"/members/{ada.membership}", {"role": "admin", "password": boss.person.password}),
    ):
        assert change().status_code == 200
    team = boss.post(f"/organizations/{boss.organization_id}/teams", {"name": "Crew"}).json()["id"]
    assert (
        boss.post(f"/teams/{team}/members", {"user_id": ada.person.id, "role": "member"}).status_code == 201
    )
    tell(boss.organization_id)
    factories.log_in_again(ada)
    assert set(reasons(ada)) == {
        "task.assigned", "task.unassigned", "organization.role_changed", "team.member_added",
    }  # fmt: skip
    newcomer = joined(anonymous, boss, "guest")
    assert reasons(ada)[0] == "organization.member_added"
    assert reasons(newcomer) == []


def test_a_creator_is_told_what_assignees_do(boss, ada):
    task = assign(boss, ada)
    assert ada.put(f"/tasks/{task['id']}/completion").status_code == 200
    tell(boss.organization_id)
    assert (reasons(boss)[0], reasons(ada)) == ("task.completed", ["task.assigned"])


def test_many_changes_of_one_subject_are_one_notification_with_a_count(boss, ada):
    task = assign(boss, ada)
    for day in range(1, 10):
        boss.patch(f"/tasks/{task['id']}", {"due_on": f"2031-01-0{day}"})
        if day % 3 == 0:
            tell(boss.organization_id)
    updated = listed(ada, reason="task.updated")
    assert [(item["event_count"], item["version"]) for item in updated] == [(9, 3)]
    assert ada.patch(f"/notifications/{updated[0]['id']}", {"is_read": True}).status_code == 200
    boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-02-01"})
    tell(boss.organization_id)
    assert [item["event_count"] for item in listed(ada, reason="task.updated")] == [1, 9]


def test_nobody_is_told_of_an_event_twice_when_the_log_is_read_again(boss, ada):
    task = assign(boss, ada)
    ada.put("/notifications/read-marker", json={})
    boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-01-01"})
    with database.connection_context():
        database.run(
            "update notification_positions set sequence = 0 where organization_id = %s",
            (boss.organization_id,),
        )
    tell(boss.organization_id)
    assert [(item["reason"], item["event_count"]) for item in listed(ada)] == [
        ("task.updated", 1),
        ("task.assigned", 1),
    ]


def test_who_left_is_told_nothing_and_loses_what_was_told(boss, ada):
    task = assign(boss, ada)
    boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-01-01"})
    assert boss.delete(f"/members/{ada.membership}").status_code == 204
    tell(boss.organization_id)
    factories.log_in_again(ada)
    assert (listed(ada), unread(ada)) == ([], 0)


def test_what_somebody_may_not_read_they_are_not_told(anonymous, boss):
    """A collaborator reads the tasks that they are assigned to, and no others."""
    ruth = joined(anonymous, boss, "collaborator")
    task = factories.task(boss, boss.project, assignee_ids=[ruth.person.id])
    boss.patch(f"/tasks/{task['id']}", {"assignee_ids": []})
    tell(boss.organization_id)
    assert listed(ruth) == []


def test_the_title_of_what_may_not_be_read_any_more_is_withheld(anonymous, boss):
    ruth = joined(anonymous, boss, "collaborator")
    task = assign(boss, ruth)
    assert len(ruth.get("/notifications", params={"include": "subjects"}).json()["included"]["subjects"]) == 1
    boss.patch(f"/tasks/{task['id']}", {"assignee_ids": []})
    page = ruth.get("/notifications", params={"include": "subjects"}).json()
    assert (len(page["items"]), page["included"]["subjects"]) == (1, [])


def test_a_key_for_notifications_alone_shows_no_titles(boss, ada):
    assign(boss, ada)
    for scopes, count in ((["notifications:read"], 0), (["notifications:read", "tasks:read"], 1)):
        page = factories.api_key(ada, *scopes).get("/notifications", params={"include": "subjects"}).json()
        assert (len(page["items"]), len(page["included"]["subjects"])) == (1, count)


def test_marking_all_as_read_leaves_what_came_later(boss, ada):
    first, second = assign(boss, ada), assign(boss, ada)
    seen = listed(ada)
    boss.patch(f"/tasks/{first['id']}", {"due_on": "2031-01-01"})
    tell(boss.organization_id)
    answer = ada.put("/notifications/read-marker", json={"last_seen_at": seen[0]["notified_at"]})
    assert answer.status_code == 200, answer.text
    answer = answer.json()
    assert (answer["marked"], answer["unread"]) == (2, 1)
    assert reasons(ada, unread=True) == ["task.updated"]
    assert {item["subject_id"] for item in listed(ada, unread=False)} == {first["id"], second["id"]}


def test_an_event_that_joined_after_the_list_was_read_stays_unread(boss, ada):
    task = assign(boss, ada)
    boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-01-01"})
    tell(boss.organization_id)
    seen = listed(ada)
    boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-01-02"})
    tell(boss.organization_id)
    ada.put("/notifications/read-marker", json={"last_seen_at": seen[0]["notified_at"]})
    assert [(item["reason"], item["event_count"]) for item in listed(ada, unread=True)] == [
        ("task.updated", 2)
    ]


def test_counts_are_those_of_the_list_and_by_organization(anonymous, boss, ada):
    other = factories.founder(anonymous)
    other.project = factories.project(other, other.organization_id)["id"]
    factories.enrolled(other.organization_id, ada.person.id, "member", by=other.person.id)
    factories.log_in_again(ada)
    assign(boss, ada), assign(other, ada), assign(other, ada)
    counts = ada.get("/notifications/counts").json()
    assert (counts["unread"], len(listed(ada, unread=True))) == (3, 3)
    by_organization = {count["organization_id"]: count["unread"] for count in counts["organizations"]}
    assert by_organization == {boss.organization_id: 1, other.organization_id: 2}
    assert len(listed(ada, organization_id=other.organization_id)) == 2
    answer = ada.put("/notifications/read-marker", json={"organization_id": other.organization_id}).json()
    assert (answer["marked"], unread(ada)) == (2, 1)


def test_what_is_snoozed_comes_back_unread(boss, ada):
    assign(boss, ada)
    (item,) = listed(ada)
    path = f"/notifications/{item['id']}"
    ada.patch(path, {"is_read": True})
    snoozed = ada.patch(path, {"snooze_ends_at": "2090-01-01T08:00:00Z"}).json()
    assert (snoozed["is_read"], snoozed["snooze_ends_at"]) == (False, "2090-01-01T08:00:00Z")
    assert (listed(ada, unread=True), unread(ada)) == ([], 0)
    assert ada.put("/notifications/read-marker", json={}).json()["marked"] == 0
    ada.patch(path, {"snooze_ends_at": None})
    assert (len(listed(ada, unread=True)), unread(ada)) == (1, 1)


def test_a_stale_etag_does_not_mark_an_event_that_joined_as_read(boss, ada):
    task = assign(boss, ada)
    boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-01-01"})
    tell(boss.organization_id)
    path = f"/notifications/{listed(ada, reason='task.updated')[0]['id']}"
    etag = ada.get(path).headers["ETag"]
    boss.patch(f"/tasks/{task['id']}", {"due_on": "2031-01-02"})
    tell(boss.organization_id)
    assert ada.patch(path, {"is_read": True}, headers={"If-Match": etag}).status_code == 412


def test_nobody_reads_the_notifications_of_others(boss, ada):
    assign(boss, ada)
    path = f"/notifications/{listed(ada)[0]['id']}"
    assert boss.get(path).status_code == boss.patch(path, {"is_read": True}).status_code == 404


def test_a_task_that_is_gone_is_told_to_nobody(boss, ada):
    task = factories.task(boss, boss.project, assignee_ids=[ada.person.id])
    assert boss.delete(f"/tasks/{task['id']}").status_code == 204
    tell(boss.organization_id)
    assert listed(ada) == []
