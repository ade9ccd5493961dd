"""What some operations need beside a valid request, and what has to be mended after them."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import OKPKey

from contract_tests.support import factories
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.operations import OPERATIONS
from models.base.database import database

MINE = "select id::text from members where organization_id = %s and user_id = %s"
YESTERDAY = """update invitations set delivered_at = delivered_at - interval '1 day',
    expires_at = expires_at - interval '1 day' where email = %s"""
GIVE_BACK = """update members set role = case when user_id = %s then 'owner' else 'guest' end
    where organization_id = %s and (user_id = %s) <> (role = 'owner')"""


def invited(world, asker):
    """The token of an invitation to an asker, into an organization that has nothing to do with the two."""
    email = world.person_of(asker).email
    with database.connection_context():
        database.run(YESTERDAY, (email,))  # an address gets few mails in a day
    factories.invitation(world.host, factories.organization(world.host)["id"], email, "guest")
    return Mailbox().to(email, "invitation").token


def add_to(world, request):
    """One item more in the list that ``request`` asks for, where its address is also that of making one; and to whoever
    asks for what they have received."""
    if request.operation.id == "list_received_invitations":
        invited(world, request.asker)
    for operation in OPERATIONS:
        if (
            operation.path == request.operation.path
            and operation.method == "POST"
            and not operation.is_public
        ):
            body = world.body(operation, world.own, request.asker)
            named = [ref for ref in operation.references if ref.where == "body" and ref.is_required]
            body |= {ref.name: world.id_of(ref.noun) for ref in named}
            world.own.client.post(request.path, body)


def public_jwk():
    """The public half of a new key, as its owner registers it."""
    return OKPKey.generate_key("Ed25519").as_dict(private=False)


def certificate(name="a program", days=30, key=None):
    """A new certificate that its owner has signed, in PEM."""
    key = key or Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins = datetime.now(UTC) - timedelta(days=60)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(begins).not_valid_after(begins + timedelta(days=60 + days))
    return made.sign(key, None).public_bytes(Encoding.PEM).decode()


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
            database.run("update users set token_epoch = 0 where id = %s", (owner,))
