"""Exporting one's personal data: asked for once, made by a worker, whole, and of nobody else."""

import hashlib
import io
import json
import zipfile

import pytest

from contract_tests.support import authenticators, factories
from contract_tests.support.clients import refused
from contract_tests.support.company import on
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.queue_tasks import perform
from models.base.database import database
from models.privacy.export_parts import parts

PATH, PROOF = "/users/me/exports", {"password": factories.PASSWORD}


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous, name="Ines Export")


def ask(client, proof=PROOF, **options):
    answer = client.post(PATH, proof, **options)
    assert answer.status_code == 202, answer.text
    return answer


def exported(client, proof=PROOF):
    """What the archive has: the lists of JSON by name, its text and its manifest."""
    job = ask(client, proof).json()
    perform("personal_data_exports.export", job_id=job["id"])
    return read(client.get(f"/jobs/{job['id']}/result").content)


def read(content):
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    files = {}
    for name in archive.namelist():
        data = archive.read(name)
        files[name.removesuffix(".json")] = json.loads(data) if name.endswith(".json") else data.decode()
    files["bytes"] = {name: archive.read(name) for name in archive.namelist()}
    return files


def test_who_asks_gets_a_job_and_finds_it_where_it_says(person):
    answer = ask(person)
    job = answer.json()
    assert (job["kind"], job["status"], job["progress"]) == ("personal_data_export", "waiting", 0)
    assert person.get(answer.headers["Location"]).json() == job
    types = [event["event_type"] for event in person.everything("/events")]
    assert types.count("user.export_requested") == 1
    kinds = [entry["kind"] for entry in person.everything("/security-log")]
    assert "user.export_requested" in kinds


@pytest.mark.parametrize("proof", [{"password": "Wrong-horse-7"}, {"one_time_code": "123456"}])
def test_one_proves_oneself_first(person, proof):
    assert refused(person.post(PATH, proof)) == (403, "reauthentication_failed")
    assert person.everything("/jobs") == []


def test_a_code_is_a_proof_too(secured):
    code = authenticators.code(secured.secret)
    assert secured.post(PATH, {"one_time_code": code}).status_code == 202


def test_asking_again_meanwhile_is_answered_with_the_same_job(person):
    first = ask(person)
    assert ask(person).json() == first.json()
    assert ask(person, params={}).headers["Location"] == first.headers["Location"]
    assert len(person.everything("/jobs")) == 1


def test_a_dry_run_begins_nothing(person):
    answer = person.post(PATH, PROOF, params={"validate_only": "true"})
    assert (answer.status_code, answer.json()["status"]) == (200, "waiting")
    assert person.everything("/jobs") == []


def test_there_are_three_a_day(person):
    for _ in range(3):
        exported(person)
    assert refused(person.post(PATH, PROOF)) == (429, "export_limit_reached")
    aged(person, "23 hours")
    answer = person.post(PATH, PROOF)
    assert answer.json()["retryable"] and 3_540 < int(answer.headers["Retry-After"]) <= 3_600
    aged(person, "24 hours")  # the time that it said has passed
    ask(person)


def aged(person, time):
    """The oldest job of the person was asked for so long ago."""
    sql = """update jobs set created_at = now() - %s::interval where id = (
        select id from jobs where user_id = %s order by created_at limit 1)"""
    with database.connection_context():
        database.run(sql, (time, person.person.id))


def test_the_archive_is_what_its_manifest_says(person):
    files = exported(person)
    manifest = files["manifest"]
    assert manifest["user_id"] == person.person.id
    assert {file["name"] for file in manifest["files"]} == {f"{part.file}.json" for part in parts()} | {
        "README.txt"
    }
    for file in manifest["files"]:
        data = files["bytes"][file["name"]]
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
        if file["count"] is not None:
            assert len(files[file["name"].removesuffix(".json")]) == file["count"]
    assert manifest["made_at"] in files["README.txt"]


def test_it_tells_what_the_api_tells(person):
    organization_id = factories.organization(person, "Mine")["id"]
    project = factories.project(person, organization_id)
    made = factories.task(person, project["id"], assignee_ids=[person.person.id])
    key = factories.api_key(person, "account:read").key
    me = person.get("/users/me").json()
    files = exported(person)
    assert files["profile"] == [me]
    assert files["tasks_created"] == files["tasks_assigned"] == [person.get(f"/tasks/{made['id']}").json()]
    assert files["projects_created"] == [person.get(f"/projects/{project['id']}").json()]
    assert files["organizations"] == [person.get(f"/organizations/{organization_id}").json()]
    assert files["memberships"] == person.everything(f"/organizations/{organization_id}/members")
    assert [row["id"] for row in files["api_keys"]] == [key["id"]]
    assert files["api_keys"][0]["revoked_at"] is None
    assert len(files["sessions"]) == 1 and files["sessions"][0]["ended_at"] is None
    events = person.everything("/events")
    assert files["events"] == events[: len(files["events"])] and len(files["events"]) >= 3
    acts = person.everything("/events", organization_id=organization_id)
    assert files["acts"] == acts and "task.created" in {event["event_type"] for event in acts}
    assert [entry["kind"] for entry in files["security_log"]][:1] == ["user.registered"]


def test_no_secret_is_in_it(secured):
    key = factories.api_key(secured, "account:read", recovery_code=secured.recovery_codes[0])
    secured.post("/password-resets", {"email": secured.person.email}, headers={"Authorization": ""})
    with database.connection_context():
        sql = """select password_hash from users where id = %s union select refresh_digest from sessions where user_id = %s
            union select digest from api_keys where user_id = %s union select digest from email_tokens where user_id = %s
            union select secret from two_factors where user_id = %s
            union select digest from recovery_codes where two_factor_id = %s"""
        secrets = [secret for (secret,) in database.rows(sql, [secured.person.id] * 6)]
    secrets += [
        secured.secret,
        key.token,
        Mailbox().to(secured.person.email, "reset_password").token,
        *secured.recovery_codes,
    ]
    proof = {"recovery_code": secured.recovery_codes[1]}
    content = b"".join(exported(secured, proof)["bytes"].values()).decode()
    assert len(secrets) > 16 and not [secret for secret in secrets if secret in content]


def test_of_an_organization_that_one_has_left_there_is_what_one_did_and_not_its_work(anonymous, founder):
    client = factories.newcomer(anonymous)
    member = factories.member(founder, founder.organization_id, client.person, "member")
    factories.log_in_again(client)
    factories.task(client, founder.project["id"], title="Of theirs")
    client.delete(f"/members/{member['id']}")
    factories.log_in_again(client)
    files = exported(client)
    assert files["tasks_created"] == files["organizations"] == []
    (act,) = [event for event in files["acts"] if event["event_type"] == "task.created"]
    assert (act["is_withheld"], act["changes"], act["organization_id"]) == (True, [], founder.organization_id)
    assert not any(act["snapshot"].values()) and "Of theirs" not in str(files)


def test_of_what_one_may_not_read_any_more_there_is_that_one_did_it_and_not_what(anonymous, founder):
    client = factories.newcomer(anonymous)
    member = factories.member(founder, founder.organization_id, client.person, "owner")
    path = f"/organizations/{founder.organization_id}"
    client.patch(f"{path}/retention", {"permission_checks_days": 45})
    client.patch(path, {"name": "Renamed"})
    founder.patch(f"/members/{member['id']}", {"role": "member", **factories.PROOF})
    factories.log_in_again(client)
    acts = {event["event_type"]: event for event in exported(client)["acts"]}
    withheld, readable = acts["retention.updated"], acts["organization.updated"]
    assert withheld["is_withheld"] and not withheld["changes"] and not any(withheld["snapshot"].values())
    assert not readable["is_withheld"] and readable["snapshot"]["organization"]["name"] == "Renamed"


def test_who_was_granted_something_is_told_of_that_too(anonymous, founder):
    client = factories.newcomer(anonymous)
    member = factories.member(founder, founder.organization_id, client.person, "collaborator")
    granted = founder.post(
        f"/members/{member['id']}/grants", {"role": "guest", **on("project", founder.project["id"])}
    )
    factories.log_in_again(client)
    files = exported(client)
    assert files["grants"] == [granted.json()]
    assert files["security_log_of_organizations"][0]["kind"] == "member.added"


def test_from_where_others_did_something_is_theirs(anonymous, founder):
    client = factories.newcomer(anonymous)
    factories.member(founder, founder.organization_id, client.person, "guest")
    factories.log_in_again(client)
    (entry,) = [
        entry for entry in exported(client)["security_log_of_organizations"]
        if entry["kind"] == "member.added" and entry["organization_id"] == founder.organization_id
    ]  # fmt: skip
    assert (entry["address"], entry["agent"], entry["actor_id"]) == (None, None, founder.person.id)


def test_nobody_else_is_in_it(person, owner):
    content = b"".join(exported(person)["bytes"].values()).decode()
    assert owner.person.email not in content and owner.person.id not in content


def test_a_mail_tells_when_it_is_ready(person):
    job = ask(person).json()
    assert Mailbox().all_to(person.person.email, "export_ready") == []
    perform("personal_data_exports.export", job_id=job["id"])
    letter = Mailbox().to(person.person.email, "export_ready")
    assert letter.link.endswith(f"/api/v1/jobs/{job['id']}/result")
    done = person.get(f"/jobs/{job['id']}").json()
    assert (done["status"], done["progress"], done["result_name"]) == ("succeeded", 100, "remit-export.zip")
