"""The proof that nothing is left: somebody does all that the API offers, is erased, and is looked for everywhere."""

import logging
import os

import pytest

from contract_tests.support import factories, preconditions
from contract_tests.support.canaries import in_database, in_files, in_text
from contract_tests.support.clients import Client
from contract_tests.support.full_walkthrough import ADDRESS, FullWalkthrough, canary, from_the_address
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.queue_tasks import perform
from contract_tests.support.visitor import App, Visitor
from contract_tests.support.world_oauth import BOTH
from handlers.privacy import account_erasures_queue_tasks as account_erasures
from models.base import mailbox
from models.base.database import database
from models.base.ids import new_id
from models.privacy.erasure_steps import steps

pytestmark = pytest.mark.slow
# Where somebody who has done everything is found before the erasure: that the search finds it there, too, is its control.
EVERYWHERE = {
    "users.name", "users.email", "sessions.agent", "sessions.address", "api_keys.name", "email_tokens.email",
    "events.snapshot", "events.changes", "security_entries.personal", "permission_checks.address", "mails.recipient",
    "idempotency.body", "idempotency.key", "procrastinate_jobs.args", "projects.name", "organizations.name", "mails.facts",
    "authorizations.nonce", "invitations.email", "apps.name", "service_accounts.description", "service_keys.name",
}  # fmt: skip


class Life:
    """Somebody's whole life here, up to the erasure."""

    def __init__(self, live, contract):
        self.word = f"Quirinalia{new_id()[-8:]}"
        self.canary = canary(live, contract, self.word)
        self.client, self.nobody = self.canary.client, Client(live.base_url, contract)
        self.walk = FullWalkthrough(live, contract, self.canary)
        self.organization_id, self.owner = self.walk.own.organization_id, self.walk.own.client
        self.owner.patch(f"/organizations/{self.organization_id}", {"permission_audit": "all"})
        self.walk.everything()
        self.owner.patch(f"/organizations/{self.organization_id}", {"permission_audit": "all"})
        for act in (
            self.found_alone,
            self.come_and_go,
            self.invite,
            self.let_an_app_act,
            self.be_guessed_at,
            self.use_a_key,
            self.move,
            self.export,
        ):
            factories.log_in_again(self.client)
            act()

    def found_alone(self):
        """An organization where nobody else is, with work that tells of the person."""
        organization_id = factories.organization(self.client, f"{self.word} and nobody else")["id"]
        project = factories.project(self.client, organization_id, name=f"{self.word}'s project")
        factories.task(
            self.client, project["id"], title=f"{self.word} has to eat", assignee_ids=[self.client.person.id]
        )
        for name in (f"{self.word}'s program", f"{self.word}'s last program"):
            body = {"name": name, "description": f"{name} counts", "role": "admin"}
            program = self.client.post(f"/organizations/{organization_id}/service-accounts", body).json()
            key = {"name": f"{self.word}'s key", "jwk": preconditions.public_jwk()}
            assert self.client.post(f"/service-accounts/{program['id']}/keys", key).status_code == 201
        assert self.client.delete(f"/service-accounts/{program['id']}").status_code == 204
        factories.invitation(self.client, organization_id, f"child{new_id()}@example.org")
        App(self.client, organization_id, name=f"{self.word}'s app", **BOTH)

    def come_and_go(self):
        """Others, whose answers are kept to be given again, add the person, who leaves."""
        organization_id = factories.organization(self.owner, "Visited")["id"]
        invitation = {"email": self.client.person.email, "role": "member"}
        once = {"Idempotency-Key": factories.key()}
        assert (
            self.owner.post(
                f"/organizations/{organization_id}/invitations", invitation, headers=once
            ).status_code
            == 201
        )
        member = factories.accepted(self.client, self.client.person)
        team = self.owner.post(f"/organizations/{organization_id}/teams", {"name": "Crew"}).json()
        joined = {"user_id": self.client.person.id, "role": "member"}
        self.owner.post(f"/teams/{team['id']}/members", joined, headers={"Idempotency-Key": factories.key()})
        factories.log_in_again(self.client)
        factories.project(self.client, organization_id, name="Theirs")
        assert self.client.delete(f"/members/{member['id']}").status_code == 204

    def invite(self):
        """The person invites somebody, whom another owner reminds; and is invited, and never comes."""
        email = f"guest{new_id()}@example.org"
        path = f"/organizations/{self.organization_id}/invitations"
        once = {"Idempotency-Key": factories.key()}
        made = self.client.post(path, {"email": email, "role": "guest"}, headers=once).json()
        once = {"Idempotency-Key": factories.key()}
        again = self.owner.post(f"/invitations/{made['id']}/deliveries", headers=once)
        assert again.status_code < 300, again.text
        factories.invitation(self.client, self.organization_id, f"another{email}")
        elsewhere = factories.organization(self.owner, "Never visited")["id"]
        factories.invitation(self.owner, elsewhere, self.client.person.email)

    def let_an_app_act(self):
        visitor = Visitor(str(self.client.http.base_url), self.client.contract, self.client.person)
        visitor.http = from_the_address(str(self.client.http.base_url), self.word)
        app = App(self.owner, self.organization_id, name="Planner")
        token = app.tokens(visitor, nonce=f"{self.word} was here")["access_token"]
        assert app.acting(token).get("/users/me").status_code == 200

    def be_guessed_at(self):
        for _ in range(6):
            wrong = {"email": self.client.person.email, "password": "Wrong-horse-7"}
            self.client.post("/sessions", wrong, headers={"Authorization": ""})
        sql = "select args from procrastinate_jobs where task_name = 'sessions.tell_of_failure' and args ->> 'address' = %s"
        with database.connection_context():
            rows = database.rows(sql, (ADDRESS,))
            database.run("delete from attempts")
        for (args,) in rows:
            perform("sessions.tell_of_failure", **args)

    def use_a_key(self):
        made = factories.api_key(self.client, "account:read", name=f"{self.word} key")
        headers = {"Authorization": f"Bearer {made.token}"}
        assert self.client.get("/users/me", headers=headers).status_code == 200

    def move(self):
        """Another address; and one that is asked for and never shown to be the person's."""
        for email in (f"moved.{self.client.person.email}", f"never.{self.client.person.email}"):
            asked = self.client.put("/users/me/email", json={"email": email, "password": factories.PASSWORD})
            assert asked.status_code == 202
            if email.startswith("moved"):
                proof = {"token": Mailbox().to(email, "verify_new_email").token, **factories.PROOF}
                done = self.nobody.put("/email-verifications/completion", json=proof)
                assert done.status_code == 204, done.text
                self.client.person.email = email

    def export(self):
        """The archive is made, and all mails so far are in the mailbox of the demonstration."""
        with database.connection_context():
            database.run("delete from jobs where user_id = %s", (self.client.person.id,))
        job = self.client.post("/users/me/exports", {"password": factories.PASSWORD}).json()
        perform("personal_data_exports.export", job_id=job["id"])
        assert self.client.get(f"/jobs/{job['id']}").json()["status"] == "succeeded"
        self.send_mails()

    def send_mails(self):
        with database.connection_context():
            rows = database.rows(
                "select id from mails where status = 'waiting' and recipient ~* %s", (self.word,)
            )
        for (id,) in rows[1:]:  # one waits still
            perform("mails.send_mail", mail_id=id)

    def words_in_files(self):
        return [name for name, content in in_files() if in_text(self.canary.words, content)]


def test_nothing_is_left_of_who_did_everything(live, contract, monkeypatch, caplog, capfd):
    caplog.set_level(logging.INFO)
    life = Life(live, contract)
    words, person = life.canary.words, life.client.person
    columns = in_database(words)
    assert set(columns) >= EVERYWHERE
    assert len(life.words_in_files()) > 3

    factories.log_in_again(life.client)
    assert life.client.put("/users/me/erasure", json={"password": factories.PASSWORD}).status_code == 204
    letter = Mailbox().to(person.email, "account_erased")
    # Its control: with one step left out, the search finds what that would have erased, and nothing else.
    left_out = [step for step in steps() if step.table not in ("permission_checks", "idempotency")]
    monkeypatch.setattr(account_erasures, "steps", lambda: left_out)
    perform("account_erasures.erase", user_id=person.id, turn=1)
    columns = set(in_database(words))
    assert {"permission_checks.address", "idempotency.body"} <= columns
    of_erasing = {"account_erasures.addresses", "mails.recipient"}
    assert columns - of_erasing <= {
        "permission_checks.address",
        "idempotency.body",
        "idempotency.key",
        "idempotency.headers",
    }

    monkeypatch.undo()
    perform("account_erasures.erase", user_id=person.id, turn=2)
    perform("mails.send_mail", mail_id=letter.id)
    assert in_database(words) == {}
    # The last mail has left for the address, which in a demonstration is the mailbox; it goes when it is old.
    (last,) = life.words_in_files()
    assert letter.id in last
    os.utime(mailbox.folder() / last, (0, 0))
    perform("upkeep.remove_files")
    assert life.words_in_files() == []
    logged = " ".join([record.getMessage() for record in caplog.records if record.name.startswith("remit")])
    assert not in_text(words, logged + "".join(capfd.readouterr()))
