"""Exporting: what a person is told of all that is stored of them, as queries; one part is one file of the archive."""

from collections import namedtuple
from collections.abc import Callable
from typing import Any, NamedTuple

from peewee import SQL, fn

from models.access.grants import Grant
from models.access.invitations import Invitation
from models.access.members import Member
from models.access.organizations import Organization
from models.access.permission_checks import PermissionCheck
from models.access.service_accounts import ServiceAccount
from models.access.teams import Team, TeamMember
from models.apps.apps import App
from models.apps.authorizations import Authorization
from models.apps.consents import Consent
from models.base.statements import row_class
from models.identity.api_keys import ApiKey
from models.identity.attempts import KnownPlace
from models.identity.email_tokens import EmailToken
from models.identity.identities import Identity
from models.identity.sessions import Session
from models.identity.two_factor import TwoFactor
from models.identity.users import User
from models.platform.events import Event
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry
from models.privacy.erasing_statements import PLACES
from models.services.jobs import Job
from models.work.assignments import Assignment
from models.work.projects import Project
from models.work.tasks import Task

MEMBER = (
    User.kind.alias("kind"),
    User.name.alias("name"),
    User.email.alias("email"),
    User.version.alias("user_version"),
)


class Part(NamedTuple):
    """``schema`` is what the contract calls the rows, None for rows that it does not know; ``also`` are further columns.

    ``query(user)`` gives the rows.  Where they are not the person's alone, ``permission`` is what it takes to be told of one
    now: without it ``withheld`` is left out of the row, or the whole row where nothing is named.
    """

    file: str
    table: type
    schema: str | None
    query: Callable
    also: tuple = ()
    permission: str | None = None
    withheld: tuple = ()

    def rows(self, columns, values):
        """Rows of a database as light objects of the table."""
        made: Any = row_class(self.table, columns) if self.schema else namedtuple("Row", columns)
        return [made._make(one) for one in values]


def _of(table, condition, *also, order=None):
    """The rows for which ``condition(user)`` holds, in the order in which they were made."""
    return lambda user: (
        table.select(table, *also).where(condition(user)).order_by(*(order or (table.created_at, table.id)))
    )


def _mine(table, *also):
    return _of(table, lambda user: table.user == user.id, *also)


def _places(user):
    """The ids of the organizations that the person is a member of."""
    return Member.select(Member.organization).where(Member.user == user.id)


def _ever(user):
    """The ids of those that the person is, or was, a member of."""
    known = PLACES % {"user": "%s"}
    return SQL(f"({known} union select organization_id from members where user_id = %s)", [user.id] * 2)


def _is_assigned(user):
    mine = Assignment.user == user.id, Assignment.organization.in_(_places(user))
    return Task.id.in_(Assignment.select(Assignment.task).where(*mine))


def _is_act(user):
    return (Event.actor_id == user.id) & Event.stream_id.in_(_ever(user))


def _was_asked(user):
    return (PermissionCheck.user_id == user.id) & PermissionCheck.organization.in_(_ever(user))


def _is_mailed(user):
    """What was written to the address before anybody knew whose it is."""
    return Mail.user_id.is_null() & (Mail.recipient == user.email)


def _tasks(condition):
    return lambda user: Task.whole().where(condition(user)).order_by(Task.created_at, Task.id)


def _consents(user):
    told = App.name.alias("app_name"), fn.remit_organization_name(App.organization).alias("organization_name")
    query = Consent.select(Consent, *told).join(App).where(Consent.user == user.id)
    return query.order_by(Consent.created_at, Consent.id)


def _invitations(condition):
    """Invitations with the names in them."""

    def query(user):
        received = (Invitation.email == user.email).alias("is_received")
        names = Organization.name.alias("organization_name"), User.name.alias("inviter_name")
        found = (
            Invitation.select(Invitation, *names, received).join(Organization).switch(Invitation).join(User)
        )
        return found.where(condition(user)).order_by(Invitation.created_at, Invitation.id)

    return query


def _programs(user):
    """Service accounts that the person made, with what is stored of them elsewhere."""
    told = User.name, User.disabled_at, Member.role
    member = (Member.organization == ServiceAccount.organization) & (Member.user == ServiceAccount.user)
    query = ServiceAccount.select(ServiceAccount, *told).join(User, on=(User.id == ServiceAccount.user))
    query = query.switch(ServiceAccount).join(Member, on=member)
    return query.where(ServiceAccount.created_by == user.id).order_by(
        ServiceAccount.created_at, ServiceAccount.id
    )


PARTS = (
    Part("profile", User, "User", _of(User, lambda user: User.id == user.id)),
    Part("sessions", Session, "ActiveSession", _mine(Session, SQL("false").alias("is_current")), ("ended_at",)),
    Part("api_keys", ApiKey, "ApiKey", _mine(ApiKey), ("revoked_at",)),
    Part("consents", Consent, "Consent", _consents, ("revoked_at",)),
    Part("authorizations", Authorization, "Authorization", _mine(Authorization), ("authenticated_at",)),
    Part("identities", Identity, "Identity", _mine(Identity)),
    Part("two_factor", TwoFactor, "TwoFactor", _mine(TwoFactor), ("created_at",)),
    Part("known_places", KnownPlace, None,
         _of(KnownPlace, lambda user: KnownPlace.user == user.id, order=(KnownPlace.seen_at,)), ("seen_at",)),
    Part("mailed_links", EmailToken, None, _mine(EmailToken), ("purpose", "email", "created_at", "expires_at", "ended_at")),
    Part("mails", Mail, None, _of(Mail, lambda user: (Mail.user_id == user.id) | _is_mailed(user)),
         ("recipient", "template", "locale", "status", "created_at", "settled_at")),
    Part("jobs", Job, "Job", _mine(Job)),
    Part("organizations", Organization, "Organization", _of(Organization, lambda user: Organization.id.in_(_places(user))),
         permission="organization.read"),
    Part("memberships", Member, "Member",
         lambda user: Member.select(Member, *MEMBER).join(User).where(Member.user == user.id).order_by(Member.created_at)),
    Part("invitations_received", Invitation, "Invitation", _invitations(lambda user: Invitation.email == user.email)),
    Part("invitations_made", Invitation, "Invitation", _invitations(lambda user: Invitation.inviter == user.id),
         permission="invitation.read"),
    Part("apps_registered", App, "App", _of(App, lambda user: App.created_by == user.id), permission="app.read"),
    Part("service_accounts_created", ServiceAccount, "ServiceAccount", _programs, permission="service_account.read"),
    Part("teams", Team, "Team", _of(Team, lambda user: Team.id.in_(
        TeamMember.select(TeamMember.team).where(TeamMember.user == user.id))), permission="team.read"),
    Part("team_memberships", TeamMember, "TeamMember", lambda user: TeamMember.select(TeamMember, User.name.alias("name"))
         .join(User).where(TeamMember.user == user.id).order_by(TeamMember.created_at)),
    Part("grants", Grant, "Grant", _mine(Grant)),
    Part("projects_created", Project, "Project", _of(Project, lambda user: Project.created_by == user.id),
         permission="project.read"),
    Part("tasks_created", Task, "Task", _tasks(lambda user: Task.created_by == user.id), permission="task.read"),
    Part("tasks_assigned", Task, "Task", _tasks(_is_assigned), permission="task.read"),
    Part("events", Event, "Event", _of(Event, lambda user: Event.stream_id == user.id, order=(Event.sequence,))),
    Part("acts", Event, "Event", _of(Event, _is_act, order=(Event.stream_id, Event.sequence))),
    Part("permission_checks", PermissionCheck, "PermissionCheck",
         _of(PermissionCheck, _was_asked, order=(PermissionCheck.occurred_at,))),
    Part("security_log", SecurityEntry, "SecurityEntry",
         _of(SecurityEntry, lambda user: SecurityEntry.chain_id == user.id, order=(SecurityEntry.sequence,))),
    # From where somebody else did it is theirs, not the person's.
    Part("security_log_of_organizations", SecurityEntry, "SecurityEntry",
         _of(SecurityEntry, lambda user: (SecurityEntry.user_id == user.id) & (SecurityEntry.chain_id != user.id),
             order=(SecurityEntry.chain_id, SecurityEntry.sequence)),
         permission="security_log.read", withheld=("address", "agent")),
)  # fmt: skip
