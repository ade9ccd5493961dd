"""Tasks: releasing those of people who have left an organization."""

from handlers.workers.registry import queue_task, transaction
from models.services.jobs import Job
from models.work.offboarding import assigned, has_left
from models.work.tasks import Task

BATCH_TASKS = 500  # in one transaction


@queue_task(attempts=20, manages_transactions=True)
def release(organization_id, user_id, total, job_id, actor_id, request_id):
    """Take a person off the tasks that are left, a batch in a transaction, and tell the job how far it is.

    Twice is once: a task that was released is not found again.  The events name who ended the membership, by which request.
    """
    while _release_batch(organization_id, user_id, total, job_id, actor_id, request_id):
        pass


def _release_batch(organization_id, user_id, total, job_id, actor_id, request_id):
    with transaction() as work:
        work.actor_id, work.request_id = actor_id, request_id
        left = has_left(organization_id, user_id) and Task.release(organization_id, user_id, BATCH_TASKS)
        if job := Job.get_or_none(Job.id == job_id):  # gone when the person who asked was erased
            if left:
                done = total - assigned(organization_id, user_id)
                job.advance(max(0, min(99, 100 * done // total)), f"{done} of {total} tasks released")
            else:
                job.complete(f"{total} tasks released")
        return left
