"""Invitations: how somebody becomes a member of an organization, by a link that is mailed to their address."""

import secrets
from datetime import timedelta

from peewee import Case, ForeignKeyField, IntegerField, Node, Query, TextField, fn

from models.access.invitation_mails import mail_acceptance, mail_link, refuse_flood, refuse_owner
from models.access.members import ROLES, AlreadyAMember, Member, refuse_above
from models.access.organizations import Organization
from models.access.teams import Team, TeamMember
from models.base.database import database
from models.base.declarations import ANONYMOUS_EMAIL, ANONYMOUS_NAME, Declaration, Deletion, Export, Personal
from models.base.errors import Conflict
from models.base.fields import IdListField, UtcField
from models.base.pages import Among, Is
from models.base.secret import digest
from models.base.statements import rows
from models.base.table import Table, read_with
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.security_log import SecurityEntry

LIFETIME = timedelta(days=7)
INVITING = "select * from remit_inviting(%s, %s)"


class AlreadyInvited(Conflict):
    """An open invitation to this address already exists.

    Cause: The organization has already invited this email address, and the invitation is still open.
    Fix: Resend the existing invitation, or withdraw it first.
    Try: curl --json '{"email": "'$INVITED_EMAIL'", "role": "guest"}' -H "Authorization: Bearer $TOKEN"
        $BASE/organizations/$ORGANIZATION/invitations
    """


class InvitationNotOpen(Conflict):
    """The invitation is invalid or has expired.

    Cause: The link is unknown, used, replaced, or older than seven days, or the inviter no longer has the permissions.
    Fix: Open the link in the newest email, or ask for another invitation.
    Try: curl -X PUT --json '{"token": "'"$(printf %043d 0)"'"}' -H "Authorization: Bearer $TOKEN" $BASE/invitations/acceptance
    """


class InvitationForAnother(Conflict):
    """The invitation was sent to another email address.

    Cause: The invitation was sent to an address that is not the verified email address of your account.
    Fix: Log in with the account of that address, or verify your email address.
    Try: curl -X PUT --json '{"token": "'$INVITATION_TOKEN'"}' -H "Authorization: Bearer $TOKEN" $BASE/invitations/acceptance
    """


class Invitation(Table):
    """``digest`` is the SHA-256 of the token in the newest mail, which is not kept.  ``outcome`` is how it ended, if it did.

    ``inviter_role`` is what the inviter was at that mail: when that falls, the invitation falls with it."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    email = TextField()
    role = TextField()
    team_ids = IdListField(default=())
    inviter = ForeignKeyField(User, column_name="inviter_id", on_delete="CASCADE")
    inviter_role = TextField()
    digest = TextField(unique=True)
    deliveries = IntegerField(default=1)
    delivered_at = UtcField(default=now)
    expires_at = UtcField()
    outcome = TextField(null=True)

    split_by_scope = False  # those that were sent to oneself are of organizations that one is not in

    class Meta:
        table_name = "invitations"
        declares = Declaration(
            tenant="organization", parent="organization", write_only=frozenset({"digest", "inviter_role"}),
            personal=Personal(
                exports=(
                    Export("invitations_received", "Invitation", query=lambda person: Invitation.with_names(
                        Invitation.email == person.email).where(Invitation.email == person.email)),
                    Export("invitations_made", "Invitation", query=lambda person: Invitation.with_names(
                        Invitation.email == person.email).where(Invitation.inviter == person.id), permission="invitation.read"),
                ),
                erasure="Deleted, where they were sent to the person; those that the person made stay, by id, and hold no more.",
                deletions=(Deletion("invitations_received", "email = any (%(addresses)s) and created_at <= %(since)s"),),
                # Of two people: each is replaced when that person is erased.
                replaced={"email": ANONYMOUS_EMAIL, "inviter_name": ANONYMOUS_NAME},
            ),
            unviolated={"invitations_digest": "of a secret that was drawn"},
        )  # fmt: skip

    @classmethod
    def visible_to(cls, caller):
        """Those of the caller's organizations, and the open ones to the caller's own address."""
        received = cls.sent_to(caller.user_id)
        seen = received | caller.sees("invitation.read", organization=cls.organization)
        return cls.with_names(received).where(seen)

    @classmethod
    def with_names(cls, is_received: Node) -> Query:
        """Invitations with the names in them, and whether each was sent to who asks, as a query."""
        names = Organization.name.alias("organization_name"), User.name.alias("inviter_name")
        version = (Organization.version + User.version).alias("names_version")
        query = cls.select(cls, *names, version, is_received.alias("is_received"))
        return query.join(Organization).switch(cls).join(User)

    @classmethod
    def sent_to(cls, user_id):
        """The condition that it is open, and was sent to the verified address of this user."""
        return (cls.email == User.address_of(user_id)) & (STATUS == "open")

    @classmethod
    def allow_inviting_tenants(cls, user_id):
        """Let the connection see the organizations that have invited a person."""
        for (organization_id,) in rows(INVITING, (User.address_of(user_id).scalar(), None)):
            database.allow_tenant(organization_id)

    @classmethod
    def with_token(cls, token):
        """The invitation whose newest email has the token, locked.  The connection may see its organization from then on."""
        for (organization_id,) in rows(INVITING, (None, digest(token))):
            database.allow_tenant(organization_id)
        matches = cls.locked(cls.select().where(cls.digest == digest(token)))
        if not matches or matches[0].status != "open":
            raise InvitationNotOpen()
        return matches[0]

    @classmethod
    def invite(cls, organization, inviter, by, email, role, team_ids=()):
        """Invite ``email``, also into teams.  ``by`` is the role of ``inviter``, the id of who does it."""
        refuse_above(role, by)
        email = email.lower()
        if Member.with_email(organization, email).exists():
            raise AlreadyAMember(f"{email} is already a member.")
        refuse_flood(organization.id, inviter, email)
        same = (cls.organization == organization, cls.email == email, cls.outcome.is_null())
        for ended in cls.locked(cls.select().where(*same, cls.expires_at <= now())):
            ended.record("invitation.expired", outcome="expired")
        token = secrets.token_urlsafe(32)
        fields = {"organization": organization, "email": email, "role": role, "inviter": inviter}
        fields |= {"team_ids": sorted(team_ids)}
        fields |= {"inviter_role": by, "digest": digest(token), "expires_at": now() + LIFETIME}
        invitation = cls.add("invitation.created", **fields)
        mail_link(invitation, token)
        return invitation._log_entry("created")

    @property
    def status(self):
        return self.outcome or ("open" if self.expires_at > now() else "expired")

    is_received = read_with("is_received", lambda self: False)
    organization_name = read_with("organization_name", lambda self: self.organization.name)
    inviter_name = read_with("inviter_name", lambda self: self.inviter.name)
    names_version = read_with("names_version", lambda self: self.organization.version + self.inviter.version)

    @property
    def etag(self):
        """Of the invitation, of the names in it, and of whether it has expired."""
        return f'"{self.version}.{self.names_version}.{self.status}"'

    def deliver(self, inviter, by):
        """Send it again, with a new token.  Who does it vouches for it from then on, with the role ``by``."""
        self._refuse_ended(by)
        refuse_owner(self.role)
        refuse_flood(self.organization_id, inviter, self.email)
        self.extra.clear()  # the names that were read are those of before
        token = secrets.token_urlsafe(32)
        self.record(
            "invitation.delivered", inviter=inviter, inviter_role=by, digest=digest(token), delivered_at=now(),
            expires_at=now() + LIFETIME, deliveries=self.deliveries + 1,
        )  # fmt: skip
        mail_link(self, token)
        return self._log_entry("delivered")

    def withdraw(self, by):
        """``by`` is the role of who does it."""
        self._refuse_ended(by)
        return self.record("invitation.withdrawn", outcome="withdrawn")._log_entry("withdrawn")

    def accept(self, user, is_vouched_for):
        """Make the invited person a member: the membership, or a refusal that is to be kept.

        ``is_vouched_for()`` says whether who invited could still give what the invitation gives.
        """
        if self._is_for_another(user):
            return self._refused("accepted", user, InvitationForAnother())
        if not (self._keeps_inviter() and is_vouched_for()):
            self.record("invitation.withdrawn", outcome="withdrawn")
            return self._refused(
                "accepted", user, InvitationNotOpen("The inviter no longer has the required permissions.")
            )
        member = Member.enrol(self.organization, user, self.role)
        for team in Team.select().where(Team.id.in_(list(self.team_ids))).order_by(Team.id):
            TeamMember.join(team, user.id, "member")
        self.record("invitation.accepted", outcome="accepted")._log_entry("accepted", user_id=user.id)
        mail_acceptance(self, user)
        return member

    def decline(self, user):
        """End it, as the invited person: the invitation, or a refusal that is to be kept."""
        if self._is_for_another(user):
            return self._refused("declined", user, InvitationForAnother())
        return self.record("invitation.declined", outcome="declined")._log_entry("declined", user_id=user.id)

    def is_for(self, email):
        """True; refused when it was sent to another address."""
        if email != self.email:
            raise InvitationForAnother()
        return True

    def _is_for_another(self, user):
        return User.address_of(user.id).scalar() != self.email

    def _keeps_inviter(self):
        """Whether the inviter still has the role of then, or a higher one, which is locked until this transaction ends."""
        query = Member.select(Member.role).where(
            Member.organization == self.organization_id, Member.user == self.inviter_id
        )
        membership = query.for_update("FOR SHARE").first()
        return membership is not None and ROLES.index(membership.role) >= ROLES.index(self.inviter_role)

    def _refuse_ended(self, by):
        refuse_above(self.role, by)
        if self.outcome:
            raise InvitationNotOpen(f"The invitation was {self.outcome}.")

    def _refused(self, what, user, refusal):
        self._log_entry(what, user_id=user.id, outcome="failure", reason=refusal.code())
        return refusal

    def _log_entry(self, what, **facts):
        facts |= {"organization_id": self.organization_id, "invitation_id": self.id}
        SecurityEntry.note(f"invitation.{what}", email=self.email, role=self.role, **facts)
        return self


# As ``Invitation.status``.
STATUS = Case(
    None, [(Invitation.outcome.is_null(False), Invitation.outcome), (Invitation.expires_at <= fn.now(), "expired")], "open"
)  # fmt: skip
Invitation.add_index(
    Invitation.organization, Invitation.email, unique=True, where=Invitation.outcome.is_null(), name=AlreadyInvited.code()
)  # fmt: skip
Invitation.FILTERS = {
    "status": Among(STATUS, "text[]"),
    "organization_id": Is(lambda value: Invitation.organization == value),
    "recipient_id": Is(lambda value: Invitation.sent_to(value)),
}
