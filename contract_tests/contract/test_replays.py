"""Every write that takes an idempotency key: its answer is given again to who may still do it, and to nobody else."""

import pytest

from contract_tests.contract.matrix import expected
from contract_tests.support import factories
from contract_tests.support.operations import OPERATIONS
from contract_tests.support.world import PERSONAL
from models.base.database import database
from models.base.ids import new_id

SET_ROLE = "update members set role = %s where organization_id = %s and user_id = %s"
# What only its own doer is shown; ``behaviour/test_writes_replayed.py`` looks at the rest.
OF_AN_ORGANIZATION = [
    operation
    for operation in OPERATIONS
    if operation.takes("Idempotency-Key")
    and any(ref.is_required and ref.noun not in PERSONAL for ref in operation.references)
]


class Retrying:
    """A second owner of the world's organization, who sends one request again and again, in whatever role."""

    def __init__(self, world, operation):
        self.world, self.operation = world, operation
        self.request = world.request(operation, "owner")
        self.client = factories.client_of(world.nobody, world.newcomer())
        self.membership_key = world.own.organization_id, self.client.person.id
        self.membership = factories.member(
            world.own.client, self.membership_key[0], self.client.person, "owner"
        )["id"]
        self.headers = {"Idempotency-Key": f"retry-{new_id()}", **self.request.headers}
        if operation.media_type:
            self.headers["Content-Type"] = operation.media_type

    def send(self, role=None):
        if role:
            self.become(role)
        body = {} if self.request.body is None else {"content": self.request.encoded}
        return self.client.request(
            self.operation.method,
            self.request.path,
            params=self.request.params or None,
            headers=self.headers,
            **body,
        )

    def become(self, role):
        with database.connection_context():
            database.run(SET_ROLE, (role, *self.membership_key))


@pytest.mark.parametrize("operation", OF_AN_ORGANIZATION, ids=str)
def test_a_replay_is_refused_as_the_request_would_be(operation, world):
    retrying = Retrying(world, operation)
    first = retrying.send()
    assert 200 <= first.status_code < 300, first.text
    for role in ("guest", "collaborator"):
        right, answer = expected(operation, role), retrying.send(role)
        assert answer.status_code == right, f"{role}: {answer.text}"
        assert ("Idempotency-Replayed" in answer.headers) == (right == 200)
    again = retrying.send("owner")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    retrying.become("member")  # an owner is removed in two requests
    if world.own.client.delete(f"/members/{retrying.membership}").status_code == 204:
        factories.log_in_again(retrying.client)
    assert retrying.send().status_code == 404


def test_the_writes_of_organizations_are_looked_at():
    assert len(OF_AN_ORGANIZATION) > 30
