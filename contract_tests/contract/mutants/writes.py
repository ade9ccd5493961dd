"""Mutants of writes: they store something else than was sent, or the wrong events."""

from threading import Thread

from contract_tests.contract.mutants.checks import answers, writes
from contract_tests.contract.mutants.mutant import in_code, in_contract
from handlers.http import preconditions
from handlers.http.preconditions import Preconditions
from models.base import idempotency, table
from models.base.unit_of_work import UnitOfWork
from models.platform.events import Event
from models.work import task_dates
from models.work.projects import Project
from models.work.tasks import Task


@in_code(writes.a_write_leaves_one_event, "each write leaves one event")
def no_event_is_left(context):
    context.replace(UnitOfWork, "store_events", lambda self: self.events.clear())


@in_code(writes.a_write_leaves_one_event, "each write leaves one event")
def each_event_is_left_twice(context):
    note = UnitOfWork.note

    def twice(self, *what):
        note(self, *what)
        note(self, *what)

    context.replace(UnitOfWork, "note", twice)


@in_code(writes.a_dry_run_stores_nothing, "a dry run stores neither tasks nor events")
def events_are_stored_outside_the_transaction(context):
    note = UnitOfWork.note

    def at_once(self, *what):
        note(self, *what)
        assert self.now
        beside = Thread(target=self.store_events)  # on a connection of its own
        beside.start()
        beside.join()

    context.replace(UnitOfWork, "note", at_once)


@in_code(writes.a_write_leaves_one_event, "an event has each change, before and after")
def before_and_after_are_exchanged(context):
    differences = table.differences
    context.replace(table, "differences", lambda before, after: differences(after, before) if before else [])


@in_code(writes.a_write_leaves_one_event, "an event names who acted")
def events_have_no_actor(context):
    init = UnitOfWork.__init__
    context.replace(UnitOfWork, "__init__", lambda self, **values: init(self, **{**values, "actor_id": None}))


@in_contract(writes.a_write_leaves_one_event, "left events that its x-events does not name")
def a_write_leaves_an_undeclared_event(document):
    document["paths"]["/tasks/{task_id}"]["patch"]["x-events"] = ["task.completed"]


@in_contract(writes.a_write_leaves_one_event, "an event has the task as it was then")
def events_do_not_keep_the_task(document):
    del document["components"]["schemas"]["EventSnapshot"]["properties"]["task"]


@in_code(writes.a_key_makes_a_write_happen_once, 'violates unique constraint "idempotency_pkey"')
def keys_are_not_claimed(context):
    context.replace(idempotency, "claim", lambda owner_id, key: None)


@in_code(writes.a_key_makes_a_write_happen_once, "a request that is sent again has one effect")
def answers_are_not_kept_for_their_key(context):
    context.replace(idempotency, "store_response", lambda *response: None)


@in_code(writes.a_key_makes_a_write_happen_once, "a key belongs to one request")
def a_key_answers_every_request(context):
    context.replace(idempotency, "fingerprint", lambda *request: "same")


@in_code(writes.a_key_makes_a_write_happen_once, "a key belongs to one person")
def keys_are_shared_by_everybody(context):
    owners = []

    def of_the_first_owner(function):
        def call(owner_id, *rest):
            owners.append(owner_id)
            return function(owners[0], *rest)

        return call

    row_policies = "alter table idempotency {} row level security"
    context.sql(row_policies.format("disable"), row_policies.format("enable"))
    context.replace(idempotency, "claim", of_the_first_owner(idempotency.claim))
    context.replace(idempotency, "find_or_claim", of_the_first_owner(idempotency.find_or_claim))
    context.replace(idempotency, "store_response", of_the_first_owner(idempotency.store_response))


@in_code(writes.a_key_makes_a_write_happen_once, "a replay is marked")
def a_replay_is_not_marked(context):
    context.sent(lambda answer: answer.headers.pop("Idempotency-Replayed", None))


@in_code(writes.a_stale_write_is_refused, "a write on an earlier version is refused")
def if_match_is_ignored(context):
    context.replace(Preconditions, "_check_match", lambda self, etag, changed_since=None: None)


@in_code(writes.a_stale_write_is_refused, "a weak ETag matches no write")
def a_weak_etag_matches(context):
    strong = preconditions.parse_etags
    context.replace(preconditions, "parse_etags", lambda sent: strong(sent.replace("W/", "")))


@in_code(writes.if_none_match_protects_writes, "If-None-Match holds for writes")
def if_none_match_is_ignored_by_writes(context):
    check = Preconditions.check_write
    context.replace(
        Preconditions, "check_write", lambda self, *seen: check(Preconditions(self.if_match), *seen)
    )


@in_code(writes.if_none_match_protects_writes, "If-Match fails for what is not there")
def conditions_are_ignored_without_an_etag(context):
    check = Preconditions.check_write
    context.replace(Preconditions, "check_write", lambda self, etag, *row: etag and check(self, etag, *row))


@in_code(writes.a_stale_write_is_refused, "what changed meanwhile is named")
def changed_fields_are_not_reported(context):
    context.replace(Event, "fields_changed_since", lambda row, version: [])


@in_code(answers.an_etag_identifies_a_version, "another version has another ETag")
def every_version_has_one_etag(context):
    context.replace(table.Table, "etag", property(lambda self: '"1"'))


@in_code(answers.an_etag_identifies_a_version, "a changed task is sent again")
def every_read_is_not_modified(context):
    context.replace(Preconditions, "check_read", lambda self, etag: self.if_none_match is not None)


@in_code(answers.an_etag_identifies_a_version, "an unchanged task is not sent again")
def no_read_is_not_modified(context):
    context.replace(Preconditions, "check_read", lambda self, etag: False)


@in_code(writes.a_dry_run_stores_nothing, "a dry run stores neither tasks nor events")
def a_dry_run_is_stored(context):
    def stored(view, request):
        is_dry = request.arguments.pop("validate_only", False)
        answer = view(request)
        if is_dry and answer.status == 201:
            answer.status = 200
        return answer

    context.view("create_task", stored)


@in_code(writes.a_rule_holds_in_a_dry_run_too, "a dry run refuses what the request would be refused")
def a_dry_run_checks_no_dates(context):
    def unchecked(view, request):
        if request.arguments.get("validate_only"):
            request.arguments["body"].pop("due_on", None)
        return view(request)

    context.view("update_task", unchecked)


def patched(change):
    """``change(body)`` gives the body that the handler of a PATCH gets in place of what was sent."""
    return lambda context: context.handler(
        "update_task", lambda handler, body, **rest: handler(body=change(body), **rest)
    )


@in_code(writes.a_patch_changes_what_it_names, "a patch changes nothing else")
def a_patch_wipes_what_it_does_not_name(context):
    patched(lambda body: {"description": None, "due_on": None, **body})(context)


@in_code(writes.a_patch_changes_what_it_names, "a patch changes nothing else")
def a_patch_puts_defaults_in(context):
    patched(lambda body: {"priority": "none", **body})(context)


@in_code(writes.a_patch_changes_what_it_names, "null takes a value away")
def null_is_stored_as_an_empty_text(context):
    patched(
        lambda body: {
            name: "" if name == "description" and value is None else value for name, value in body.items()
        }
    )(context)


@in_code(writes.a_patch_changes_what_it_names, "null takes a value away")
def null_is_ignored(context):
    patched(lambda body: {name: value for name, value in body.items() if value is not None})(context)


@in_code(writes.a_patch_changes_what_it_names, "a long title is stored whole")
def long_titles_are_cut(context):
    def create(handler, body, caller):
        return handler(body={**body, "title": body["title"][:100]}, caller=caller)

    context.handler("create_task", create)


@in_code(writes.a_task_is_finished_once, "a task is completed once")
def a_task_is_finished_again_and_again(context):
    context.replace(Task, "complete", lambda self: self.change(status="done"))


@in_contract(writes.a_task_is_finished_once, "unhandled: TaskAlreadyDone")
def a_refusal_is_not_listed(document):
    document["paths"]["/tasks/{task_id}/completion"]["put"]["x-problems"] = ["project_archived"]


@in_code(writes.a_rule_holds_in_a_dry_run_too, 'violates check constraint "tasks_check"')
def a_task_may_be_due_before_it_starts(context):
    context.replace(task_dates, "refuse_reversed", lambda *_, **__: None)


@in_code(writes.an_archived_project_is_closed, "an archived project is closed")
def archived_projects_are_open(context):
    context.replace(Task, "refuse_archived", lambda self: None)


@in_code(answers.a_task_can_be_deleted, "a deleted task is gone")
def deletions_delete_nothing(context):
    context.replace(Task, "remove", lambda self: None)


@in_code(writes.tasks_are_numbered_without_gaps, "tasks are numbered without gaps")
def numbers_are_skipped(context):
    number = Project.next_number
    context.replace(Project, "next_number", lambda self: number(self) and number(self))
