"""Signing in with a provider, as people do it: with Google and with GitHub."""

import pytest

from contract_tests.support import authenticators, factories, sign_ins
from contract_tests.support.accounts import log_in, register, verify
from contract_tests.support.clients import at_once, refused
from contract_tests.support.provider import Person
from models.base.database import database
from models.base.settings import settings

PROVIDERS = pytest.mark.parametrize("provider_name", ["google", "github"])


def kinds(client):
    """What the security log of the account tells, the newest first: ``(kind, outcome)``."""
    return [(entry["kind"], entry["outcome"]) for entry in client.everything("/security-log")]


def test_one_sees_who_one_can_sign_in_with(anonymous, monkeypatch):
    providers = [{"provider": "google", "name": "Google"}, {"provider": "github", "name": "GitHub"}]
    assert anonymous.get("/identity-providers").json() == {"providers": providers}
    monkeypatch.setenv("REMIT_GOOGLE_CLIENT_ID", "")
    settings.cache_clear()
    try:
        assert anonymous.get("/identity-providers").json() == {"providers": providers[1:]}
        answer = anonymous.post("/identity-authorizations", {"provider": "google"})
        assert refused(answer) == (404, "provider_not_configured")
    finally:
        monkeypatch.undo()
        settings.cache_clear()


@PROVIDERS
def test_who_is_new_has_an_account_without_a_password(anonymous, provider, provider_name):
    person = Person(sign_ins.address("New"), name="Ada\tLovelace\n")
    client = sign_ins.newcomer(anonymous, provider, provider_name, **person.__dict__)
    me = client.get("/users/me").json()
    assert (me["email"], me["name"], me["has_password"]) == (person.email.lower(), "Ada Lovelace", False)
    assert me["verified_at"] is not None
    assert (client.identity["provider"], client.identity["subject"]) == (provider_name, person.subject)
    assert client.identity["email"] == person.email.lower() and client.identity["last_used_at"]
    assert kinds(client)[0] == ("session.started", "success")
    assert ("identity.linked", "success") in kinds(client)
    types = [event["event_type"] for event in client.everything("/events")]
    assert types == ["user.registered", "identity.linked", "identity.used", "session.started"]


@PROVIDERS
def test_who_comes_again_has_the_same_account_whatever_the_address_is_by_then(
    anonymous, provider, provider_name
):
    person = Person(sign_ins.address())
    first = sign_ins.sign_in(anonymous, provider, person, provider_name).json()
    person.email = sign_ins.address("another")
    again = sign_ins.sign_in(anonymous, provider, person, provider_name)
    assert again.json()["user_id"] == first["user_id"]
    person.is_verified = False
    assert sign_ins.sign_in(anonymous, provider, person, provider_name).status_code == 201


@PROVIDERS
def test_an_address_that_both_have_verified_leads_to_the_account(anonymous, provider, mailbox, provider_name):
    client = factories.newcomer(anonymous)
    person = Person(client.person.email.upper())
    answer = sign_ins.sign_in(anonymous, provider, person, provider_name)
    assert answer.json()["user_id"] == client.person.id
    assert log_in(anonymous, client.person.email).status_code == 201  # the password stays good
    assert client.get("/users/me").status_code == 200
    letter = mailbox.to(client.person.email, "identity_linked")
    assert letter.facts["provider"] in letter.text and letter.facts["provider"].lower() == provider_name
    assert ("identity.linked", "success") in kinds(client)


def test_an_address_that_the_provider_has_not_verified_leads_nowhere(anonymous, provider):
    client = factories.newcomer(anonymous)
    for email in (client.person.email, sign_ins.address()):
        for name in ("google", "github"):
            answer = sign_ins.sign_in(anonymous, provider, Person(email, is_verified=False), name)
            assert refused(answer) == (409, "email_not_verified")
    assert client.get("/identities").json()["items"] == []
    assert kinds(client)[:2] == [("session.refused", "failure")] * 2
    with database.connection_context():
        assert database.rows("select 1 from users where email = %s", (email,)) == []


def test_what_was_registered_with_an_address_that_is_somebody_elses_opens_nothing(
    anonymous, provider, mailbox
):
    """Nobody waits in an account for its owner to come."""
    email = sign_ins.address("victim")
    register(anonymous, email, name="Mallory", password="Attackers-word-1")
    link = mailbox.to(email, "verify_email").token
    answer = sign_ins.sign_in(anonymous, provider, Person(email, name="The owner"))
    assert answer.status_code == 201
    owner = factories.client_of(
        anonymous, factories.Person(email, "", "", token=answer.json()["access_token"])
    )
    me = owner.get("/users/me").json()
    assert (me["name"], me["has_password"]) == ("The owner", False)
    assert refused(log_in(anonymous, email, "Attackers-word-1")) == (401, "unauthenticated")
    assert refused(verify(anonymous, link)) == (409, "link_not_valid")
    assert refused(log_in(anonymous, email, "Attackers-word-1")) == (401, "unauthenticated")


def test_who_is_disabled_is_not_let_in(anonymous, provider):
    client = sign_ins.newcomer(anonymous, provider)
    with database.connection_context():
        database.run("update users set disabled_at = now() where id = %s", (client.person.id,))
    assert refused(sign_ins.sign_in(anonymous, provider, client.at_provider)) == (401, "unauthenticated")
    by_address = Person(client.at_provider.email)
    assert refused(sign_ins.sign_in(anonymous, provider, by_address)) == (401, "unauthenticated")
    with database.connection_context():
        sql = "select count(*) from security_entries where user_id = %s and kind = 'session.refused' and outcome = 'failure'"
        assert database.rows(sql, (client.person.id,)) == [(2,)]
        assert database.rows("select count(*) from identities where user_id = %s", (client.person.id,)) == [
            (1,)
        ]


def test_a_second_factor_is_asked_for_and_the_code_survives_that(secured, anonymous, provider, mailbox):
    body = sign_ins.begin(anonymous, provider).body(Person(secured.person.email))
    assert refused(sign_ins.complete(anonymous, body)) == (401, "second_factor_required")
    assert mailbox.all_to(secured.person.email, "identity_linked") == []  # nothing is linked by half
    wrong = {**body, "one_time_code": authenticators.wrong(secured.secret)}
    assert refused(sign_ins.complete(anonymous, wrong)) == (401, "second_factor_refused")
    right = {**body, "one_time_code": authenticators.code(secured.secret)}
    assert sign_ins.complete(anonymous, right).json()["user_id"] == secured.person.id
    assert secured.get("/identities").json()["items"][0]["provider"] == "github"
    authenticators.forget_last_use(secured.person.id)
    assert refused(sign_ins.complete(anonymous, right)) == (409, "sign_in_not_valid")


def test_a_recovery_code_will_do(secured, anonymous, provider):
    person = Person(secured.person.email)
    body = sign_ins.begin(anonymous, provider).body(person, recovery_code=secured.recovery_codes[0])
    assert sign_ins.complete(anonymous, body).status_code == 201


def test_the_security_log_tells_by_whom_somebody_came_in(anonymous, provider):
    client = sign_ins.newcomer(anonymous, provider)
    newest = client.get("/security-log", params={"limit": 1}).json()["items"][0]
    assert (newest["kind"], {"name": "provider", "value": "github"} in newest["facts"]) == (
        "session.started",
        True,
    )


def test_who_comes_in_two_windows_at_once_has_one_account(anonymous, provider):
    person = Person(sign_ins.address())
    bodies = [sign_ins.begin(anonymous, provider).body(person) for _ in range(4)]
    answers = at_once(*(lambda body=body: sign_ins.complete(anonymous, body) for body in bodies))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["user_id"] for answer in answers}) == 1
