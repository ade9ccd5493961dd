"""Probes of proof: what a session alone must not do, and which registration a link activates."""

from contract_tests.contract.planted import refused
from contract_tests.support import authenticators, factories
from contract_tests.support.mailbox import Mailbox
from models.base.database import database
from models.base.ids import new_id


def ownership_is_given_with_proof_alone(stage):
    someone = stage.newcomer()
    id = factories.enrolled(stage.organization_id, someone.person.id, "guest")
    key = factories.api_key(stage.owner, "organizations:write")
    program = stage.client(key.token)
    assert refused(stage.owner.patch(f"/members/{id}", {"role": "owner"})) == (403, "reauthentication_failed")
    invited = {"email": f"{new_id()}@example.org", "role": "owner"}
    place = f"/organizations/{stage.organization_id}/invitations"
    assert refused(stage.owner.post(place, invited)) == (403, "reauthentication_failed")
    given = program.patch(f"/members/{id}", {"role": "owner", **factories.PROOF})
    assert refused(given) == (403, "session_required")


def a_session_makes_no_key_without_proof(stage):
    body = {"name": "Probe", "scopes": ["tasks:read"]}
    answer = stage.owner.post("/api-keys", body, proves=False)
    assert refused(answer) == (403, "reauthentication_failed")


def a_link_alone_activates_nothing(stage):
    email = f"{new_id()}@example.org"
    for name, password in (("Victim", factories.PASSWORD), ("Mallory", "Quite-another-word-1")):
        told = {"email": email, "name": name, "password": password}
        assert stage.anonymous.post("/users", told).status_code == 202
    body = {"token": Mailbox().to(email, "verify_email").token}
    completion = "/email-verifications/completion"
    assert refused(stage.anonymous.put(completion, json=body)) == (403, "reauthentication_failed")
    assert stage.anonymous.put(completion, json={**body, **factories.PROOF}).status_code == 204
    logged_in = stage.anonymous.post("/sessions", {"email": email, "password": "Quite-another-word-1"})
    assert refused(logged_in) == (401, "unauthenticated")


def a_link_alone_moves_no_account(stage):
    person, email = stage.newcomer(), f"{new_id()}@example.org"
    former = person.person.email
    assert person.put("/users/me/email", json={"email": email, **factories.PROOF}).status_code == 202
    body = {"token": Mailbox().to(email, "verify_new_email").token}
    clicked = stage.anonymous.put("/email-verifications/completion", json=body)
    assert refused(clicked) == (403, "reauthentication_failed")
    assert person.get("/users/me").json()["email"] == former


def codes_of_an_enrolment_are_not_guessed(stage):
    person = stage.newcomer()
    secret = person.post("/users/me/two-factor", factories.PROOF).json()["shared_secret"]
    confirmation = "/users/me/two-factor/confirmation"
    for _ in range(6):
        guess = person.put(confirmation, json={"one_time_code": authenticators.wrong(secret)})
        assert refused(guess) == (422, "one_time_code_wrong")
    late = person.put(confirmation, json={"one_time_code": authenticators.code(secret)})
    assert late.status_code == 422


def a_reset_leaves_no_key(stage):
    someone = stage.newcomer()
    key = stage.client(factories.api_key(someone, "account:read").token)
    token = factories.email_token(someone.person, "reset_password")
    body = {"token": token, "new_password": "Quite-another-word-1"}
    assert stage.anonymous.put("/password-resets/completion", json=body).status_code == 204
    assert refused(key.get("/users/me")) == (401, "unauthenticated")
    with database.connection_context():
        database.run("delete from attempts")
