"""Teams: people of an organization who are granted things together."""

from peewee import ForeignKeyField, Query, TextField

from models.access.organizations import Organization
from models.base.constraints import refused_by
from models.base.declarations import ANONYMOUS_NAME, WITH_TENANT, Declaration, Export, Personal
from models.base.errors import Conflict, NotFound
from models.base.pages import Among, Is
from models.base.table import Table
from models.base.text import folded
from models.identity.users import User


class TeamNameTaken(Conflict):
    """A team with this name already exists.

    Cause: Team names are unique in an organization, ignoring case, composition, extra spaces, and invisible characters.
    Fix: Choose another name.
    Try: curl --json '{"name": "'"$TEAM_NAME"'"}' -H "Authorization: Bearer $TOKEN" $BASE/organizations/$ORGANIZATION/teams
    """


class AlreadyInTeam(Conflict):
    """The user is already a member of the team.

    Cause: The team already has a membership of this user.
    Fix: Update the role of the existing team member.
    Try: curl --json '{"user_id": "'$TEAM_MEMBER_USER'", "role": "member"}' -H "Authorization: Bearer $TOKEN"
        $BASE/teams/$TEAM/members
    """


class Team(Table):
    """``name_fold`` is what names are compared by."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    name = TextField()
    name_fold = TextField(null=True)
    description = TextField(null=True)

    FILTERS: dict = {}

    class Meta:
        table_name = "teams"
        declares = Declaration(
            tenant="organization",
            parent="organization",
            write_only=frozenset({"name_fold"}),
            personal=Personal(
                exports=(
                    Export(
                        "teams",
                        "Team",
                        query=lambda person: Team.select().where(Team.id.in_(TeamMember.teams_of(person.id))),
                        permission="team.read",
                    ),
                ),
                erasure=WITH_TENANT,
            ),
        )
        indexes = ((("id", "organization"), True), (("organization", "name_fold"), True))

    @classmethod
    def visible_to(cls, caller):
        return cls.select().where(caller.sees("team.read", organization=cls.organization))

    @property
    def team_id(self):
        return self.id

    @classmethod
    def form(cls, organization_id, **fields):
        fields["name_fold"] = folded(fields["name"])
        return cls.add("team.created", organization=organization_id, **fields)

    def change(self, **fields):
        if fields.get("name", self.name) != self.name:
            fields["name_fold"] = folded(fields["name"])
        return self.record("team.updated", **fields)

    def dissolve(self):
        """Delete the team, whose grants were revoked before, after removing its members."""
        for membership in TeamMember.locked(
            TeamMember.select().where(TeamMember.team == self.id).order_by(TeamMember.id)
        ):
            membership.leave()
        self.erase("team.deleted")


class TeamMember(Table):
    """``role`` is ``member``, or ``maintainer``: who may change the team and its people."""

    organization = ForeignKeyField(
        Organization, column_name="organization_id", on_delete="CASCADE", index=False
    )
    team = ForeignKeyField(Team, column_name="team_id", on_delete="RESTRICT", backref="members")
    user = ForeignKeyField(User, column_name="user_id", on_delete="RESTRICT", index=False)
    role = TextField()

    class Meta:
        table_name = "team_members"
        declares = Declaration(
            tenant="organization",
            parent="team",
            personal=Personal(
                exports=(
                    Export(
                        "team_memberships",
                        "TeamMember",
                        query=lambda person: (
                            TeamMember.select(TeamMember, User.name.alias("name"))
                            .join(User)
                            .where(TeamMember.user == person.id)
                        ),
                    ),
                ),
                erasure="Ended at once.",
                replaced={"name": ANONYMOUS_NAME},
            ),
        )
        indexes = ((("team", "user"), True),)

    @classmethod
    def teams_of(cls, user_id: str) -> Query:
        """The ids of the teams that a person is in."""
        return cls.select(cls.team).where(cls.user == user_id)

    @classmethod
    def visible_to(cls, caller):
        """Those of teams of the caller's organizations, with their names."""
        seen = caller.sees("team_member.read", organization=cls.organization)
        return cls.select(cls, User.name.alias("name")).join(User).where(seen)

    @property
    def name(self):
        """The person's name, which ``visible_to`` reads with the row."""
        return self.extra["name"] if "name" in self.extra else self.user.name  # noqa: SIM401  not read in vain

    @classmethod
    def join(cls, team, user_id, role):
        """Put a member of the organization into the team; a foreign key holds that it is one."""
        fields = {"organization": team.organization_id, "team": team.id, "user": user_id, "role": role}
        stranger = NotFound("No member of the organization has this `user_id`.")
        with refused_by(stranger, "team_members_organization_id_user_id_fkey", "team_members_user_id_fkey"):
            return cls.add("team_member.added", **fields)

    def change(self, **fields):
        return self.record("team_member.updated", **fields)

    def leave(self):
        self.erase("team_member.removed")

    @classmethod
    def take_out(cls, member):
        """Remove a person who leaves the organization from all its teams."""
        query = cls.select().where(cls.organization == member.organization_id, cls.user == member.user_id)
        for membership in cls.locked(query.order_by(cls.id)):
            membership.leave()


TeamMember.FILTERS = {
    "team_id": Is(lambda value: TeamMember.team == value),
    "role": Among(TeamMember.role, "text[]"),
}
