"""Checks of proof of identity: what a session or a link alone must not do."""

from contract_tests.contract.mutants.checks import refused
from contract_tests.support import authenticators, factories
from contract_tests.support.mailbox import Mailbox
from models.base.database import database
from models.base.ids import new_id


def ownership_is_given_with_proof_alone(scene):
    someone = scene.newcomer()
    id = factories.enrolled(scene.organization_id, someone.person.id, "guest")
    key = factories.api_key(scene.owner, "organizations:write")
    program = scene.client(key.token)
    raised = scene.owner.patch(f"/members/{id}", {"role": "owner"})
    assert refused(raised) == (403, "reauthentication_failed"), "a member is made owner with proof alone"
    invited = {"email": f"{new_id()}@example.org", "role": "owner"}
    invitation = scene.owner.post(f"/organizations/{scene.organization_id}/invitations", invited)
    assert refused(invitation) == (403, "reauthentication_failed"), "an owner is invited with proof alone"
    by_key = program.patch(f"/members/{id}", {"role": "owner", **factories.PROOF})
    assert refused(by_key) == (403, "session_required"), "an API key proves nobody's identity"


def a_session_makes_no_key_without_proof(scene):
    body = {"name": "Check", "scopes": ["tasks:read"]}
    answer = scene.owner.post("/api-keys", body, proves=False)
    assert refused(answer) == (403, "reauthentication_failed"), "an API key is made with proof alone"


def a_link_alone_activates_nothing(scene):
    email = f"{new_id()}@example.org"
    for name, password in (("Victim", factories.PASSWORD), ("Mallory", "Quite-another-word-1")):
        body = {"email": email, "name": name, "password": password}
        assert scene.anonymous.post("/users", body).status_code == 202, "anybody registers"
    body = {"token": Mailbox().to(email, "verify_email").token}
    completion = "/email-verifications/completion"
    clicked = scene.anonymous.put(completion, json=body)
    assert refused(clicked) == (403, "reauthentication_failed"), "a link alone activates no registration"
    proven = scene.anonymous.put(completion, json={**body, **factories.PROOF})
    assert proven.status_code == 204, "a link and the password activate the registration"
    logged_in = scene.anonymous.post("/sessions", {"email": email, "password": "Quite-another-word-1"})
    assert refused(logged_in) == (401, "unauthenticated"), "no other registration is activated"


def a_link_alone_moves_no_account(scene):
    person, email = scene.newcomer(), f"{new_id()}@example.org"
    former = person.person.email
    asked = person.put("/users/me/email", json={"email": email, **factories.PROOF})
    assert asked.status_code == 202, "an email address can be changed"
    body = {"token": Mailbox().to(email, "verify_new_email").token}
    clicked = scene.anonymous.put("/email-verifications/completion", json=body)
    assert refused(clicked) == (403, "reauthentication_failed"), "a link alone moves no account"
    assert person.get("/users/me").json()["email"] == former, "the address is unchanged"


def codes_of_an_enrolment_are_not_guessed(scene):
    person = scene.newcomer()
    secret = person.post("/users/me/two-factor", factories.PROOF).json()["shared_secret"]
    confirmation = "/users/me/two-factor/confirmation"
    for _ in range(6):
        guess = person.put(confirmation, json={"one_time_code": authenticators.wrong(secret)})
        assert refused(guess) == (409, "one_time_code_wrong"), "a wrong code is refused"
    late = person.put(confirmation, json={"one_time_code": authenticators.code(secret)})
    assert late.status_code == 409, "after six wrong codes the right one is refused"


def a_reset_leaves_no_key(scene):
    someone = scene.newcomer()
    key = scene.client(factories.api_key(someone, "account:read").token)
    token = factories.email_token(someone.person, "reset_password")
    body = {"token": token, "new_password": "Quite-another-word-1"}
    reset = scene.anonymous.put("/password-resets/completion", json=body)
    assert reset.status_code == 204, "a password can be reset"
    assert refused(key.get("/users/me")) == (401, "unauthenticated"), "a reset revokes API keys"
    with database.connection_context():
        database.run("delete from attempts")
