"""Accepting an invitation: by whom it was sent to, once, while it holds."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused
from contract_tests.support.inviting import accept, aged, decline, helper, joined, newest_token
from models.base.database import database


@pytest.fixture
def person(anonymous):
    """Somebody who is registered, and belongs to nothing."""
    return factories.newcomer(anonymous, name="Grace")


@pytest.fixture
def invitations_path(founder):
    return f"/organizations/{founder.organization_id}/invitations"


def test_who_is_invited_accepts_and_is_a_member(founder, person, invitations_path, mailbox):
    made = founder.post(invitations_path, {"email": person.person.email.upper(), "role": "admin"})
    invitation = made.json()
    assert (invitation["email"], invitation["role"], invitation["status"]) == (
        person.person.email,
        "admin",
        "open",
    )
    assert founder.get(made.headers["Location"]).json() == invitation
    member = accept(person, newest_token(mailbox, person)).json()
    assert (member["user_id"], member["name"], member["role"]) == (person.person.id, "Grace", "admin")
    assert joined(founder, person) == "admin"
    facts = mailbox.to(founder.person.email, "invitation_accepted").facts
    assert facts == {"member": "Grace", "organization": "An organization"}
    assert founder.get(made.headers["Location"]).json()["status"] == "accepted"


def test_who_registers_later_accepts_too(founder, anonymous, invitations_path, mailbox):
    person = factories.register(anonymous)
    email = f"later-{person.email}"
    founder.post(invitations_path, {"email": email, "role": "member"})
    with database.connection_context():
        database.run("update users set email = %s where id = %s", (email, person.id))
    assert accept(factories.client_of(anonymous, person), mailbox.to(email).token).status_code == 200


def test_an_invitation_is_accepted_once(founder, person, invitations_path, mailbox):
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    token = newest_token(mailbox, person)
    assert accept(person, token).status_code == 200
    assert refused(accept(person, token)) == (409, "invitation_not_open")
    assert refused(decline(person, token)) == (409, "invitation_not_open")


def test_F11_of_two_acceptances_at_the_same_moment_one_makes_a_member(
    founder, person, invitations_path, mailbox
):
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    token = newest_token(mailbox, person)
    answers = at_once(*[lambda: accept(person, token)] * 6)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    members = founder.get(f"/organizations/{founder.organization_id}/members", params={"include": "total"})
    assert members.json()["total"] == 2


def test_nobody_accepts_or_declines_what_was_sent_to_another(
    founder, person, anonymous, invitations_path, mailbox
):
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    token, other = newest_token(mailbox, person), factories.newcomer(anonymous)
    for act in (accept, decline):
        assert refused(act(other, token)) == (409, "invitation_for_another")
        assert person.person.email not in act(other, token).text
    assert joined(founder, other) is None
    assert accept(person, token).status_code == 200


def test_who_declines_is_no_member_and_may_be_invited_again(founder, person, invitations_path, mailbox):
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    token = newest_token(mailbox, person)
    assert decline(person, token).json()["status"] == "declined"
    assert refused(accept(person, token)) == (409, "invitation_not_open")
    factories.member(founder, founder.organization_id, person.person, "member")
    assert joined(founder, person) == "member"


def test_a_withdrawn_invitation_opens_nothing(founder, person, invitations_path, mailbox):
    made = founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    assert founder.delete(made.headers["Location"]).status_code == 204
    assert refused(accept(person, newest_token(mailbox, person))) == (409, "invitation_not_open")
    assert founder.get(made.headers["Location"]).json()["status"] == "withdrawn"
    assert refused(founder.delete(made.headers["Location"])) == (409, "invitation_not_open")
    assert refused(founder.post(f"{made.headers['Location']}/deliveries")) == (409, "invitation_not_open")


def test_an_invitation_ends_after_seven_days(founder, person, invitations_path, mailbox):
    made = founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    path, before = made.headers["Location"], made.headers["ETag"]
    aged(made.json(), "6 days 23 hours")
    assert founder.get(path).json()["status"] == "open"
    aged(made.json(), "1 hour 1 second")
    after = founder.get(path, headers={"If-None-Match": before})
    assert (after.status_code, after.json()["status"]) == (200, "expired")
    assert refused(accept(person, newest_token(mailbox, person))) == (409, "invitation_not_open")
    assert founder.get(invitations_path, params={"status": "open"}).json()["items"] == []
    assert [
        invitation["id"]
        for invitation in founder.get(invitations_path, params={"status": "expired"}).json()["items"]
    ] == [made.json()["id"]]


def test_what_is_sent_again_has_a_new_link_and_the_old_one_is_dead(
    founder, person, invitations_path, mailbox
):
    made = founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    first = newest_token(mailbox, person)
    aged(made.json(), "5 days")
    again = founder.post(f"{made.headers['Location']}/deliveries")
    assert (again.status_code, again.json()["deliveries"]) == (201, 2)
    assert again.json()["expires_at"] > made.json()["expires_at"]
    assert refused(accept(person, first)) == (409, "invitation_not_open")
    assert accept(person, newest_token(mailbox, person)).status_code == 200


def test_who_became_a_member_meanwhile_cannot_accept(founder, person, invitations_path, mailbox):
    founder.post(invitations_path, {"email": person.person.email, "role": "admin"})
    factories.enrolled(founder.organization_id, person.person.id, "guest")
    assert refused(accept(person, newest_token(mailbox, person))) == (409, "already_a_member")
    assert joined(founder, person) == "guest"


@pytest.mark.parametrize("role", [None, "member", "guest"])
def test_an_invitation_dies_with_the_role_of_who_made_it(
    role, founder, anonymous, person, invitations_path, mailbox
):
    admin = helper(founder, anonymous, "admin")
    made = admin.post(invitations_path, {"email": person.person.email, "role": "guest"})
    membership = f"/members/{admin.membership['id']}"
    gone = founder.patch(membership, {"role": role}) if role else founder.delete(membership)
    assert gone.status_code < 300
    assert refused(accept(person, newest_token(mailbox, person))) == (409, "invitation_not_open")
    assert joined(founder, person) is None
    if role:  # who rises again brings nothing back
        founder.patch(membership, {"role": "admin"})
    assert refused(accept(person, newest_token(mailbox, person))) == (409, "invitation_not_open")
    assert founder.get(made.headers["Location"]).json()["status"] == "withdrawn"


def test_who_sends_an_invitation_again_vouches_for_it(founder, anonymous, person, invitations_path, mailbox):
    admin = helper(founder, anonymous, "admin")
    made = admin.post(invitations_path, {"email": person.person.email, "role": "guest"})
    founder.delete(f"/members/{admin.membership['id']}")
    again = founder.post(f"{made.headers['Location']}/deliveries").json()
    assert again["inviter_id"] == founder.person.id
    assert again["inviter_name"] == founder.get("/users/me").json()["name"]
    assert accept(person, newest_token(mailbox, person)).status_code == 200


def test_the_security_log_tells_who_came_in_and_who_was_kept_out(
    founder, anonymous, person, invitations_path, mailbox
):
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    token = newest_token(mailbox, person)
    accept(factories.newcomer(anonymous), token)
    accept(person, token)
    entries = founder.everything("/security-log", organization_id=founder.organization_id)[::-1]
    assert [(entry["kind"], entry["outcome"]) for entry in entries] == [
        ("organization.created", "success"),
        ("member.added", "success"),
        ("invitation.created", "success"),
        ("invitation.accepted", "failure"),
        ("member.added", "success"),
        ("invitation.accepted", "success"),
    ]
    assert entries[-1]["user_id"] == person.person.id


def test_a_token_that_nobody_gave_opens_nothing(founder, person, invitations_path):
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    assert refused(accept(person, "a" * 43)) == (409, "invitation_not_open")
    with database.connection_context():
        digest = database.rows("select digest from invitations order by created_at desc limit 1")[0][0]
    assert refused(accept(person, digest[:43])) == (409, "invitation_not_open")
    assert refused(accept(person, digest)) == (422, "invalid_request")
