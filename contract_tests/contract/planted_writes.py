"""Faults of writes: what is stored, or left behind, is not what was meant."""

from threading import Thread

from contract_tests.contract import probes, probes_of_writes
from contract_tests.contract.planted import in_code, in_contract
from handlers.http import preconditions
from handlers.http.preconditions import Preconditions
from models.base import idempotency, table
from models.base.work import Work, current
from models.platform.events import Event
from models.work import tasks
from models.work.projects import Project
from models.work.tasks import Task


@in_code(probes_of_writes.a_write_leaves_one_event)
def no_event_is_left(site):
    site.replace(Work, "store_events", lambda self: self.events.clear())


@in_code(probes_of_writes.a_write_leaves_one_event)
def each_event_is_left_twice(site):
    note = Work.note

    def twice(self, *what):
        note(self, *what)
        note(self, *what)

    site.replace(Work, "note", twice)


@in_code(probes_of_writes.a_rehearsal_stores_nothing)
def events_are_stored_outside_the_transaction(site):
    note = Work.note

    def at_once(self, *what):
        note(self, *what)
        assert self.now
        beside = Thread(target=self.store_events)  # on a connection of its own
        beside.start()
        beside.join()

    site.replace(Work, "note", at_once)


@in_code(probes_of_writes.a_write_leaves_one_event)
def before_and_after_are_exchanged(site):
    differences = table.differences
    site.replace(table, "differences", lambda before, after: differences(after, before) if before else [])


@in_code(probes_of_writes.a_write_leaves_one_event)
def nobody_did_it(site):
    init = Work.__init__
    site.replace(Work, "__init__", lambda self, **told: init(self, **{**told, "actor_id": None}))


@in_contract(probes_of_writes.a_write_leaves_one_event)
def a_write_may_not_leave_its_event(document):
    document["paths"]["/tasks/{task_id}"]["patch"]["x-events"] = ["task.completed"]


@in_contract(probes_of_writes.a_write_leaves_one_event)
def events_do_not_keep_the_task(document):
    snapshot = document["components"]["schemas"]["EventSnapshot"]
    del snapshot["properties"]["task"]
    snapshot["required"].remove("task")


@in_code(probes_of_writes.a_key_makes_a_write_happen_once)
def keys_are_not_claimed(site):
    site.replace(idempotency, "claim", lambda owner_id, key, mark: None)


@in_code(probes_of_writes.a_key_makes_a_write_happen_once)
def answers_are_not_kept_for_their_key(site):
    site.replace(idempotency, "keep", lambda *answer: None)


@in_code(probes_of_writes.a_key_makes_a_write_happen_once)
def a_key_answers_every_request(site):
    site.replace(idempotency, "fingerprint", lambda *request: "same")


@in_code(probes_of_writes.a_key_makes_a_write_happen_once)
def keys_are_shared_by_everybody(site):
    nobody = "00000000-0000-0000-0000-000000000000"
    claim, keep = idempotency.claim, idempotency.keep
    site.replace(idempotency, "claim", lambda owner_id, *rest: claim(nobody, *rest))
    site.replace(idempotency, "keep", lambda owner_id, *rest: keep(nobody, *rest))


@in_code(probes_of_writes.a_key_makes_a_write_happen_once)
def a_replay_is_not_marked(site):
    site.sent(lambda answer: answer.headers.pop("Idempotency-Replayed", None))


@in_code(probes_of_writes.a_stale_write_is_refused)
def if_match_is_ignored(site):
    site.replace(Preconditions, "_check_match", lambda self, etag, changed_since=None: None)


@in_code(probes_of_writes.a_stale_write_is_refused)
def a_weak_etag_matches(site):
    strong = preconditions.parse_etags
    site.replace(preconditions, "parse_etags", lambda sent: strong(sent.replace("W/", "")))


@in_code(probes_of_writes.what_one_has_is_not_written_over)
def if_none_match_is_ignored_by_writes(site):
    check = Preconditions.check_write
    site.replace(Preconditions, "check_write", lambda self, *seen: check(Preconditions(self.if_match), *seen))


@in_code(probes_of_writes.what_one_has_is_not_written_over)
def what_has_no_etag_takes_no_condition(site):
    check = Preconditions.check_write
    site.replace(Preconditions, "check_write", lambda self, etag, *row: etag and check(self, etag, *row))


@in_code(probes_of_writes.a_stale_write_is_refused)
def what_changed_meanwhile_is_not_told(site):
    site.replace(Event, "fields_changed_since", lambda row, version: [])


@in_code(probes.an_etag_tells_whether_something_changed)
def every_version_has_one_etag(site):
    site.replace(table.Table, "etag", property(lambda self: '"1"'))


@in_code(probes.an_etag_tells_whether_something_changed)
def what_is_stored_is_always_known(site):
    site.replace(Preconditions, "check_read", lambda self, etag: self.if_none_match is not None)


@in_code(probes.an_etag_tells_whether_something_changed)
def what_is_known_is_sent_again(site):
    site.replace(Preconditions, "check_read", lambda self, etag: False)


@in_code(probes_of_writes.a_rehearsal_stores_nothing)
def a_rehearsal_is_stored(site):
    views = site.edge.bridge.views
    create = views["create_task"]

    def stored(exchange):
        dry = exchange.arguments.pop("validate_only", False)
        answer = create(exchange)
        if dry and answer.status == 201:
            answer.status = 200
        return answer

    site.entry(views, "create_task", stored)


@in_code(probes_of_writes.a_rehearsal_stores_nothing)
def a_rehearsal_checks_nothing(site):
    def update(handler, task_id, body, caller):
        task = caller.find(Task, task_id)
        return task.record("task.updated", **body) if current() else None

    site.handler("update_task", update)
    site.replace(tasks, "refuse_reversed", lambda starts_on, due_on: None)


def patched(change):
    """``change(body)`` gives the body that the handler of a PATCH gets in place of what was sent."""
    return lambda site: site.handler(
        "update_task", lambda handler, body, **rest: handler(body=change(body), **rest)
    )


@in_code(probes_of_writes.a_patch_changes_what_it_names)
def a_patch_wipes_what_it_does_not_name(site):
    patched(lambda body: {"description": None, "due_on": None, **body})(site)


@in_code(probes_of_writes.a_patch_changes_what_it_names)
def a_patch_puts_defaults_in(site):
    patched(lambda body: {"priority": "none", **body})(site)


@in_code(probes_of_writes.a_patch_changes_what_it_names)
def null_is_stored_as_an_empty_text(site):
    patched(
        lambda body: {
            name: "" if name == "description" and value is None else value for name, value in body.items()
        }
    )(site)


@in_code(probes_of_writes.a_patch_changes_what_it_names)
def null_is_ignored(site):
    patched(lambda body: {name: value for name, value in body.items() if value is not None})(site)


@in_code(probes_of_writes.a_patch_changes_what_it_names)
def long_titles_are_cut(site):
    def create(handler, body, caller):
        return handler(body={**body, "title": body["title"][:100]}, caller=caller)

    site.handler("create_task", create)


@in_code(probes_of_writes.a_task_is_finished_once)
def a_task_is_finished_again_and_again(site):
    site.replace(Task, "complete", lambda self: self.change(status="done"))


@in_contract(probes_of_writes.a_task_is_finished_once)
def a_refusal_is_not_listed(document):
    document["paths"]["/tasks/{task_id}/completion"]["put"]["x-problems"] = ["project_archived"]


@in_code(probes_of_writes.a_rehearsal_stores_nothing)
def a_task_may_be_due_before_it_starts(site):
    site.replace(tasks, "refuse_reversed", lambda starts_on, due_on: None)


@in_code(probes_of_writes.an_archived_project_is_closed)
def archived_projects_are_open(site):
    site.replace(Task, "refuse_archived", lambda self: None)


@in_code(probes.a_task_can_be_deleted)
def what_is_deleted_stays(site):
    site.replace(Task, "remove", lambda self: None)


@in_code(probes_of_writes.tasks_are_numbered_without_gaps)
def numbers_are_skipped(site):
    number = Project.next_number
    site.replace(Project, "next_number", lambda self: number(self) and number(self))
