"""Identity authorizations: the ways to a provider and back that somebody is on who wants to sign in, or to link an identity.

Three secrets hold a way together: ``state`` goes to the provider and comes back with the browser; ``handoff_secret`` stays
with the client that began, so that nobody completes in a stranger's browser what somebody else has begun; and the ``code``
that the browser brings the client ties what the provider gave to this way, for a minute.
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
from models.base.secret import digest, seal, unseal
from models.base.settings import settings
from models.base.statements import rows
from models.base.work import now

LASTS = timedelta(minutes=10)
CODE_LASTS = timedelta(seconds=60)
ASKED_AGAIN = timedelta(minutes=5)  # for a second factor, or the password once more
ON_THE_WAY = """
select id::text, provider, verifier, nonce_digest, claims from identity_authorizations
where id = %s and handoff_digest = %s and expires_at > now() and (claims is not null or to_timestamp(%s) > now())
"""


class SignInNotValid(Conflict):
    """The sign-in is not valid, or not any more.

    Cause: its code was used, is older than a minute or of another sign-in, the provider takes it no more or has answered for
    somebody else, or `handoff_secret` is not the one that the sign-in was begun with.
    Fix: begin again, and send what the provider brings back at once.
    Try: curl --json '{"code": "'"$(printf %043d 0)"'", "handoff_secret": "'"$(printf %043d 0)"'"}' $BASE/sessions/by-identity
    """


class ReturnAddressUnknown(InvalidValue):
    """A sign-in cannot return there.

    Cause: `return_to` is not, to the letter, one of the addresses that the settings of the server name.
    Fix: leave it out, or have whoever runs the server name it in `REMIT_RETURN_ADDRESSES`.
    Try: curl --json '{"provider": "github", "return_to": "https://elsewhere.example/"}' $BASE/identity-authorizations
    """


class Claims(NamedTuple):
    """What a provider says of a person.  ``email`` is None when it tells none that we can write to."""

    provider: str
    subject: str
    email: str | None
    is_verified: bool
    name: str


class OnTheWay(NamedTuple):
    """A way that was come back from: what is needed to ask the provider, and what it said when it was asked before."""

    id: str
    provider: str
    provider_code: str
    verifier: str
    nonce_digest: str
    claims: Claims | None


class IdentityAuthorization(Model):
    """``verifier`` is that of PKCE (RFC 7636) and sealed, as are ``claims``, what the provider has said: kept only while
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
                exports="It is of nobody yet; what a provider said is sealed.",
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
            expires_at=now() + LASTS,
            provider=provider,
            return_to=return_to or f"{settings().public_url}/account/identity",
            state_digest=digest(made["state"]),
            handoff_digest=digest(made["handoff_secret"]),
            nonce_digest=digest(made["nonce"]),
            verifier=seal("identity verifiers", made["verifier"], id),
        )
        return begun, made

    @classmethod
    def come_back(cls, provider, state):
        """The way that the browser is back from; None when there is none, or it led to another provider."""
        mine = (cls.state_digest == digest(state), cls.provider == provider, cls.expires_at > now())
        return cls.get_or_none(*mine)

    @classmethod
    def presented(cls, code, handoff_secret):
        """The :class:`OnTheWay` of what a client brings, before the provider is asked.  Needs no transaction."""
        id, provider_code, ends = _opened(code)
        found = rows(ON_THE_WAY, (id, digest(handoff_secret), ends))
        if not found:
            raise SignInNotValid()
        _, provider, verifier, nonce_digest, claims = found[0]
        verifier = unseal("identity verifiers", verifier, id)
        return OnTheWay(id, provider, provider_code, verifier, nonce_digest, _claims(id, claims))

    @classmethod
    def hold(cls, code, handoff_secret, claims):
        """The way, locked until the transaction ends, with what the provider said: just now, or when it was asked before.

        That is kept for who is asked for something else first; once there, the way is to be ended.
        """
        id, _, _ = _opened(code)
        mine = (cls.id == id, cls.handoff_digest == digest(handoff_secret), cls.expires_at > now())
        held = cls.select().where(*mine).for_update().first()
        if held is None or not (claims or held.claims):
            raise SignInNotValid()
        if held.claims is None:
            held.claims = seal("identity claims", orjson.dumps(list(claims)).decode(), id)
            held.expires_at = now() + ASKED_AGAIN
            held.save(only=[cls.claims, cls.expires_at])
        return held

    @classmethod
    def forget_old(cls):
        """Delete the ways that nobody came to the end of."""
        database.run("delete from identity_authorizations where expires_at < now()")

    def code_for(self, provider_code):
        """What the browser brings to the client: what the provider gave, sealed, for this way and a minute alone."""
        told = orjson.dumps([self.id, provider_code, (now() + CODE_LASTS).timestamp()]).decode()
        return seal("identity codes", told, "").translate(TO_URL).rstrip("=")

    @property
    def said(self):
        """The :class:`Claims`."""
        return _claims(self.id, self.claims)

    def end(self):
        """It led to the end: it cannot be gone again."""
        self.delete_instance()


TO_URL, FROM_URL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")


def _opened(code):
    """``(id, code of the provider, when it ends)`` of a code that was made here."""
    try:
        padded = code.translate(FROM_URL) + "=" * (-len(code) % 4)
        return orjson.loads(unseal("identity codes", base64.b64encode(base64.b64decode(padded)).decode(), ""))
    except (ValueError, InvalidTag):
        raise SignInNotValid() from None


def _claims(id, sealed):
    return sealed and Claims(*orjson.loads(unseal("identity claims", sealed, id)))


def refuse_unknown(return_to):
    if return_to and return_to not in settings().return_addresses.split():
        raise ReturnAddressUnknown(fields=["return_to"])
