"""The security log: who came in, was kept out, or changed who may."""

import csv
import io
import json

import pytest

from contract_tests.support import factories, login_attempts
from contract_tests.support.clients import refused
from models.base.database import database
from models.platform.security_log import SecurityEntry


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous)


@pytest.fixture
def founder(anonymous):
    return factories.founder(anonymous)


def log(client, **params):
    return client.everything("/security-log", **params)


def kinds(client, **params):
    """What happened, the first first."""
    return [entry["kind"] for entry in log(client, **params)][::-1]


def facts(entry):
    return {fact["name"]: fact["value"] for fact in entry["facts"]}


def test_the_log_of_an_account_begins_with_its_registration(person):
    assert kinds(person) == ["user.registered", "session.started"]
    assert [entry["sequence"] for entry in log(person)] == [2, 1]
    for entry in log(person):
        assert (entry["user_id"], entry["actor_id"]) == (person.person.id, person.person.id)
        assert (entry["outcome"], entry["organization_id"]) == ("success", None)


def test_an_entry_tells_from_where_and_with_what(person, anonymous):
    body = {"email": person.person.email, "password": person.person.password}
    made = anonymous.post(
        "/sessions", body, headers={"User-Agent": "A device/1.0", "Request-Id": "the-login"}
    )
    entry = log(person)[0]
    assert (entry["address"], entry["agent"], entry["request_id"]) == (
        "127.0.0.1",
        "A device/1.0",
        "the-login",
    )
    assert facts(entry) == {"session_id": made.json()["id"]}
    read = person.get(f"/security-log/{entry['id']}")
    assert read.json() == entry
    again = person.get(f"/security-log/{entry['id']}", headers={"If-None-Match": read.headers["ETag"]})
    assert again.status_code == 304


def test_a_wrong_password_is_noted_and_answered_as_an_unknown_address(person, anonymous):
    wrong = anonymous.post("/sessions", {"email": person.person.email, "password": "Wrong-password-1"})
    unknown = anonymous.post("/sessions", {"email": "nobody@example.org", "password": "Wrong-password-1"})
    answers = [answer.json() | {"instance": None} for answer in (wrong, unknown)]
    assert answers[0] == answers[1]
    assert person.person.id not in wrong.text
    login_attempts.report_failures(person.person)
    (entry,) = log(person, kind="session.refused")
    assert (entry["outcome"], entry["user_id"], entry["actor_id"]) == ("failure", person.person.id, None)
    assert facts(entry) == {}


def test_logging_out_is_noted(person, anonymous):
    person.delete("/sessions/current")
    person.http.headers["Authorization"] = (
        f"Bearer {factories.log_in(anonymous, person.person)['access_token']}"
    )
    assert kinds(person) == ["user.registered", "session.started", "session.ended", "session.started"]


def test_roles_are_noted_in_the_organization(founder, anonymous):
    other = factories.register(anonymous)
    path = f"/members/{factories.member(founder, founder.organization_id, other, 'admin')['id']}"
    founder.patch(path, {"role": "owner", **factories.PROOF})
    founder.patch(path, {"role": "guest", **factories.PROOF})
    founder.delete(path)
    entries = log(founder, organization_id=founder.organization_id, user_id=other.id)[::-1]
    assert [(entry["kind"], facts(entry)) for entry in entries] == [
        ("member.added", {"role": "admin"}),
        ("member.updated", {"role": "owner", "role_before": "admin"}),
        ("member.updated", {"role": "guest", "role_before": "owner"}),
        ("member.removed", {"role_before": "guest"}),
    ]
    for entry in entries:
        assert (entry["actor_id"], entry["organization_id"]) == (founder.person.id, founder.organization_id)
    assert kinds(founder, organization_id=founder.organization_id)[:2] == [
        "organization.created",
        "member.added",
    ]


def test_what_is_tried_or_refused_is_not_noted(founder, anonymous):
    before = kinds(founder, organization_id=founder.organization_id)
    person = factories.register(anonymous)
    path = f"/organizations/{founder.organization_id}/members"
    founder.post(path, {"email": person.email, "role": "guest"}, params={"validate_only": "true"})
    founder.post(path, {"email": "ghost@example.org", "role": "guest"})
    assert kinds(founder, organization_id=founder.organization_id) == before


def test_an_organization_is_told_what_happens_to_its_members_but_not_from_where(founder, anonymous):
    member = factories.register(anonymous)
    factories.member(founder, founder.organization_id, member, "member")
    factories.log_in(anonymous, member)
    entry = log(founder, organization_id=founder.organization_id)[0]
    assert (entry["kind"], entry["user_id"]) == ("session.started", member.id)
    assert (entry["organization_id"], entry["address"], entry["agent"]) == (
        founder.organization_id,
        None,
        None,
    )


def test_only_owners_read_the_log_of_an_organization(founder, anonymous, stranger):
    params = {"organization_id": founder.organization_id}
    entry = founder.get("/security-log", params=params).json()["items"][0]
    for role in ("admin", "member", "guest"):
        client = factories.newcomer(anonymous)
        factories.member(founder, founder.organization_id, client.person, role)
        for path in ("", "/verification", "/export"):
            answer = client.get(f"/security-log{path}", params=params)
            assert (answer.status_code, answer.json()["permission"]) == (403, "security_log.read")
        assert refused(client.get(f"/security-log/{entry['id']}")) == (404, "not_found")
    for path in ("", "/verification", "/export"):
        assert refused(stranger.get(f"/security-log{path}", params=params)) == (404, "not_found")


def test_nobody_reads_the_log_of_somebody_elses_account(person, owner):
    (entry, *_) = log(person)
    assert refused(owner.get(f"/security-log/{entry['id']}")) == (404, "not_found")
    assert log(owner, user_id=person.person.id) == []


def test_the_log_is_filtered_and_paged(person, anonymous):
    for _ in range(3):
        anonymous.post("/sessions", {"email": person.person.email, "password": "Wrong-password-1"})
    login_attempts.report_failures(person.person)
    assert kinds(person, outcome="failure", limit=1) == ["session.refused"] * 3
    assert kinds(person, kind=["session.started", "user.registered"]) == [
        "user.registered",
        "session.started",
    ]
    assert len(log(person, user_id=person.person.id, limit=2)) == 5
    first = log(person)[-1]["occurred_at"]
    assert kinds(person, occurred_to=first) == ["user.registered"]
    assert len(log(person, occurred_from=first)) == 5
    page = person.get("/security-log", params={"limit": 2, "include": "total"}).json()
    assert (page["total"], [entry["sequence"] for entry in page["items"]]) == (5, [5, 4])


def test_what_is_personal_can_be_erased_and_the_rest_stays(person):
    with database.connection_context():
        assert SecurityEntry.erase_personal(person.person.id) == 2
    for entry in log(person):
        assert (entry["is_erased"], entry["address"], entry["agent"], entry["facts"]) == (
            True,
            None,
            None,
            [],
        )
    verification = person.get("/security-log/verification").json()
    assert (verification["is_intact"], verification["entries_checked"], verification["entries_erased"]) == (
        True,
        2,
        2,
    )


def test_a_log_is_exported_as_ndjson(person):
    answer = person.get("/security-log/export", headers={"Accept": "application/x-ndjson"})
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == log(person)[::-1]
    assert "Next-After" not in answer.headers


def test_a_log_is_exported_as_csv(person):
    answer = person.get("/security-log/export")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [entry["id"] for entry in rows] == [entry["id"] for entry in log(person)][::-1]
    assert (rows[0]["sequence"], rows[0]["organization_id"], rows[0]["is_erased"]) == ("1", "", "false")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_no_spreadsheet_calculates_with_a_cell(person, anonymous, text):
    body = {"email": person.person.email, "password": person.person.password}
    anonymous.post("/sessions", body, headers={"User-Agent": text})
    answer = person.get("/security-log/export")
    *_, last = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert last["agent"] == f"'{text}"


def test_an_export_has_parts(person, monkeypatch):
    monkeypatch.setattr("handlers.platform.security_log.MAX_EXPORT_ENTRIES", 1)
    first = person.get("/security-log/export", headers={"Accept": "application/x-ndjson"})
    params = {"after": first.headers["Next-After"]}
    second = person.get("/security-log/export", params=params, headers={"Accept": "application/x-ndjson"})
    assert [json.loads(part.text)["sequence"] for part in (first, second)] == [1, 2]
    assert "Next-After" not in second.headers
    late = {"occurred_from": "2999-01-01T00:00:00Z"}
    assert person.get("/security-log/export", params=late).text.count("\r\n") == 1


def test_the_log_needs_a_scope_of_its_own(person):
    key, other = factories.api_key(person, "security_log:read"), factories.api_key(person, "account:read")
    for path in ("", "/verification", "/export"):
        assert key.get(f"/security-log{path}").status_code == 200
        assert other.get(f"/security-log{path}").json()["permission"] == "security_log:read"
