"""Why people are told of organizations: somebody joined, they have another role, they are in another team."""

from peewee import Query

from models.access.members import PERSON, Member
from models.access.teams import Team, TeamMember
from models.identity.users import User
from models.platform.notification_reasons import Reason, notification_reasons

RUNNING = ("admin", "owner")


def members(ids: list[str]) -> Query:
    return Member.select(Member, *PERSON).join(User).where(Member.id.in_(ids))


def team_members(ids: list[str]) -> Query:
    return (
        TeamMember.select(TeamMember, Team.name.alias("team_name")).join(Team).where(TeamMember.id.in_(ids))
    )


def who_runs(organization_id: str) -> list[str]:
    """The IDs of the owners and admins of an organization."""
    query = Member.select(Member.user).where(Member.organization == organization_id, Member.role.in_(RUNNING))
    return [user_id for (user_id,) in query.tuples()]


@notification_reasons.register
def of_organizations() -> list[Reason]:
    return [
        Reason(
            "organization.role_changed",
            "Your role in the organization changed",
            {"member.updated"},
            lambda event, member: [member.user_id],
            members,
            "member.read",
            lambda member: f"Role: {member.role}",
            email="immediate",
        ),
        Reason(
            "organization.member_added",
            "A member joined the organization",
            {"member.added"},
            lambda event, member: set(who_runs(member.organization_id)) - {member.user_id},
            members,
            "member.read",
            lambda member: member.name,
            email="none",
        ),
        Reason(
            "team.member_added",
            "You were added to a team",
            {"team_member.added"},
            lambda event, team_member: [team_member.user_id],
            team_members,
            "team_member.read",
            lambda team_member: team_member.team_name,
            email="daily",
        ),
    ]
