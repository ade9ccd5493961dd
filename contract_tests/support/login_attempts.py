"""Guesses at passwords, and time that passes for those who have to wait."""

from contract_tests.support.clients import refused
from handlers.identity.sessions_queue_tasks import tell_of_failure
from models.base.database import database

WRONG = "Wrong-horse-7"


def log_in(client, person, password=None, **more):
    return client.post("/sessions", {"email": person.email, "password": password or person.password, **more})


def guess(client, person, times):
    """Guesses that are all refused."""
    for _ in range(times):
        assert refused(log_in(client, person, WRONG)) == (401, "unauthenticated")


def later(minutes):
    """Some time passes for every counter."""
    sql = "update attempts set {0} = {0} - interval '1 minute' * %s"
    with database.connection_context():
        for column in ("locked_until", "failed_at"):
            database.run(sql.format(column), (minutes,))


def stored(sql, *parameters):
    with database.connection_context():
        return database.rows(sql, parameters)


def report_failures(person):
    """What jobs are to tell the person of failures; each is told, as a worker would."""
    sql = "select args from procrastinate_jobs where task_name = %s and args ->> 'user_id' = %s order by id"
    failures = [args for (args,) in stored(sql, "sessions.tell_of_failure", person.id)]
    for args in failures:
        with database.connection_context(), database.transaction():
            tell_of_failure(**args)
    return failures
