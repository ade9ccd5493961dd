"""How long records are kept: what an organization sets for itself, what the settings say, and that it is done."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.queue_tasks import perform
from models.base.database import database

CHECK = """
insert into permission_checks select gen_random_uuid(), %s, now() - %s * interval '1 day', %s, 'task.read', 'task',
    gen_random_uuid(), true, 'role:owner', '', '192.0.2.7'
"""


def by_sql(sql, *parameters):
    with database.connection_context():
        cursor = database.execute_sql(sql, parameters)
        return cursor.fetchall() if cursor.description else cursor.rowcount


@pytest.fixture
def retention_path(founder):
    return f"/organizations/{founder.organization_id}/retention"


def test_an_organization_begins_with_defaults(founder, retention_path):
    retention = founder.get(retention_path).json()
    assert (
        retention["permission_checks_days"],
        retention["security_personal_days"],
        retention["version"],
    ) == (90, 365, 1)
    assert retention["id"] == retention["organization_id"] == founder.organization_id


def test_its_owner_changes_it_and_an_event_tells(founder, retention_path):
    changed = founder.patch(retention_path, {"permission_checks_days": 30}).json()
    assert (changed["permission_checks_days"], changed["security_personal_days"], changed["version"]) == (
        30,
        365,
        2,
    )
    assert founder.get(retention_path).json() == changed
    event = founder.events()[-1]
    assert (event["event_type"], event["snapshot"]["retention"]) == ("retention.updated", changed)
    assert event["changes"] == [{"field": "permission_checks_days", "before": 90, "after": 30}]
    entry = founder.get(
        "/security-log", params={"organization_id": founder.organization_id, "limit": 1}
    ).json()["items"][0]
    assert (entry["kind"], entry["facts"]) == (
        "retention.updated",
        [{"name": "permission_checks_days", "value": "30"}],
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("permission_checks_days", 0), ("permission_checks_days", 3651), ("security_personal_days", 29),
     ("security_personal_days", None), ("permission_checks_days", "7")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(founder, retention_path, name, value):
    answer = founder.patch(retention_path, {name: value})
    assert refused(answer) == (422, "invalid_request")
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}"]


def test_an_admin_may_not(anonymous, founder, retention_path):
    admin = factories.newcomer(anonymous)
    factories.member(founder, founder.organization_id, admin.person, "admin")
    factories.log_in_again(admin)
    assert refused(admin.get(retention_path)) == (403, "permission_denied")
    assert refused(admin.patch(retention_path, {"permission_checks_days": 1})) == (403, "permission_denied")


def test_permission_checks_go_when_they_are_too_old(anonymous, founder, retention_path):
    other = factories.newcomer(anonymous)
    elsewhere = factories.organization(other)["id"]
    founder.patch(retention_path, {"permission_checks_days": 7})
    for organization in (founder.organization_id, elsewhere):
        for days in (6, 8, 91):
            by_sql(CHECK, organization, days, founder.person.id)
    ask = "select extract(day from now() - occurred_at)::int from permission_checks where organization_id = %s order by 1"
    assert by_sql(ask, founder.organization_id) == [(6,), (8,), (91,)]  # nothing goes by itself
    perform("retentions.apply")
    assert by_sql(ask, founder.organization_id) == [(6,)]
    assert by_sql(ask, elsewhere) == [(6,), (8,)]


def test_what_is_personal_of_the_security_log_goes_and_the_log_stays(founder, retention_path):
    founder.patch(retention_path, {"security_personal_days": 30})
    mine = "from security_entries where chain_id = %s"
    ((count,),) = by_sql(f"select count(*) {mine} and personal is not null", founder.organization_id)
    query = {"organization_id": founder.organization_id, "after": 0}
    perform("retentions.apply")
    assert by_sql(f"select count(*) {mine} and personal is not null", founder.organization_id) == [(count,)]
    # The moment is a part of what is verified: it is put back afterwards.
    by_sql(
        "update security_entries set occurred_at = occurred_at - interval '31 days' where chain_id = %s",
        founder.organization_id,
    )
    perform("retentions.apply")
    by_sql(
        "update security_entries set occurred_at = occurred_at + interval '31 days' where chain_id = %s",
        founder.organization_id,
    )
    assert by_sql(f"select count(*) {mine} and personal is not null", founder.organization_id) == [(0,)]
    verification = founder.get("/security-log/verification", params=query).json()
    assert (verification["is_intact"], verification["entries_erased"]) == (True, count)


OF_THE_SERVICE = {
    "sessions": ("update sessions set ended_at = now() - %s * interval '1 day' where user_id = %s", "session_days", 90),
    "expired sessions": ("update sessions set expires_at = now() - %s * interval '1 day' where user_id = %s", "session_days", 90),
    "api_keys": ("update api_keys set revoked_at = now() - %s * interval '1 day' where user_id = %s", "api_key_days", 90),
    "jobs": ("update jobs set result_file = null, updated_at = now() - %s * interval '1 day' where user_id = %s", "job_days", 90),
}  # fmt: skip


@pytest.mark.parametrize("kind", OF_THE_SERVICE)
def test_the_service_forgets_what_has_ended(anonymous, kind):
    age, _, days = OF_THE_SERVICE[kind]
    person = factories.newcomer(anonymous)
    factories.api_key(person, "account:read")
    factories.job(person.person.id)
    count = f"select count(*) from {kind.rpartition(' ')[2]} where user_id = %s"
    for passed, left in ((days - 1, 1), (days + 1, 0)):
        by_sql(age, passed, person.person.id)
        perform("retentions.apply")
        assert by_sql(count, person.person.id) == [(left,)]


def test_the_security_log_of_an_account_loses_what_is_personal(anonymous):
    person = factories.newcomer(anonymous)
    count = "select count(personal) from security_entries where chain_id = %s"
    ((before,),) = by_sql(count, person.person.id)
    perform("retentions.apply")
    assert before > 0 and by_sql(count, person.person.id) == [(before,)]
    by_sql(
        "update security_entries set occurred_at = now() - interval '366 days' where chain_id = %s",
        person.person.id,
    )
    perform("retentions.apply")
    assert by_sql(count, person.person.id) == [(0,)]


def test_links_and_mails_go_by_their_settings(anonymous, live):
    person = factories.newcomer(anonymous)
    factories.email_token(person.person, "reset_password")
    by_sql(
        "update mails set status = 'sent', facts = null, settled_at = now() where recipient = %s",
        person.person.email,
    )
    mails, links = (
        "select count(*) from mails where recipient = %s",
        "select count(*) from email_tokens where user_id = %s",
    )
    ((written,),) = by_sql(mails, person.person.email)
    for days, (kept_mails, kept_links) in ((6, (written, 1)), (29, (written, 0)), (31, (0, 0))):
        by_sql(
            "update mails set settled_at = now() - %s * interval '1 day' where recipient = %s",
            days,
            person.person.email,
        )
        then = "now() - %s * interval '1 day'"
        aged = f"update email_tokens set created_at = {then}, expires_at = {then} where user_id = %s"
        by_sql(aged, days, days, person.person.id)
        perform("upkeep.forget_old")
        perform("users.forget_unverified")
        assert by_sql(mails, person.person.email) == [(kept_mails,)]
        assert by_sql(links, person.person.id) == [(kept_links,)]


def test_a_retention_left_out_leaves_what_is_old(founder, retention_path, monkeypatch):
    """The control of the tests above: what is gone there was destroyed by what is looked at."""
    from models.privacy import retentions

    founder.patch(retention_path, {"permission_checks_days": 7})
    by_sql(CHECK, founder.organization_id, 8, founder.person.id)
    with monkeypatch.context() as patch:
        patch.setattr(retentions, "_expiring", lambda is_of_tenant: [])
        perform("retentions.apply")
    count = "select count(*) from permission_checks where organization_id = %s"
    assert by_sql(count, founder.organization_id) == [(1,)]
    perform("retentions.apply")
    assert by_sql(count, founder.organization_id) == [(0,)]


def test_many_go_in_small_transactions(founder, retention_path, monkeypatch):
    for _ in range(5):
        by_sql(CHECK, founder.organization_id, 100, founder.person.id)
    from models.privacy import retentions

    monkeypatch.setattr(retentions, "BATCH", 2)
    perform("retentions.apply")
    assert by_sql(
        "select count(*) from permission_checks where organization_id = %s", founder.organization_id
    ) == [(0,)]
