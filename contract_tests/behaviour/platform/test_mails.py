"""Mails that wait, and how many an address gets."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from handlers.workers import registry
from models.base import mailbox as folder
from models.base.database import database
from models.platform.mail_requests import MailRequest
from models.platform.mails import Mail

HOUR = 3600  # seconds


@pytest.fixture(scope="session", autouse=True)
def jobs():
    registry.load()


def test_a_link_that_waits_is_read_by_nobody_who_reads_the_database(live, mailbox):
    """Only the worker opens it, with the server's secret and as the mail that it was encrypted for."""
    url = "https://remit.example/account/password-reset#token=opens-an-account"
    with database.connection_context():
        with registry.transaction():
            first = Mail.write("heidi@example.org", "reset_password", url=url)
            second = Mail.write("heidi@example.org", "reset_password", url=url + "2")
        stored = database.rows(
            "select m::text from mails m union all select j::text from procrastinate_jobs j"
        )
        assert not [row for (row,) in stored if "opens-an-account" in row]
        assert mailbox.to("heidi@example.org").link == url + "2"
        swap = "update mails set facts = (select facts from mails where id = %s) where id = %s"
        database.run(swap, (first.id, second.id))
        for mail in (first, second):
            registry.perform("mails.send_mail", {"mail_id": mail.id})
        settled = database.rows(
            "select status, facts, failure from mails where recipient = 'heidi@example.org' order by id"
        )
    assert settled == [("sent", None, None), ("failed", None, "Its link was encrypted with another secret.")]
    sent = [folder.get(name) for name in folder.names() if first.id in name]
    assert url in sent[0].get_body(("plain",)).get_content()


def test_a_mail_that_waits_since_a_former_release_is_sent(live):
    url = "https://remit.example/account/verification#token=old"
    with database.connection_context():
        with registry.transaction():
            mail = Mail.write("ivan@example.org", "verify_email", url="https://remit.example/")
        database.run(
            "update mails set facts = jsonb_build_object('url', %s::text) where id = %s", (url, mail.id)
        )
        registry.perform("mails.send_mail", {"mail_id": mail.id})
    name = next(name for name in folder.names() if mail.id in name)
    assert url in folder.get(name).get_body(("plain",)).get_content()


def test_one_address_gets_ten_mails_a_day_that_anybody_may_cause(anonymous, contract, mailbox):
    """Whoever causes them: many organizations, their programs, and who registers with the address."""
    victim, statuses = "victim.l4@example.org", []
    founders = [factories.client_of(anonymous, factories.register(anonymous)) for _ in range(3)]
    for number, founder in enumerate(founders):
        for turn in range(2):
            organization_id = factories.organization(founder)["id"]
            address = victim if turn else f"Victim.L4+{number}@example.org"
            answers = [
                founder.post(
                    f"/organizations/{organization_id}/invitations", {"email": address, "role": "guest"}
                )
            ]
            if answers[0].status_code == 201:
                deliveries = f"{answers[0].headers['Location']}/deliveries"
                answers += [founder.post(deliveries) for _ in range(2)]
            statuses += [answer.status_code for answer in answers]
    assert statuses.count(201) == 10 and statuses[-1] == 429
    answer = founder.post(f"/organizations/{organization_id}/invitations", {"email": victim, "role": "guest"})
    assert refused(answer) == (429, "delivered_too_often")
    assert HOUR * 23 < int(answer.headers["Retry-After"]) <= HOUR * 24
    # Whoever registers with it is told what everybody is told.
    answer = anonymous.post("/users", {"email": victim, "password": factories.PASSWORD, "name": "V"})
    assert answer.status_code == 202 and mailbox.all_to(victim, "verify_email") == []


def test_what_strangers_cause_keeps_no_link_from_the_owner_of_an_account(anonymous, mailbox):
    person = factories.register(anonymous)
    with database.connection_context():
        for _ in range(12):
            MailRequest.has_room(person.email)
    assert anonymous.post("/password-resets", {"email": person.email}).status_code == 202
    assert mailbox.to(person.email, "reset_password").token
