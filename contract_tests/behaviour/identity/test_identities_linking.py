"""The identities that open an account: linked, seen and unlinked, and never the last way in."""

from contract_tests.behaviour.identity.test_identities import kinds
from contract_tests.support import authenticators, factories, sign_ins
from contract_tests.support.accounts import log_in
from contract_tests.support.clients import at_once, refused
from contract_tests.support.provider import Person
from models.base.database import database
from models.base.settings import settings
from security.one_time_codes import recovery_digest

PASSWORD = factories.PASSWORD


def linking(client, program, person, **proof):
    """The answer to linking an identity to the account of a client."""
    return client.post("/identities", sign_ins.begin(client, program).body(person, **proof))


def unlinking(client, identity, **proof):
    return client.put(f"/identities/{identity['id']}/unlinking", json=proof)


def test_an_identity_is_linked_by_who_proves_again_who_they_are(anonymous, provider, mailbox):
    client, person = factories.newcomer(anonymous), Person(sign_ins.address(), is_verified=False)
    begun = sign_ins.begin(client, provider)
    body = begun.body(person)
    assert refused(client.post("/identities", body)) == (403, "reauthentication_failed")
    wrong = {**body, "password": "Not-the-word-1"}
    assert refused(client.post("/identities", wrong)) == (403, "reauthentication_failed")
    made = client.post("/identities", {**body, "password": PASSWORD})
    assert made.status_code == 201
    assert (
        client.get(made.headers["Location"]).json()
        == made.json()
        == client.get("/identities").json()["items"][0]
    )
    assert mailbox.to(client.person.email, "identity_linked")
    assert kinds(client)[0] == ("identity.linked", "success")
    assert sign_ins.sign_in(anonymous, provider, person).json()["user_id"] == client.person.id


def test_an_identity_opens_one_account(anonymous, provider):
    first, second, person = (
        factories.newcomer(anonymous),
        factories.newcomer(anonymous),
        Person(sign_ins.address()),
    )
    assert linking(first, provider, person, password=PASSWORD).status_code == 201
    for client in (first, second):
        assert refused(linking(client, provider, person, password=PASSWORD)) == (409, "identity_taken")
        assert kinds(client)[0] == ("identity.linked", "failure")
    assert second.get("/identities").json()["items"] == []


def test_an_identity_that_two_link_at_once_opens_one_account(anonymous, provider):
    people, person = [factories.newcomer(anonymous) for _ in range(2)], Person(sign_ins.address())
    bodies = [sign_ins.begin(client, provider).body(person, password=PASSWORD) for client in people]
    acts = [
        lambda client=client, body=body: client.post("/identities", body)
        for client, body in zip(people, bodies, strict=True)
    ]
    assert sorted(answer.status_code for answer in at_once(*acts)) == [201, 409]


def test_the_last_way_in_stays(anonymous, provider):
    client = sign_ins.newcomer(anonymous, provider)
    assert refused(unlinking(client, client.identity)) == (409, "last_way_in")
    google = sign_ins.sign_in(anonymous, provider, Person(client.at_provider.email), "google")
    assert google.json()["user_id"] == client.person.id
    assert refused(unlinking(client, client.identity)) == (
        403,
        "reauthentication_failed",
    )  # there is no proof yet
    assert len(client.get("/identities").json()["items"]) == 2


def test_an_identity_of_a_provider_that_is_not_offered_is_no_way_in(anonymous, provider, monkeypatch):
    client = sign_ins.newcomer(anonymous, provider)
    sign_ins.sign_in(anonymous, provider, Person(client.at_provider.email), "google")
    monkeypatch.setenv("REMIT_GOOGLE_CLIENT_ID", "")
    settings.cache_clear()
    try:
        assert refused(unlinking(client, client.identity)) == (409, "last_way_in")
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_of_two_identities_that_are_unlinked_at_once_one_stays(anonymous, provider):
    client = sign_ins.newcomer(anonymous, provider)
    sign_ins.sign_in(anonymous, provider, Person(client.at_provider.email), "google")
    authenticators.set_up(client.person.id, is_active=True)
    with database.connection_context():
        codes = ("abcde-fghij", "abcde-fghik")
        for code in codes:
            add_recovery_code(client.person.id, code)
    both = client.get("/identities").json()["items"]
    acts = [
        lambda identity=identity, code=code: unlinking(client, identity, recovery_code=code)
        for identity, code in zip(both, codes, strict=True)
    ]
    assert sorted(answer.status_code for answer in at_once(*acts)) == [204, 409]
    assert len(client.get("/identities").json()["items"]) == 1


def add_recovery_code(user_id, code):
    database.run(
        "insert into recovery_codes (two_factor_id, digest) values (%s, %s)",
        (user_id, recovery_digest(user_id, code)),
    )


def test_an_identity_that_is_unlinked_opens_nothing_and_nobody_stays_in_by_it(anonymous, provider, mailbox):
    client, person = factories.newcomer(anonymous), Person(sign_ins.address(), is_verified=False)
    identity = linking(client, provider, person, password=PASSWORD).json()
    other = sign_ins.sign_in(anonymous, provider, person).json()["access_token"]
    assert refused(unlinking(client, identity, password="Not-the-word-1")) == (403, "reauthentication_failed")
    assert unlinking(client, identity, password=PASSWORD).status_code == 204
    assert client.get("/identities").json()["items"] == []
    assert refused(client.get(f"/identities/{identity['id']}")) == (404, "not_found")
    left = anonymous.get("/users/me", headers={"Authorization": f"Bearer {other}"})
    assert refused(left) == (401, "unauthenticated")
    assert client.get("/users/me").status_code == 200
    assert "GitHub" in mailbox.to(client.person.email, "identity_unlinked").text
    assert ("identity.unlinked", "success") in kinds(client)
    last = client.everything("/events")[-2:]
    assert last[0]["snapshot"]["identity"]["subject"] == person.subject
    assert refused(sign_ins.sign_in(anonymous, provider, person)) == (409, "email_not_verified")


def test_who_has_no_password_sets_one_by_a_mail_and_unlinks_then(anonymous, provider, mailbox):
    client = sign_ins.newcomer(anonymous, provider)
    email = client.person.email
    anonymous.post("/password-resets", {"email": email})
    token = mailbox.to(email, "reset_password").token
    anonymous.put("/password-resets/completion", json={"token": token, "new_password": PASSWORD})
    client = factories.client_of(anonymous, client.person)
    client.http.headers["Authorization"] = f"Bearer {log_in(anonymous, email).json()['access_token']}"
    identity = client.get("/identities").json()["items"][0]
    assert unlinking(client, identity, password=PASSWORD).status_code == 204


def test_an_api_key_without_the_scope_links_and_unlinks_nothing(anonymous, provider):
    client = factories.newcomer(anonymous)
    program = factories.api_key(client, "account:read")
    body = sign_ins.begin(anonymous, provider).body(Person(sign_ins.address()), password=PASSWORD)
    assert program.post("/identities", body).json()["permission"] == "account:write"
    identity = sign_ins.linked(client.person.id)
    assert program.get(f"/identities/{identity}").status_code == 200
    assert unlinking(program, {"id": identity}, password=PASSWORD).status_code == 403


def test_nobody_sees_or_unlinks_the_identity_of_somebody_else(anonymous, provider, stranger):
    client = sign_ins.newcomer(anonymous, provider)
    assert refused(stranger.get(f"/identities/{client.identity['id']}")) == (404, "not_found")
    assert refused(unlinking(stranger, client.identity, password=PASSWORD)) == (404, "not_found")
