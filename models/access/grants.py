"""Grants: a role for a person or a team, in an organization, a project or a task, under conditions."""

from peewee import BooleanField, ForeignKeyField, TextField

from models.access.organizations import Organization
from models.access.roles import Role
from models.access.teams import Team
from models.base.constraints import refused_by
from models.base.declarations import Declaration, Export, Personal
from models.base.errors import Conflict, InvalidValue, NotFound
from models.base.fields import TextArrayField, UtcField
from models.base.networks import canonical_network
from models.base.pages import Is
from models.base.table import Table
from models.base.work import now
from models.identity.users import User
from models.work.projects import Project
from models.work.tasks import Task


class GrantExists(Conflict):
    """The role is granted there already.

    Cause: the same person or team has the same role on the same thing.
    Fix: change the conditions of the grant that there is.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/organizations/$ORGANIZATION/grants
    """


class GrantEndsInThePast(InvalidValue):
    """The grant would have ended already.

    Cause: `expires_at` is not later than now, by the server's clock.
    Fix: send a later moment, or null for a grant that does not end.
    Try: curl -i -H "Authorization: Bearer $TOKEN" $BASE/organizations/$ORGANIZATION/grants
    """


class Grant(Table):
    """``role`` is a built-in role, or the key of the custom role ``role_id``.  Without project and task it is for the whole
    organization."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    user = ForeignKeyField(User, column_name="user_id", on_delete="RESTRICT", null=True)
    team = ForeignKeyField(Team, column_name="team_id", on_delete="RESTRICT", null=True)
    role = TextField()
    custom = ForeignKeyField(Role, column_name="role_id", on_delete="RESTRICT", null=True)
    project = ForeignKeyField(Project, column_name="project_id", on_delete="RESTRICT", null=True)
    task = ForeignKeyField(Task, column_name="task_id", on_delete="RESTRICT", null=True)
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

    @property
    def scope(self):
        """Where it gives what it gives."""
        return self.organization_id, self.project_id, self.task_id

    @classmethod
    def give(cls, organization_id, role, custom, **fields):
        """Grant ``role`` in the organization, on ``project`` or ``task`` when given, to ``user`` or ``team``."""
        refuse_past(fields.get("expires_at"))
        fields["address_ranges"] = networks(fields.get("address_ranges", ()))
        fields |= {"organization": organization_id, "role": role, "custom": custom and custom.id}
        stranger = NotFound("The person is no member of the organization.")
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
        """Revoke every grant of a person in an organization, of a team, or on a project or task that goes away."""
        found = cls.select().where(*(cls._meta.fields[name] == value for name, value in columns.items()))
        for one in cls.locked(found.order_by(cls.id)):
            one.revoke()


Grant.FILTERS = {
    "user_id": Is(lambda value: Grant.user == value),
    "team_id": Is(lambda value: Grant.team == value),
    "project_id": Is(lambda value: Grant.project == value),
    "task_id": Is(lambda value: Grant.task == value),
    "role": Is(lambda value: Grant.role == value),
}


def networks(ranges):
    """Ranges in canonical form, each once."""
    return list(dict.fromkeys(map(canonical_network, ranges)))


def refuse_past(expires_at):
    if expires_at is not None and expires_at <= now():
        raise GrantEndsInThePast(f"It is {now():%F %R} UTC here.", fields=["expires_at"])
