"""Mutants of commits: a part of what belongs together is stored without the rest."""

from threading import Thread

from contract_tests.contract.mutants.checks import commits
from contract_tests.contract.mutants.mutant import in_code
from models.base import idempotency, table
from models.base.database import database
from models.work import task_numbers


@in_code(commits.a_response_tells_of_what_is_stored, "what was created can be read")
def an_event_is_stored_without_its_row(context):
    context.replace(table, "insert", lambda row, conflict="": True)


@in_code(commits.a_refused_write_keeps_no_response, "what is refused is refused again")
def a_response_is_stored_without_its_write(context):
    store = idempotency.store_response

    def at_once(owner_id, *response):
        database.allow_account(owner_id)
        store(owner_id, *response)

    def beside(*response):
        thread = Thread(target=at_once, args=response)  # on a connection of its own
        thread.start()
        thread.join()

    context.replace(idempotency, "store_response", beside)


@in_code(commits.no_number_is_given_twice, 'violates unique constraint "tasks_project_id_number_key"')
def a_number_is_given_twice(context):
    again = task_numbers.NEXT.replace("= last_number + 1", "= last_number").replace(
        "returning last_number", "returning last_number + 1"
    )
    context.replace(task_numbers, "NEXT", again)
