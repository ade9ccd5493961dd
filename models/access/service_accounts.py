"""Service accounts: programs that act for an organization, as members of it who are no people."""

from peewee import ForeignKeyField, Query, TextField

from models.access.members import Member, refuse_above
from models.access.organizations import Organization
from models.base.declarations import Declaration, Export, Personal
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.security_log import SecurityEntry


class ServiceAccount(Table):
    """``id`` is that of its user, of the kind ``service``, who has the name, may be disabled, and is a member with a role."""

    user = ForeignKeyField(User, column_name="user_id", unique=True, on_delete="RESTRICT")
    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    description = TextField(null=True)
    created_by = ForeignKeyField(User, column_name="created_by_id", null=True, on_delete="SET NULL")

    external_fields = frozenset({"name", "disabled_at"})

    class Meta:
        table_name = "service_accounts"
        indexes = ((("id", "organization"), True),)
        declares = Declaration(
            tenant="organization",
            parent="organization",
            write_only=frozenset({"user"}),
            personal=Personal(
                exports=(
                    Export(
                        "service_accounts_created",
                        "ServiceAccount",
                        query=lambda person: ServiceAccount.with_facts().where(
                            ServiceAccount.created_by == person.id
                        ),
                        permission="service_account.read",
                    ),
                ),
                erasure="Stays, by id; deleted, with its user, with its organization.",
            ),
            unviolated={
                "service_accounts_user": "says the same as the primary key: the row has the account's id"
            },
        )

    @classmethod
    def visible_to(cls, caller):
        """Those of the caller's organizations."""
        seen = caller.sees("service_account.read", organization=cls.organization)
        return cls.with_facts().where(seen)

    @classmethod
    def with_facts(cls) -> Query:
        """Service accounts with what is stored of them elsewhere, as a query."""
        facts = (User.name, User.disabled_at, Member.role)
        versions = (User.version.alias("user_version"), Member.version.alias("member_version"))
        member = (Member.organization == cls.organization) & (Member.user == cls.user)
        query = cls.select(cls, *facts, *versions).join(User, on=(User.id == cls.user)).switch(cls)
        return query.join(Member, on=member)

    FILTERS: dict = {}

    @classmethod
    def create_in(cls, organization, by, created_by, *, name, role, description=None):
        """A new one.  ``by`` is the role of ``created_by``, the id of who makes it."""
        refuse_above(role, by)
        user = User.add("user.registered", name=name, kind="service")
        Member.enrol(organization, user, role)
        fields = {"organization": organization, "description": description, "created_by": created_by}
        return cls.add("service_account.created", id=user.id, user=user, **fields).log_entry(
            "created", role=role
        )

    @property
    def membership(self):
        if "membership" not in self.extra:
            mine = (Member.organization == self.organization_id) & (Member.user == self.user_id)
            self.extra["membership"] = Member.get(mine)
        return self.extra["membership"]

    @property
    def name(self):
        return self.user.name

    @property
    def disabled_at(self):
        return self.user.disabled_at

    @property
    def role(self):
        return self.membership.role

    @property
    def user_version(self):
        return self.user.version

    @property
    def member_version(self):
        return self.membership.version

    def store_name(self, name):
        self.user.record("user.updated", name=name)

    def store_disabled_at(self, moment):
        self.user.record("user.updated", disabled_at=moment)

    @property
    def etag(self):
        """Of the account, of its name and of its role."""
        return f'"{self.version}.{self.user_version}.{self.member_version}"'

    def change(self, by, role=None, **fields):
        """``by`` is the role of who does it: nobody gives a role above their own."""
        if role is not None:
            self.membership.change(by, role)
        return self.record("service_account.updated", **fields)

    def disable(self, by):
        """Let its credentials open nothing, from this commit on."""
        refuse_above(self.role, by)
        return self.record("service_account.disabled", disabled_at=self.disabled_at or now()).log_entry(
            "disabled"
        )

    def enable(self, by):
        refuse_above(self.role, by)
        return self.record("service_account.enabled", disabled_at=None).log_entry("enabled")

    def remove(self, by):
        """End it, its membership and its credentials.  What it made stays, and says that it was made by it."""
        self.membership.leave(by)
        user = self.user
        self.log_entry("deleted").erase("service_account.deleted")
        user.record("user.updated", disabled_at=self.disabled_at or now())

    def log_entry(self, what, **facts):
        """Add ``service_account.<what>`` to the security log, and return the account."""
        kind, who = f"service_account.{what}", {"user_id": self.id, "organization_id": self.organization_id}
        SecurityEntry.note(kind, **who, **facts)
        return self
