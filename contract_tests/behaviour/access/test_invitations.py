"""Invitations: who is invited by whom, and what is told to whom."""

import re

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused
from contract_tests.support.inviting import accept, aged, helper, joined, newest_token
from models.base.database import database


@pytest.fixture
def person(anonymous):
    """Somebody who is registered, and belongs to nothing."""
    return factories.newcomer(anonymous, name="Grace")


@pytest.fixture
def invitations_path(founder):
    return f"/organizations/{founder.organization_id}/invitations"


def test_the_mail_says_who_invites_whereto_and_leads_to_the_portal(
    founder, person, invitations_path, mailbox, live
):
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    letter = mailbox.to(person.person.email, "invitation")
    inviter = founder.get("/users/me").json()["name"]
    facts = {name: letter.facts[name] for name in ("organization", "inviter", "role")}
    assert facts == {"organization": "An organization", "inviter": inviter, "role": "guest"}
    assert letter.link.startswith(f"{live.host_url}/account/invitation#token=")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", letter.token)


def test_the_token_is_told_in_the_mail_alone(founder, person, invitations_path, mailbox):
    made = founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    token = newest_token(mailbox, person)
    events = founder.get("/events", params={"organization_id": founder.organization_id})
    assert token not in made.text + events.text + founder.get(invitations_path).text
    with database.connection_context():
        for table in ("invitations", "events", "security_entries", "idempotency"):
            assert not [row for (row,) in database.rows(f"select t::text from {table} t") if token in row]


def test_the_answer_does_not_tell_whether_somebody_is_registered(founder, person, invitations_path):
    first = founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    second = founder.post(invitations_path, {"email": "ghost@example.org", "role": "guest"})
    bodies = [
        {name: value for name, value in answer.json().items() if not name.endswith(("id", "_at")) and name != "email"}
        for answer in (first, second)
    ]  # fmt: skip
    assert (first.status_code, bodies[0]) == (second.status_code, bodies[1])
    again = [
        founder.post(invitations_path, {"email": email, "role": "guest"})
        for email in (person.person.email, "ghost@example.org")
    ]
    assert [refused(answer) for answer in again] == [(409, "already_invited")] * 2


def test_F11_of_two_who_invite_one_person_at_the_same_moment_one_succeeds(
    founder, person, invitations_path, mailbox
):
    answers = at_once(
        *[lambda: founder.post(invitations_path, {"email": person.person.email, "role": "guest"})] * 6
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert len(mailbox.all_to(person.person.email, "invitation")) == 1


def test_after_an_invitation_has_expired_there_may_be_another(founder, person, invitations_path, mailbox):
    aged(founder.post(invitations_path, {"email": person.person.email, "role": "guest"}).json(), "8 days")
    founder.post(invitations_path, {"email": person.person.email, "role": "member"})
    assert [invitation["status"] for invitation in founder.get(invitations_path).json()["items"]] == [
        "open",
        "expired",
    ]
    assert accept(person, newest_token(mailbox, person)).json()["role"] == "member"


def delivered(invitation, time):
    """The newest mail of an invitation was sent so long ago."""
    sql = "update invitations set delivered_at = now() - %s::interval, expires_at = now() where id = %s"
    with database.connection_context():
        database.run(sql, (time, invitation["id"]))


def test_an_address_is_not_flooded(founder, person, invitations_path, mailbox):
    made = founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    deliveries = f"{made.headers['Location']}/deliveries"
    assert [founder.post(deliveries).status_code for _ in range(5)] == [201] * 4 + [429]
    assert refused(founder.post(deliveries)) == (429, "delivered_too_often")
    founder.delete(made.headers["Location"])
    again = founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    assert refused(again) == (429, "delivered_too_often")
    assert 86_300 < int(again.headers["Retry-After"]) <= 86_400
    assert len(mailbox.all_to(person.person.email, "invitation")) == 5
    delivered(made.json(), "23 hours")
    again = founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    assert again.json()["retryable"] and 3_540 < int(again.headers["Retry-After"]) <= 3_600
    delivered(made.json(), "24 hours")  # the time that it said has passed
    assert founder.post(invitations_path, {"email": person.person.email, "role": "guest"}).status_code == 201


def test_members_are_not_invited(founder, person, invitations_path):
    factories.member(founder, founder.organization_id, person.person, "guest")
    answer = founder.post(invitations_path, {"email": person.person.email.upper(), "role": "guest"})
    assert refused(answer) == (409, "already_a_member")


def test_members_and_guests_invite_nobody(founder, anonymous, person, invitations_path):
    for role in ("member", "guest"):
        answer = helper(founder, anonymous, role).post(
            invitations_path, {"email": person.person.email, "role": "guest"}
        )
        assert refused(answer) == (403, "permission_denied")
        assert answer.json()["permission"] == "invitation.create"


def test_nobody_invites_above_their_own_role(founder, anonymous, person, invitations_path):
    admin = helper(founder, anonymous, "admin")
    above = admin.post(invitations_path, {"email": person.person.email, "role": "owner"})
    assert refused(above) == (409, "role_above_own")
    made = founder.post(invitations_path, {"email": person.person.email, "role": "owner", **factories.PROOF})
    assert refused(admin.delete(made.headers["Location"])) == (409, "role_above_own")
    assert refused(admin.post(f"{made.headers['Location']}/deliveries")) == (409, "role_above_own")


def test_one_sees_the_open_invitations_to_oneself(founder, anonymous, person, invitations_path, mailbox):
    made = founder.post(invitations_path, {"email": person.person.email, "role": "guest"}).json()
    founder.post(invitations_path, {"email": "somebody-else@example.org", "role": "guest"})
    page = person.get("/invitations", params={"include": "total"}).json()
    assert (page["items"], page["total"]) == ([made], 1)
    assert page["items"][0]["organization_name"]
    assert person.get(f"/invitations/{made['id']}").json() == made
    assert refused(person.delete(f"/invitations/{made['id']}")) == (404, "not_found")
    other = factories.newcomer(anonymous)
    assert other.get("/invitations").json()["items"] == []
    assert refused(other.get(f"/invitations/{made['id']}")) == (404, "not_found")
    accept(person, newest_token(mailbox, person))
    assert person.get("/invitations").json()["items"] == []


def test_members_see_invitations_and_guests_do_not(founder, anonymous, invitations_path):
    made = founder.post(invitations_path, {"email": "seen@example.org", "role": "guest"})
    member, guest = helper(founder, anonymous, "member"), helper(founder, anonymous, "guest")
    assert made.json() in member.get(invitations_path).json()["items"]
    assert refused(guest.get(invitations_path)) == (403, "permission_denied")
    assert refused(guest.get(made.headers["Location"])) == (404, "not_found")


def test_what_happens_to_an_invitation_is_told_to_the_organization(
    founder, person, invitations_path, mailbox
):
    made = founder.post(invitations_path, {"email": person.person.email, "role": "guest"}).json()
    founder.post(f"/invitations/{made['id']}/deliveries")
    accept(person, newest_token(mailbox, person))
    events = founder.events(subject_id=made["id"])
    types = [event["event_type"] for event in events]
    assert types == ["invitation.created", "invitation.delivered", "invitation.accepted"]
    assert events[0]["snapshot"]["invitation"] == made
    assert [event["actor_id"] for event in events] == [founder.person.id] * 2 + [person.person.id]


def test_a_dry_run_sends_and_makes_nothing(founder, person, invitations_path, mailbox):
    dry = {"validate_only": "true"}
    assert (
        founder.post(
            invitations_path, {"email": person.person.email, "role": "guest"}, params=dry
        ).status_code
        == 200
    )
    assert mailbox.all_to(person.person.email, "invitation") == []
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    body = {"token": newest_token(mailbox, person)}
    assert person.put("/invitations/acceptance", json=body, params=dry).status_code == 200
    assert joined(founder, person) is None
