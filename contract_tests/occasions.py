"""What some operations need beside a valid request, and what has to be mended after them."""

from contract_tests import factories
from contract_tests.mailbox import Mailbox
from models.base.database import database

MINE = "select id::text from members where organization_id = %s and user_id = %s"
GIVE_BACK = """update members set role = case when user_id = %s then 'owner' else 'guest' end
    where organization_id = %s and (user_id = %s) <> (role = 'owner')"""


def invited(world, asker):
    """The token of an invitation to an asker, into an organization that has nothing to do with the two."""
    email = world.person_of(asker).email
    factories.invitation(world.host, factories.organization(world.host)["id"], email, "guest")
    return Mailbox().to(email, "invitation").token


def own_membership(world, asker):
    """The id of the asker's membership in the own organization."""
    with database.connection_context():
        return database.rows(MINE, (world.own.organization_id, world.person_of(asker).id))[0][0]


def mend(world, operation):
    """After an operation that takes something away from the owner, it is the owner's again."""
    if operation.id == "transfer_ownership":
        with database.connection_context():
            owner = world.own.client.person.id
            database.run(GIVE_BACK, (owner, world.own.organization_id, owner))
