"""Ownership: it is handed over as a whole, by the owner alone, who shows once more who they are."""

import pytest

from contract_tests.support import authenticators, factories
from contract_tests.support.clients import at_once, refused
from models.base.database import database


@pytest.fixture
def heir(founder, anonymous):
    """A member of the founder's organization, whose membership is ``membership``."""
    return joined(founder, anonymous, "member")


def joined(founder, anonymous, role):
    client = factories.newcomer(anonymous)
    client.membership = factories.member(founder, founder.organization_id, client.person, role)["id"]
    return client


def hand_over(client, organization_id, member_id, password=factories.PASSWORD, **options):
    body = {"member_id": member_id, "password": password}
    return client.put(f"/organizations/{organization_id}/ownership", json=body, **options)


def roles(client, organization_id):
    """The roles by user."""
    members = client.everything(f"/organizations/{organization_id}/members")
    return {member["user_id"]: member["role"] for member in members}


def test_the_next_owner_owns_and_the_one_before_is_an_admin(founder, heir):
    answer = hand_over(founder, founder.organization_id, heir.membership)
    assert (answer.json()["user_id"], answer.json()["role"]) == (heir.person.id, "owner")
    expected = {founder.person.id: "admin", heir.person.id: "owner"}
    assert roles(factories.log_in_again(heir), founder.organization_id) == expected
    assert refused(founder.get("/users/me")) == (
        401,
        "unauthenticated",
    )  # what it was given as an owner holds no more
    factories.log_in_again(founder)
    assert refused(hand_over(founder, founder.organization_id, heir.membership)) == (403, "permission_denied")


@pytest.mark.parametrize("password", ["Wrong-horse-8", "correct-horse-7", " "])
def test_nobody_hands_over_without_the_password(password, founder, heir):
    answer = hand_over(founder, founder.organization_id, heir.membership, password)
    assert refused(answer) == (403, "reauthentication_failed")
    assert roles(founder, founder.organization_id)[heir.person.id] == "member"


def test_nobody_but_an_owner_hands_over(founder, heir, anonymous):
    admin = joined(founder, anonymous, "admin")
    for client in (admin, heir):
        answer = hand_over(client, founder.organization_id, heir.membership)
        assert refused(answer) == (403, "permission_denied")
        assert answer.json()["permission"] == "organization.transfer"


def test_it_is_handed_over_to_a_member_of_the_organization(founder, heir, owner):
    elsewhere = factories.organization(founder)["id"]
    assert refused(hand_over(founder, elsewhere, heir.membership)) == (404, "not_found")
    foreign = owner.get(f"/organizations/{factories.organization(owner)['id']}/members").json()["items"][0]
    assert refused(hand_over(founder, founder.organization_id, foreign["id"])) == (404, "not_found")
    assert roles(founder, founder.organization_id)[founder.person.id] == "owner"


def test_it_is_not_handed_over_to_an_owner(founder, anonymous):
    second = joined(founder, anonymous, "owner")
    mine = founder.everything(f"/organizations/{founder.organization_id}/members", user_id=founder.person.id)[
        0
    ]["id"]
    for member in (second.membership, mine):
        assert refused(hand_over(founder, founder.organization_id, member)) == (409, "already_owner")


def test_F11_of_two_who_are_handed_it_at_the_same_moment_one_owns(founder, anonymous):
    heirs = [joined(founder, anonymous, "member") for _ in range(4)]
    answers = at_once(
        *[lambda heir=heir: hand_over(founder, founder.organization_id, heir.membership) for heir in heirs]
    )
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {answer.status_code for answer in answers} <= {200, 401, 403}
    held = list(roles(factories.log_in_again(founder), founder.organization_id).values())
    assert (held.count("owner"), held.count("admin")) == (1, 1)


def test_who_is_handed_it_while_leaving_owns_it_or_has_left(founder, heir):
    handed_over, left = at_once(
        lambda: hand_over(founder, founder.organization_id, heir.membership),
        lambda: heir.delete(f"/members/{heir.membership}"),
    )
    held = list(roles(factories.log_in_again(founder), founder.organization_id).values())
    assert held.count("owner") == 1
    assert (handed_over.status_code, left.status_code) in ((200, 409), (200, 401), (404, 204))


def test_it_is_handed_over_only_as_it_was_seen(founder, heir):
    path = f"/organizations/{founder.organization_id}"
    etag = founder.get(path).headers["ETag"]
    founder.patch(path, {"name": "Renamed"})
    stale = hand_over(founder, founder.organization_id, heir.membership, headers={"If-Match": etag})
    assert refused(stale) == (412, "stale_etag")
    now = {"If-Match": founder.get(path).headers["ETag"]}
    assert hand_over(founder, founder.organization_id, heir.membership, headers=now).status_code == 200


def test_both_changes_are_told_together_and_in_the_security_log(founder, heir):
    headers = {"Request-Id": "handed-over"}
    hand_over(founder, founder.organization_id, heir.membership, headers=headers)
    events = factories.log_in_again(heir).everything("/events", organization_id=founder.organization_id)
    handed_over = [event for event in events if event["request_id"] == "handed-over"]
    changes = [
        (event["subject_id"] == heir.membership, event["changes"][0]["after"]) for event in handed_over
    ]
    assert changes == [(False, "admin"), (True, "owner")]
    sql = "select user_id::text from security_entries where organization_id = %s and kind = 'ownership.transferred'"
    with database.connection_context():
        assert database.rows(sql, (founder.organization_id,)) == [(heir.person.id,)]


def test_the_password_is_kept_nowhere(founder, heir):
    hand_over(founder, founder.organization_id, heir.membership)
    with database.connection_context():
        for table in ("idempotency", "events", "security_entries"):
            rows = [row for (row,) in database.rows(f"select t::text from {table} t")]
            assert not [row for row in rows if factories.PASSWORD in row]


def test_who_has_a_second_factor_hands_over_by_a_code(secured, anonymous):
    secured.organization_id = factories.organization(secured)["id"]
    heir = joined(secured, anonymous, "member")
    path, body = f"/organizations/{secured.organization_id}/ownership", {"member_id": heir.membership}
    assert refused(secured.put(path, json=body)) == (403, "reauthentication_failed")
    wrong = secured.put(path, json={**body, "one_time_code": authenticators.wrong()})
    assert refused(wrong) == (403, "reauthentication_failed")
    code = authenticators.code(secured.secret)
    assert secured.put(path, json={**body, "one_time_code": code}).json()["role"] == "owner"
