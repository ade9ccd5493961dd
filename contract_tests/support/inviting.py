"""What stories about invitations do again and again."""

from contract_tests.support import factories
from models.base.database import database

AGE = """update invitations set expires_at = expires_at - %s::interval, delivered_at = delivered_at - %s::interval,
    created_at = created_at - %s::interval where id = %s"""


def aged(invitation, time):
    """The invitation, as if it had been made that long ago."""
    with database.connection_context():
        assert database.run(AGE, (time, time, time, invitation["id"])) == 1
    return invitation


def accept(client, token):
    return client.put("/invitations/acceptance", json={"token": token})


def decline(client, token):
    return client.put("/invitations/rejection", json={"token": token})


def newest_token(mailbox, client):
    return mailbox.to(client.person.email, "invitation").token


def joined(founder, client):
    """The role of the client in the founder's organization; None outside."""
    params = {"user_id": client.person.id}
    members = founder.get(f"/organizations/{founder.organization_id}/members", params=params).json()["items"]
    return members[0]["role"] if members else None


def helper(founder, anonymous, role):
    client = factories.newcomer(anonymous)
    client.membership = factories.member(founder, founder.organization_id, client.person, role)
    return client
