"""What happens while a request waits: another transaction that it meets, and that is committed then."""

from concurrent.futures import ThreadPoolExecutor

from models.base.database import database

IS_WAITED_FOR = "select 1 from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))"
ERASE = """
update users set email = null, password_hash = null, name = 'Nobody', disabled_at = now(), erased_at = now(),
    token_epoch = token_epoch + 1, version = version + 1
where id = %s
"""


def meeting(act, sql, *parameters):
    """What ``act()`` gives, which comes while another transaction has run a statement, and waits for its end."""
    with ThreadPoolExecutor(1) as threads, database.connection_context():
        with database.atomic():
            assert database.run(sql, parameters) == 1
            answer = threads.submit(act)
            while not (answer.done() or database.rows(IS_WAITED_FOR)):
                pass
            assert not answer.done(), f"it has not met the other transaction: {answer.result()}"
        return answer.result()


def meeting_an_erasure(act, user_id):
    """What ``act()`` gives while the person is being erased."""
    return meeting(act, ERASE, user_id)
