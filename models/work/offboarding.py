"""Offboarding: a member who leaves is taken off tasks. Of many tasks the first are released at once, the others by a job."""

from models.access.members import Member
from models.access.offboarding import membership_ending
from models.base.queue import defer
from models.base.unit_of_work import current
from models.services.jobs import Job
from models.work.assignments import Assignment
from models.work.tasks import Task

KIND = "task_release"


@membership_ending.register
def release_tasks(member: Member, at_once: int) -> None:
    """Release the tasks of a member who leaves.

    What exceeds ``at_once`` is a job of who ends the membership, whose progress they can read.
    """
    organization_id, user_id = member.organization_id, member.user_id
    if Task.release(organization_id, user_id, at_once) and (left := assigned(organization_id, user_id)):
        work = current()
        job = Job.begin(KIND, work.actor_id, can_be_cancelled=False, total=left)
        facts = {"organization_id": organization_id, "user_id": user_id, "total": left}
        defer("tasks.release", job_id=job.id, actor_id=work.actor_id, request_id=work.request_id, **facts)


def assigned(organization_id: str, user_id: str) -> int:
    """The number of tasks of the organization that the person is assigned to."""
    return (
        Assignment.select()
        .where(Assignment.organization == organization_id, Assignment.user == user_id)
        .count()
    )


def has_left(organization_id: str, user_id: str) -> bool:
    """Whether the person is no member: who was invited again keeps the tasks that are left."""
    return not Member.select().where(Member.organization == organization_id, Member.user == user_id).exists()
