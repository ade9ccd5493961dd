"""Ownership: given and taken only by a person who proves who they are, and told to every owner."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.visitor import App, Visitor

OWNER = {"role": "owner"}


@pytest.fixture
def company(founder, anonymous):
    """The founder, a second owner and an accomplice, who is a guest."""
    founder.second, founder.accomplice = (factories.newcomer(anonymous) for _ in range(2))
    founder.places = {}
    for client, role in ((founder.second, "owner"), (founder.accomplice, "guest")):
        member = factories.member(founder, founder.organization_id, client.person, role)
        founder.places[client] = f"/members/{member['id']}"
        factories.log_in_again(client)
    founder.path = f"/organizations/{founder.organization_id}"
    return founder


def role_of(company, client):
    return company.get(company.places[client]).json()["role"]


def letters(mailbox, client):
    return mailbox.all_to(client.person.email, "ownership_changed")


def of_an_app(company, scope="organizations:write"):
    app = App(company, company.organization_id, scopes=["openid", scope])
    visitor = Visitor(str(company.http.base_url), company.contract, company.person)
    return app.acting(app.tokens(visitor, scope=f"openid {scope}")["access_token"])


def test_an_app_with_the_consent_of_an_owner_makes_nobody_an_owner(company):
    app, member_path = of_an_app(company), company.places[company.accomplice]
    for proof in ({}, factories.PROOF):
        assert refused(app.patch(member_path, {**OWNER, **proof})) == (403, "session_required")
        invited = {"email": "accomplice@example.org", **OWNER, **proof}
        assert refused(app.post(f"{company.path}/invitations", invited)) == (403, "session_required")
    assert role_of(company, company.accomplice) == "guest"


def test_an_app_and_an_api_key_remove_and_demote_no_owner(company):
    member_path = company.places[company.second]
    for program in (of_an_app(company), factories.api_key(company, "organizations:write")):
        assert refused(program.patch(member_path, {"role": "guest", **factories.PROOF})) == (
            403,
            "session_required",
        )
        assert refused(program.delete(member_path)) == (409, "member_is_owner")
    assert role_of(company, company.second) == "owner"


def test_an_api_key_of_an_owner_invites_no_owner(company):
    key = factories.api_key(company, "organizations:write")
    body = {"email": "accomplice@example.org", **OWNER, **factories.PROOF}
    assert refused(key.post(f"{company.path}/invitations", body)) == (403, "session_required")


def test_a_session_gives_ownership_only_with_the_password(company):
    member_path = company.places[company.accomplice]
    for proof in ({}, {"password": "Wrong-horse-7"}, {"one_time_code": "123456"}):
        assert refused(company.patch(member_path, {**OWNER, **proof})) == (403, "reauthentication_failed")
    assert company.patch(member_path, {**OWNER, **factories.PROOF}).json()["role"] == "owner"


def test_another_role_needs_no_proof(company):
    assert company.patch(company.places[company.accomplice], {"role": "admin"}).status_code == 200


def test_an_owner_is_removed_after_their_role_is_changed(company):
    member_path = company.places[company.second]
    assert refused(company.delete(member_path)) == (409, "member_is_owner")
    assert company.patch(member_path, {"role": "member", **factories.PROOF}).status_code == 200
    assert company.delete(member_path).status_code == 204


def test_all_owners_and_the_person_are_told_of_a_new_owner_and_of_one_who_is_none_any_more(company, mailbox):
    member_path = company.places[company.accomplice]
    company.patch(member_path, {**OWNER, **factories.PROOF})
    for client in (company, company.second, company.accomplice):
        (letter,) = letters(mailbox, client)
        assert "is now an owner" in letter.text and "is now an owner" in letter.html
    company.patch(member_path, {"role": "guest", **factories.PROOF})
    for client in (company, company.second, company.accomplice):
        assert "is no longer an owner" in letters(mailbox, client)[0].text


def test_a_transfer_is_told_to_both_and_to_the_other_owners(company, mailbox):
    member_id = company.places[company.accomplice].rpartition("/")[2]
    body = {"member_id": member_id, **factories.PROOF}
    assert company.put(f"{company.path}/ownership", json=body).status_code == 200
    changes = {client: [letter.facts["what"] for letter in letters(mailbox, client)]
            for client in (company, company.second, company.accomplice)}  # fmt: skip
    assert changes[company] == ["is no longer an owner"]
    assert changes[company.accomplice] == ["is now an owner"]
    assert sorted(changes[company.second]) == ["is no longer an owner", "is now an owner"]


def test_an_invited_owner_is_told_to_the_owners_when_invited_and_when_accepted(company, mailbox, anonymous):
    person = factories.register(anonymous)
    body = {"email": person.email, **OWNER}
    assert refused(company.post(f"{company.path}/invitations", body)) == (403, "reauthentication_failed")
    made = company.post(f"{company.path}/invitations", {**body, **factories.PROOF})
    assert made.status_code == 201
    assert "was invited as an owner" in letters(mailbox, company.second)[0].text
    assert factories.accepted(anonymous, person)["role"] == "owner"
    for address in (company.second.person.email, person.email):
        assert mailbox.to(address, "ownership_changed").facts["what"] == "is now an owner"


def test_the_invitation_of_an_owner_is_not_sent_again(company):
    body = {"email": "owner-to-be@example.org", **OWNER, **factories.PROOF}
    made = company.post(f"{company.path}/invitations", body).json()
    deliveries_path = f"/invitations/{made['id']}/deliveries"
    assert refused(company.post(deliveries_path)) == (409, "owner_invitation")
    assert factories.api_key(company, "organizations:write").post(deliveries_path).status_code == 409


def test_who_founds_an_organization_is_told_nothing(founder, mailbox):
    assert letters(mailbox, founder) == []


def test_the_same_request_with_its_proof_and_key_is_done_once(company):
    member_path, headers = company.places[company.accomplice], {"Idempotency-Key": "owner-once"}
    wrong = company.patch(member_path, {**OWNER, "password": "Wrong-horse-7"}, headers=headers)
    assert refused(wrong) == (403, "reauthentication_failed")
    first = company.patch(member_path, {**OWNER, **factories.PROOF}, headers=headers)
    again = company.patch(member_path, {**OWNER, **factories.PROOF}, headers=headers)
    assert (first.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (
        200,
        first.json(),
        "true",
    )


def test_what_needs_no_proof_does_not_wait_for_passwords_to_be_checked(company, live, monkeypatch):
    monkeypatch.setattr(live.edge.bridge, "passwords", None)  # whoever comes to it fails
    assert company.patch(company.places[company.accomplice], {"role": "member"}).status_code == 200
