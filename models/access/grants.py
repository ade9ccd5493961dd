"""Grants: a role for a person or a team, in an organization or on a resource of it, under conditions."""

from peewee import BooleanField, ForeignKeyField, TextField

from models.access.organizations import Organization
from models.access.roles import Role
from models.access.teams import Team
from models.base.constraints import refused_by
from models.base.declarations import Declaration, Export, Personal, declaration
from models.base.errors import Conflict, InvalidValue, NotFound
from models.base.fields import IdField, TextArrayField, UtcField
from models.base.networks import canonical_network
from models.base.pages import Is
from models.base.table import Table, row_deletion
from models.base.unit_of_work import now
from models.identity.users import User


class GrantExists(Conflict):
    """This role is already granted on the resource.

    Cause: The user or team already has this role on the same resource.
    Fix: Update the conditions of the existing grant.
    Try: curl --json '{"role": "guest"}' -H "Authorization: Bearer $TOKEN" $BASE/teams/$TEAM_OF_GUESTS/grants
    """


class GrantEndsInThePast(InvalidValue):
    """The expiration time of the grant is in the past.

    Cause: `expires_at` is not later than the server's current time.
    Fix: Send a later time, or null for a grant that does not expire.
    Try: curl --json '{"role": "guest", "expires_at": "2020-01-01T00:00:00Z"}' -H "Authorization: Bearer $TOKEN"
        $BASE/teams/$TEAM/grants
    """


class Grant(Table):
    """``role`` is a built-in role, or the key of the custom role ``role_id``.

    ``resource_type`` and ``resource_id`` are the noun and the id of what it is on: the organization, or a row of a table that
    declares that it can be granted.  No foreign key holds that the row is there: what is deleted takes its grants with it.
    """

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    user = ForeignKeyField(User, column_name="user_id", on_delete="RESTRICT", null=True)
    team = ForeignKeyField(Team, column_name="team_id", on_delete="RESTRICT", null=True)
    role = TextField()
    custom = ForeignKeyField(Role, column_name="role_id", on_delete="RESTRICT", null=True)
    resource_type = TextField()
    resource_id = IdField()
    own_only = BooleanField(default=False)
    while_active = BooleanField(default=False)
    address_ranges = TextArrayField(default=list)
    expires_at = UtcField(null=True)
    created_by = ForeignKeyField(User, column_name="created_by_id", on_delete="RESTRICT", index=False)

    class Meta:
        table_name = "grants"
        declares = Declaration(
            tenant="organization",
            parent="organization",
            personal=Personal(
                exports=(Export("grants", "Grant", by="user"),),
                erasure="Revoked at once; those that the person gave stay, by id.",
            ),
        )

    @classmethod
    def visible_to(cls, caller):
        return cls.select().where(caller.sees("grant.read", organization=cls.organization))

    @classmethod
    def give(cls, organization_id, role, custom, **fields):
        """Grant ``role`` on the resource ``resource_type``, ``resource_id`` of the organization, to ``user`` or ``team``."""
        refuse_past(fields.get("expires_at"))
        fields["address_ranges"] = networks(fields.get("address_ranges", ()))
        fields |= {"organization": organization_id, "role": role, "custom": custom and custom.id}
        stranger = NotFound("The user is not a member of the organization.")
        with refused_by(stranger, "grants_organization_id_user_id_fkey"):
            return cls.add("grant.created", **fields)

    def change(self, **fields):
        refuse_past(fields.get("expires_at"))
        if "address_ranges" in fields:
            fields["address_ranges"] = networks(fields["address_ranges"])
        return self.record("grant.updated", **fields)

    def revoke(self):
        self.erase("grant.revoked")

    @classmethod
    def revoke_of(cls, **columns):
        """Revoke every grant of a person in an organization, of a team, or on a resource that goes away."""
        query = cls.select().where(*(cls._meta.fields[name] == value for name, value in columns.items()))
        for grant in cls.locked(query.order_by(cls.id)):
            grant.revoke()


@row_deletion.register
def revoke_on(row: Table) -> None:
    """Revoke the grants on a resource that is about to be deleted.

    A transaction that grants something on it meanwhile locks it against deletion, and is waited for: its grant is revoked, too.
    """
    table = type(row)
    if declaration(table).is_grantable:
        table.select(table.id).where(table.id == row.id).for_update().execute()
        Grant.revoke_of(resource_id=row.id)


Grant.FILTERS = {
    "user_id": Is(lambda value: Grant.user == value),
    "team_id": Is(lambda value: Grant.team == value),
    "resource_type": Is(lambda value: Grant.resource_type == value),
    "resource_id": Is(lambda value: Grant.resource_id == value),
    "role": Is(lambda value: Grant.role == value),
}


def networks(ranges):
    """Ranges in canonical form, each once."""
    return list(dict.fromkeys(map(canonical_network, ranges)))


def refuse_past(expires_at):
    if expires_at is not None and expires_at <= now():
        raise GrantEndsInThePast(f"The server time is {now():%F %R} UTC.", fields=["expires_at"])
