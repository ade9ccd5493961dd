"""Uses of service tokens: each token is good once."""

from peewee import CompositeKey, ForeignKeyField, Model, TextField

from models.access.service_accounts import ServiceAccount
from models.base.database import database
from models.base.declarations import Declaration, Personal
from models.base.fields import UtcField
from models.base.statements import rows

# A request that is tried again, because the database was in the way, comes with its own nonce a second time.
USE = """
insert into service_token_uses as known (service_account_id, jti, nonce, expires_at) values (%s, %s, %s, %s)
on conflict (service_account_id, jti) do update set nonce = excluded.nonce where known.nonce = excluded.nonce
returning 1
"""


class ServiceTokenUse(Model):
    """``jti`` is the SHA-256 of the token's id; ``nonce`` belongs to the one request that used it."""

    service_account = ForeignKeyField(
        ServiceAccount, column_name="service_account_id", on_delete="CASCADE", index=False
    )
    jti = TextField()
    nonce = TextField()
    expires_at = UtcField()

    class Meta:
        database = database
        table_name = "service_token_uses"
        declares = Declaration(
            account="service_account",
            history="none",
            personal=Personal(
                exports="It is of programs, which are no people.",
                erasure="Forgotten when the token would have ended.",
            ),
        )
        primary_key = CompositeKey("service_account", "jti")

    @classmethod
    def is_first(cls, service_account_id, jti, nonce, expires_at):
        """Note the use of a token; whether this request is the only one that uses it."""
        return bool(rows(USE, (service_account_id, jti, nonce, expires_at)))


def forget_old():
    """Delete what no token can be held against any more."""
    database.run("delete from service_token_uses where expires_at < now() - interval '1 minute'")
