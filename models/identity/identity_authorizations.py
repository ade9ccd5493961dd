"""Identity authorizations: sign-ins at a provider that somebody has begun, to log in or to link an identity.

Three secrets hold a sign-in together: ``state`` goes to the provider and comes back with the browser; ``handoff_secret``
stays with the client that began, so that nobody completes in a stranger's browser what somebody else has begun (login CSRF);
and the ``code`` that the browser brings the client ties what the provider gave to this sign-in, for a minute.
"""

import base64
import secrets
from datetime import timedelta
from typing import NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from peewee import Model, TextField

from models.base.database import database
from models.base.declarations import DRAWN, Declaration, Personal
from models.base.errors import Conflict, InvalidValue
from models.base.fields import IdField, UtcField
from models.base.ids import new_id
from models.base.secret import decrypt, digest, encrypt
from models.base.settings import settings
from models.base.statements import rows
from models.base.unit_of_work import now

LIFETIME = timedelta(minutes=10)
CODE_LIFETIME = timedelta(seconds=60)
CLAIMS_RETENTION = timedelta(minutes=5)  # for a second factor, or the password once more
PENDING = """
select id::text, provider, verifier, nonce_digest, claims from identity_authorizations
where id = %s and handoff_digest = %s and expires_at > now() and (claims is not null or to_timestamp(%s) > now())
"""


class SignInNotValid(Conflict):
    """The login is invalid or has expired.

    Cause: The code was used, is older than a minute, or belongs to another login; the provider rejected it or identified
    another person; or `handoff_secret` does not match.
    Fix: Start the login again, and send the code without delay.
    Try: curl --json '{"code": "'"$(printf %043d 0)"'", "handoff_secret": "'"$(printf %043d 0)"'"}' $BASE/sessions/by-identity
    """


class ReturnAddressUnknown(InvalidValue):
    """The return address is not registered.

    Cause: `return_to` does not exactly match an address in the settings of the server.
    Fix: Leave out `return_to`, or ask the operator of the server to add it to `REMIT_RETURN_ADDRESSES`.
    Try: curl --json '{"provider": "github", "return_to": "https://elsewhere.example/"}' $BASE/identity-authorizations
    """


class Claims(NamedTuple):
    """What a provider says of a person.  ``email`` is None when it tells none that we can write to."""

    provider: str
    subject: str
    email: str | None
    is_verified: bool
    name: str


class PendingSignIn(NamedTuple):
    """A sign-in whose browser is back: what is needed to ask the provider, and its claims, if it was asked before."""

    id: str
    provider: str
    provider_code: str
    verifier: str
    nonce_digest: str
    claims: Claims | None


class IdentityAuthorization(Model):
    """``verifier`` is that of PKCE (RFC 7636) and encrypted, as are ``claims``, what the provider has said: kept only while
    something else is asked for.  Of the other secrets there are SHA-256 digests."""

    id = IdField(primary_key=True, default=new_id)
    created_at = UtcField(default=now)
    expires_at = UtcField()
    provider = TextField()
    return_to = TextField()
    state_digest = TextField(unique=True)
    handoff_digest = TextField()
    nonce_digest = TextField()
    verifier = TextField()
    claims = TextField(null=True)

    class Meta:
        database = database
        table_name = "identity_authorizations"
        declares = Declaration(
            unprotected="It is of nobody yet: each row is found by the digest of a secret.",
            history="none",
            personal=Personal(
                exports="It is of nobody yet; what a provider said is encrypted.",
                erasure="Forgotten within the hour.",
            ),
            unviolated={"identity_authorizations_state_digest_key": DRAWN},
        )

    @classmethod
    def begin(cls, provider, return_to):
        """``(way, secrets by name)``: a new way, and its secrets, which are not kept as they are."""
        refuse_unknown(return_to)
        made = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier", "handoff_secret")}
        id = new_id()
        begun = cls.create(
            id=id,
            expires_at=now() + LIFETIME,
            provider=provider,
            return_to=return_to or f"{settings().public_url}/account/identity",
            state_digest=digest(made["state"]),
            handoff_digest=digest(made["handoff_secret"]),
            nonce_digest=digest(made["nonce"]),
            verifier=encrypt("identity verifiers", made["verifier"], id),
        )
        return begun, made

    @classmethod
    def by_state(cls, provider, state):
        """The sign-in with this ``state`` at this provider; None when there is none, or it has expired."""
        conditions = (cls.state_digest == digest(state), cls.provider == provider, cls.expires_at > now())
        return cls.get_or_none(*conditions)

    @classmethod
    def pending(cls, code, handoff_secret):
        """The :class:`PendingSignIn` for the values that a client sends, before the provider is called.  Needs no transaction."""
        id, provider_code, ends = _opened(code)
        matches = rows(PENDING, (id, digest(handoff_secret), ends))
        if not matches:
            raise SignInNotValid()
        _, provider, verifier, nonce_digest, claims = matches[0]
        verifier = decrypt("identity verifiers", verifier, id)
        return PendingSignIn(id, provider, provider_code, verifier, nonce_digest, _claims(id, claims))

    @classmethod
    def hold(cls, code, handoff_secret, claims):
        """The sign-in, locked until the transaction ends, with the provider's claims: ``claims``, or those stored before.

        Claims are stored for a client that is asked for a second factor or a password first.  In the end, ``consume`` it.
        """
        id, _, _ = _opened(code)
        conditions = (cls.id == id, cls.handoff_digest == digest(handoff_secret), cls.expires_at > now())
        held = cls.select().where(*conditions).for_update().first()
        if held is None or not (claims or held.claims):
            raise SignInNotValid()
        if held.claims is None:
            held.claims = encrypt("identity claims", orjson.dumps(list(claims)).decode(), id)
            held.expires_at = now() + CLAIMS_RETENTION
            held.save(only=[cls.claims, cls.expires_at])
        return held

    @classmethod
    def forget_old(cls):
        """Delete the sign-ins that expired."""
        database.run("delete from identity_authorizations where expires_at < now()")

    def code_for(self, provider_code):
        """The code that the browser passes to the client: the code of the provider, encrypted, valid for this sign-in alone."""
        content = orjson.dumps([self.id, provider_code, (now() + CODE_LIFETIME).timestamp()]).decode()
        return encrypt("identity codes", content, "").translate(TO_URL).rstrip("=")

    @property
    def decrypted_claims(self):
        """The :class:`Claims`."""
        return _claims(self.id, self.claims)

    def consume(self):
        """Delete it: a sign-in completes once."""
        self.delete_instance()


TO_URL, FROM_URL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")


def _opened(code):
    """``(id, code of the provider, timestamp of the expiry)`` in a code of :meth:`IdentityAuthorization.code_for`."""
    try:
        padded = code.translate(FROM_URL) + "=" * (-len(code) % 4)
        return orjson.loads(
            decrypt("identity codes", base64.b64encode(base64.b64decode(padded)).decode(), "")
        )
    except (ValueError, InvalidTag):
        raise SignInNotValid() from None


def _claims(id, encrypted):
    return encrypted and Claims(*orjson.loads(decrypt("identity claims", encrypted, id)))


def refuse_unknown(return_to):
    if return_to and return_to not in settings().return_addresses.split():
        raise ReturnAddressUnknown(fields=["return_to"])
