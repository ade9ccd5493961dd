"""Jobs: long work for a person, its progress and its result.  The modules beside this one are what workers run."""

from handlers.gateways import files
from models.base.pages import page
from models.services.jobs import Job, JobWithoutResult

MEDIA_TYPES = {"zip": "application/zip"}


def list_jobs(caller, limit, cursor=None, include=()):
    return page(Job, caller, {}, limit=limit, cursor=cursor, include=include)


def get_job(job_id, caller):
    return caller.find(Job, job_id)


def cancel_job(job_id, caller):
    return caller.find(Job, job_id).cancel()


def get_job_result(job_id, caller):
    job = caller.find(Job, job_id)
    content = files.body(job.available_file)
    if content is None:
        raise JobWithoutResult("The result was deleted.")
    headers = {
        "Content-Type": MEDIA_TYPES.get(job.result_name.rpartition(".")[2], "application/octet-stream"),
        "Content-Disposition": f'attachment; filename="{job.result_name}"',
        "ETag": f'"{job.version}.result"',
    }
    return content, 200, headers
