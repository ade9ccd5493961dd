"""How the replays are produced that are refused because what they would show is hidden by now."""

from contract_tests.contract.producers_of_sign_ins import produces
from contract_tests.support import factories
from contract_tests.support.mailbox import Mailbox
from models.base.database import database

LEAVE = "delete from members where user_id = %s"


@produces("create_organization", 404)
def of_an_organization_that_was_left(context, operation, status):
    return _after_leaving(context, "POST", "/organizations", {"name": "Own organization"})


@produces("accept_invitation", 404)
def of_a_membership_that_has_ended(context, operation, status):
    host = context.world.host
    person = context.world.newcomer()
    factories.invitation(host, factories.organization(host)["id"], person.email, "guest")
    body = {"token": Mailbox().to(person.email, "invitation").token}
    return _after_leaving(context, "PUT", "/invitations/acceptance", body, person)


def _after_leaving(context, method, path, body, person=None):
    """The answer to a retry of somebody who has left the organization meanwhile."""
    client = factories.client_of(context.world.nobody, person or context.world.newcomer())
    headers = {"Idempotency-Key": "once"}
    assert client.request(method, path, json=body, headers=headers).status_code in (200, 201)
    with database.connection_context():
        assert database.run(LEAVE, (client.person.id,)) == 1
    answer = client.request(method, path, json=body, headers=headers)
    assert "Idempotency-Replayed" not in answer.headers
    return answer
