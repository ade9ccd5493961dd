"""Leaving: what ends before a membership does."""

from models.grants import Grant
from models.tasks import Task
from models.teams import TeamMember


def release(member):
    """Take a person who leaves an organization off its tasks and out of its teams, and revoke what was granted to them."""
    Task.take_off(member)
    TeamMember.take_out(member)
    Grant.revoke_of(organization=member.organization_id, user=member.user_id)
