"""Members: who belongs to an organization, in which role, and who may give and take them."""

from peewee import ForeignKeyField, TextField

from models.access.organizations import Organization
from models.access.ownership_mails import mail_given, mail_taken
from models.base.declarations import ANONYMOUS_NAME, Declaration, Export, Personal
from models.base.errors import Conflict
from models.base.pages import Among, Is
from models.base.table import Table
from models.identity.users import User
from models.platform.security_log import SecurityEntry

ROLES = ("collaborator", "guest", "member", "admin", "owner")  # each may do all that those before it may


class AlreadyAMember(Conflict):
    """The user is already a member.

    Cause: The organization already has a membership of this user.
    Fix: Update the role of the existing member.
    Try: curl --json '{"email": "'$MEMBER_EMAIL'", "role": "guest"}' -H "Authorization: Bearer $TOKEN"
        $BASE/organizations/$ORGANIZATION/invitations
    """


class RoleAboveOwn(Conflict):
    """You cannot assign or change a role above your own.

    Cause: The new role, or the current role of the member, is above your role in this organization.
    Fix: Ask someone with that role to make the change.
    Try: curl -X PATCH --json '{"role": "guest", "password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $ADMIN_TOKEN"
        $BASE/members/$OWNER_MEMBER
    """


class LastOwner(Conflict):
    """An organization must have at least one owner.

    Cause: The request would remove the only owner of the organization.
    Fix: Make another member an owner first.
    Try: curl -X PATCH --json '{"role": "admin", "password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN"
        $BASE/members/$OWNER_MEMBER
    """


class ServiceCannotOwn(Conflict):
    """Service accounts cannot be owners.

    Cause: The member is a service account or an app, and an owner must be a person.
    Fix: Choose a person as the owner.
    Try: curl -X PATCH --json '{"role": "owner", "password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN"
        $BASE/members/$SERVICE_MEMBER
    """


class MemberIsProgram(Conflict):
    """The member is a service account or an app.

    Cause: The membership of a service account or an app lasts as long as the account or the app.
    Fix: Disable or delete the service account or the app instead.
    Try: curl -X DELETE -H "Authorization: Bearer $TOKEN" $BASE/members/$SERVICE_MEMBER
    """


# What a membership shows of the person.
PERSON = (
    User.kind.alias("kind"),
    User.name.alias("name"),
    User.email.alias("email"),
    User.version.alias("user_version"),
)


class Member(Table):
    organization = ForeignKeyField(
        Organization, column_name="organization_id", backref="members", on_delete="CASCADE"
    )
    user = ForeignKeyField(User, column_name="user_id", backref="memberships", on_delete="CASCADE")
    role = TextField()

    class Meta:
        table_name = "members"
        declares = Declaration(
            tenant="organization",
            parent="organization",
            personal=Personal(
                exports=(
                    Export(
                        "memberships",
                        "Member",
                        query=lambda person: (
                            Member.select(Member, *PERSON).join(User).where(Member.user == person.id)
                        ),
                    ),
                ),
                erasure="Ended at once.",
                replaced={"name": ANONYMOUS_NAME, "email": None},
            ),
        )
        indexes = ((("organization", "user"), True),)

    @classmethod
    def visible_to(cls, caller):
        """The members of the caller's organizations, with their names."""
        seen = caller.sees("member.read", organization=cls.organization)
        return cls.select(cls, *PERSON).join(User).where(seen)

    @classmethod
    def with_email(cls, organization, email):
        """The membership of the person who is known by ``email``, as a query."""
        return cls.select().join(User).where(cls.organization == organization, User.email == email)

    @classmethod
    def enrol(cls, organization, user, role):
        member = cls.add("member.added", organization=organization, user=user, role=role)
        return member._log_entry("member.added", role=role)

    @property
    def name(self):
        return self._of_the_person("name", "name")

    @property
    def email(self):
        return self._of_the_person("email", "email")

    @property
    def kind(self):
        return self._of_the_person("kind", "kind")

    @property
    def user_version(self):
        return self._of_the_person("user_version", "version")

    def _of_the_person(self, column, name):
        """What ``visible_to`` has read with the membership; of a new one, what the person has."""
        return self.extra[column] if column in self.extra else getattr(self.user, name)

    @property
    def etag(self):
        """Of the membership and of the person's name in it."""
        return f'"{self.version}.{self.user_version}"'

    def change(self, by, role=None):
        """Give the member another role.  ``by`` is the role of who does it."""
        if role is None or role == self.role:
            return self
        self._refuse_role(role, by)
        if self.role == "owner":
            self.keep_an_owner()
        return self.become(role)

    def changes_owner(self, by, role=None):
        """Whether another role gives or takes ownership.  Refused when who does it, whose role is ``by``, may not give it."""
        if role is None or role == self.role:
            return False
        self._refuse_role(role, by)
        if self.role == "owner":
            self.keep_an_owner()
        return "owner" in (role, self.role)

    def _refuse_role(self, role, by):
        refuse_above(role, by)
        refuse_above(self.role, by)
        self.refuse_service(role)

    def become(self, role):
        """Have another role from now on; the access tokens of before do not hold any more."""
        User.revoke_access_tokens(self.user_id)
        before = self.role
        self.record("member.updated", role=role)._log_entry("member.updated", role=role, role_before=before)
        if role == "owner":
            mail_given(self.organization, self.user)
        elif before == "owner":
            mail_taken(self.organization, self.user)
        return self

    def refuse_program(self):
        """Refuse when it is none of a person: what acts for the organization is ended as a whole, with its credentials."""
        if self.kind == "service":
            raise MemberIsProgram(f"{self.name} is not a person.")

    def refuse_service(self, role):
        if role == "owner" and self.kind == "service":
            raise ServiceCannotOwn(f"{self.name} is a service account.")

    def leave(self, by):
        """End the membership.  ``by`` is the role of who does it."""
        refuse_above(self.role, by)
        if self.role == "owner":
            self.keep_an_owner()
        self.end()

    def end(self):
        """End the membership, whatever becomes of the organization."""
        User.revoke_access_tokens(self.user_id)
        self.erase("member.removed")
        self._log_entry("member.removed", role_before=self.role)

    def _log_entry(self, kind, **facts):
        SecurityEntry.note(kind, user_id=self.user_id, organization_id=self.organization_id, **facts)
        return self

    def hold(self):
        """Lock the membership also against being referred to, until this transaction ends."""
        Member.select(Member.id).where(Member.id == self.id).for_update().execute()

    def keep_an_owner(self):
        """Refuse when there is no other owner.  Owners go one after the other: who waited counts those who are left."""
        Organization.select(Organization.id).where(Organization.id == self.organization_id).for_update(
            "FOR NO KEY UPDATE"
        ).get()
        owners = Member.select().where(Member.organization == self.organization_id, Member.role == "owner")
        if owners.count() < 2:
            raise LastOwner(f"{self.name} is the only owner.")


Member.FILTERS = {
    "role": Among(Member.role, "text[]"),
    "user_id": Is(lambda value: Member.user == value),
}


def refuse_above(role, by):
    if ROLES.index(role) > ROLES.index(by):
        raise RoleAboveOwn(f"Your role is {by}; the request requires {role}.")
