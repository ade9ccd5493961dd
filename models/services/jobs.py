"""Jobs: long work for a person, whose progress can be read, and its result.

A job leaves no events of its own: the operations that ask for it and cancel it do, and progress is nothing that happened.
"""

from datetime import timedelta

from peewee import BigIntegerField, BooleanField, ForeignKeyField, IntegerField, Model, TextField

from models.base.database import database
from models.base.declarations import Declaration, Expiry, Export, Personal
from models.base.errors import Conflict, RuleViolation
from models.base.fields import IdField, JsonField, UtcField
from models.base.ids import new_id
from models.base.unit_of_work import current, now
from models.identity.users import User

RESULT_RETENTION = timedelta(days=7)  # how long a result can be fetched
UNFINISHED = ("waiting", "running")
FINISHED = "status in ('succeeded', 'failed', 'cancelled') and result_file is null"


class JobNotFinished(RuleViolation):
    """The job is not finished.

    Cause: The result was requested while the job is waiting or running.
    Fix: Poll the job until its `status` is `succeeded`, then request the result.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/jobs/$RUNNING_JOB/result
    """

    status = 404
    retryable = True


class JobWithoutResult(RuleViolation):
    """The job has no result.

    Cause: The job failed, or its result was deleted after `expires_at`.
    Fix: Start the job again.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/jobs/$FAILED_JOB/result
    """

    status = 404


class JobAlreadyFinished(Conflict):
    """The job is already finished.

    Cause: The job succeeded or failed before the request arrived.
    Fix: Read the job. Its `status` and `message` say how it ended.
    Try: curl -X PUT -H "Authorization: Bearer $TOKEN" $BASE/jobs/$FAILED_JOB/cancellation
    """


class JobMustFinish(Conflict):
    """The job cannot be canceled.

    Cause: The job completes a change that was already made, such as unassigning the tasks of a removed member.
    Fix: Wait until the job is finished. Jobs whose `can_be_cancelled` is true can be canceled.
    Try: curl -X PUT -H "Authorization: Bearer $TOKEN" $BASE/jobs/$RELEASE_JOB/cancellation
    """


class Job(Model):
    """``progress`` is in percent.  The result is the file ``result_file`` of the gateway, called ``result_name`` by people.

    A job that works in batches stores ``cursor``, where the next one begins, and how many items are ``done`` of the ``total``.
    """

    id = IdField(primary_key=True, default=new_id)
    user = ForeignKeyField(User, column_name="user_id", backref="jobs", on_delete="CASCADE")
    kind = TextField()
    status = TextField(default="waiting")
    progress = IntegerField(default=0)
    message = TextField(null=True)
    can_be_cancelled = BooleanField(default=True)
    cursor = JsonField(null=True)
    done = BigIntegerField(default=0)
    total = BigIntegerField(null=True)
    result_name = TextField(null=True)
    result_bytes = BigIntegerField(null=True)
    result_file = TextField(null=True)
    expires_at = UtcField(null=True)
    created_at = UtcField(default=now)
    updated_at = UtcField(default=now)
    version = BigIntegerField(default=1)

    FILTERS: dict = {}
    split_by_scope = False

    class Meta:
        database = database
        table_name = "jobs"
        declares = Declaration(
            account="user",
            write_only=frozenset({"cursor", "done", "total"}),
            history="none",
            personal=Personal(exports=(Export("jobs", "Job"),), erasure="Deleted, with their results."),
            # A result is kept for a week at most: its file is deleted before.
            expiry=Expiry(
                days="job_days",
                since="updated_at",
                where=FINISHED,
            ),
        )

    @classmethod
    def noun(cls):
        return "job"

    @classmethod
    def visible_to(cls, caller):
        """One's own."""
        caller.ask("job.read")
        return cls.select().where(cls.user == caller.user_id)

    @classmethod
    def has_stable_plan(cls, order, filters):
        return True

    @classmethod
    def from_row(cls, pairs):
        """An instance of ``(column, value)`` pairs."""
        instance = cls(__no_default__=True)
        instance.__data__ = {cls._meta.columns[column].name: value for column, value in pairs}
        return instance

    @classmethod
    def begin(cls, kind, user, *, can_be_cancelled=True, total=None):
        """A new job of a user, waiting for a worker; ``total`` is how many items it has, if that is known."""
        return cls.create(kind=kind, user=user, can_be_cancelled=can_be_cancelled, total=total)

    @classmethod
    def recent(cls, kind, user, since):
        """The jobs of this kind that a user has begun since then and that have not failed, the newest first, as a query.

        Those that were cancelled are among them: else limits of jobs would limit nothing.
        """
        mine = cls.user == user, cls.kind == kind, cls.status != "failed", cls.created_at > since
        return cls.select().where(*mine).order_by(cls.created_at.desc(), cls.id.desc())

    @classmethod
    def lost(cls, kind, since):
        """The jobs of this kind that nobody has worked on since then, though they are not finished, as a query."""
        return cls.select().where(cls.kind == kind, cls.status.in_(UNFINISHED), cls.updated_at < since)

    @classmethod
    def with_expired_result(cls):
        """Those whose result is to be deleted."""
        return cls.select().where(cls.result_file.is_null(False), cls.expires_at <= now())

    @property
    def etag(self):
        return f'"{self.version}"'

    @property
    def stream_id(self):
        return self.user_id

    @property
    def is_open(self):
        return self.status in UNFINISHED

    @property
    def available_file(self):
        """The file of the result; refused while there is none."""
        if self.status in UNFINISHED:
            raise JobNotFinished(f"The job is {self.status}, at {self.progress} %.")
        if self.result_file is None or self.expires_at <= now():
            raise JobWithoutResult(f"The job is {self.status}.")
        return self.result_file

    def start(self, message=None):
        """Mark the job as running, at 0 %: a worker has begun, or begins again.  False when it was cancelled."""
        return self._become("running", progress=0, message=message)

    def advance(self, progress, message=None):
        """Store the progress, in percent.  False when the job was cancelled: then it stops."""
        return self._become("running", progress=progress, message=message)

    def advance_to(self, cursor, count, message=None):
        """Store, in the transaction of a batch of ``count`` items, where the next one begins.

        False when the job was cancelled, or another attempt has gone on with it: then the batch is to be rolled back.
        """
        done = self.done + count
        percent = min(99, 100 * done // max(1, self.total)) if self.total else self.progress
        facts = {"cursor": cursor, "done": done, "progress": percent, "message": message}
        return self._become("running", Job.version == self.version, **facts)

    def cancel(self):
        """Cancel the job: it never starts, or stops when it next stores its progress; what it has done so far stays."""
        if self.status == "cancelled":
            return self
        if not self.can_be_cancelled:
            raise JobMustFinish(f"A job of kind {self.kind} completes what has begun.")
        if not self._become("cancelled"):
            raise JobAlreadyFinished(f"The job is {self.status}.")
        current().note("user.job_cancelled", self.user, [], current().represent(self.user))
        return self

    def succeed(self, name, file, size, message=None):
        """It is done.  ``file`` is the name of the gateway, ``name`` what people call it, ``size`` its bytes.

        When it was finished by another attempt, nothing is changed, and the file is to be removed.
        """
        result = {
            "result_name": name,
            "result_file": file,
            "result_bytes": size,
            "expires_at": now() + RESULT_RETENTION,
        }
        return self._become("succeeded", progress=100, message=message, **result)

    def complete(self, message=None):
        """Mark the job as succeeded, without a result."""
        return self._become("succeeded", progress=100, message=message)

    def fail(self, message):
        """Mark the job as failed; ``message`` tells the person why."""
        return self._become("failed", message=message)

    def forget_file(self):
        """Its result was deleted."""
        return self._write({"result_file": None})

    def _become(self, status, *conditions, **fields):
        """Change what is not finished yet; whether it was changed.  What is finished, an attempt that is late leaves alone."""
        return self._write({"status": status, **fields}, Job.status.in_(UNFINISHED), *conditions)

    def _write(self, fields, *conditions):
        fields |= {"version": Job.version + 1, "updated_at": now()}
        changed = Job.update(**fields).where(Job.id == self.id, *conditions).returning(Job).execute()
        for row in changed:
            self.__data__.update(row.__data__)
            return True
        return False
