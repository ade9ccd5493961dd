"""Leaving: what ends with a membership.  Of many tasks the first are released at once, the others by a job."""

from models.access.grants import Grant
from models.access.members import Member
from models.access.teams import TeamMember
from models.base.jobs import defer
from models.base.work import current
from models.services.jobs import Job
from models.work.assignments import Assignment
from models.work.tasks import Task

AT_ONCE = 200  # tasks released in the transaction that ends the membership
KIND = "task_release"


def release(member, at_once=AT_ONCE):
    """Take a member who leaves out of teams, revoke what was granted to them, and release their tasks.

    What exceeds ``at_once`` is a job of who ends the membership, whose progress they can read.  The membership is locked
    first: whoever assigns the person meanwhile waits, and then finds no member.
    """
    member.hold()
    organization_id, user_id = member.organization_id, member.user_id
    if Task.release(organization_id, user_id, at_once) and (left := assigned(organization_id, user_id)):
        work = current()
        job = Job.begin(KIND, work.actor_id)
        facts = {"organization_id": organization_id, "user_id": user_id, "total": left}
        defer("tasks.release", job_id=job.id, actor_id=work.actor_id, request_id=work.request_id, **facts)
    end_access(member)


def end_access(member):
    """Take a member who leaves out of teams, and revoke what was granted to them."""
    TeamMember.take_out(member)
    Grant.revoke_of(organization=member.organization_id, user=member.user_id)


def assigned(organization_id, user_id):
    """The number of tasks of the organization that the person is assigned to."""
    return (
        Assignment.select()
        .where(Assignment.organization == organization_id, Assignment.user == user_id)
        .count()
    )


def has_left(organization_id, user_id):
    """Whether the person is no member: who was invited again keeps the tasks that are left."""
    return not Member.select().where(Member.organization == organization_id, Member.user == user_id).exists()
