"""Permission checks: what the policy was asked, and its answer, for organizations that keep them."""

from peewee import BooleanField, ForeignKeyField, Model, TextField

from models.access.organizations import Organization
from models.base.database import database
from models.base.declarations import Declaration, Expiry, Export, Personal
from models.base.fields import IdField, UtcField
from models.base.ids import new_id
from models.base.pages import Flag, Is
from models.base.unit_of_work import now


class PermissionCheck(Model):
    """``reason`` is why it was given: a role, a grant, or a relation to the resource."""

    id = IdField(primary_key=True, default=new_id)
    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    occurred_at = UtcField()
    user_id = IdField()
    permission = TextField()
    resource_type = TextField()
    resource_id = IdField()
    is_allowed = BooleanField()
    reason = TextField()
    request_id = TextField()
    address = TextField()

    split_by_scope = True

    class Meta:
        database = database
        table_name = "permission_checks"
        declares = Declaration(
            tenant="organization",
            parent="organization",
            order="-occurred_at",
            history="none",
            personal=Personal(
                exports=(
                    Export(
                        "permission_checks",
                        "PermissionCheck",
                        query=lambda person: PermissionCheck.select().where(
                            PermissionCheck.user_id == person.id,
                            PermissionCheck.organization.in_(person.former_organization_ids),
                        ),
                    ),
                ),
                erasure="Stays, by id, without the network address.",
            ),
            expiry=Expiry(days="permission_checks_days", since="occurred_at"),
        )

    @classmethod
    def noun(cls):
        return "permission_check"

    @classmethod
    def visible_to(cls, caller):
        return cls.select().where(caller.sees("permission_check.read", organization=cls.organization))

    @property
    def etag(self):
        """What was answered stays as it was; the address goes when the person is erased."""
        return '"1"' if self.address else '"2"'

    @property
    def resource_path(self):
        return (self.organization_id,)

    @classmethod
    def has_stable_plan(cls, order, filters):
        return filters <= {"user_id"}

    @classmethod
    def keep(cls, checks, **of_the_request):
        """Store ``(id, organization, permission, noun, subject's id, allowed, reason)`` of each check of one request; a
        second time changes nothing."""
        names = ("id", "organization", "permission", "resource_type", "resource_id", "is_allowed", "reason")
        moment = now()
        cls.insert_many(
            [
                {**dict(zip(names, check, strict=True)), **of_the_request, "occurred_at": moment}
                for check in checks
            ]
        ).on_conflict_ignore().execute()


PermissionCheck.FILTERS = {
    "user_id": Is(lambda value: PermissionCheck.user_id == value),
    "permission": Is(lambda value: PermissionCheck.permission == value),
    "resource_id": Is(lambda value: PermissionCheck.resource_id == value),
    "is_allowed": Flag(lambda wanted: PermissionCheck.is_allowed == wanted),
}
