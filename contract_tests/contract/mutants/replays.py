"""Mutants of replays and events: they show callers what they may not read, or may not read any more."""

import json

from contract_tests.contract.mutants.checks import replays as checks
from contract_tests.contract.mutants.mutant import in_code, in_contract
from handlers.http import replays
from models.base import idempotency, table
from models.platform import events
from models.work.tasks import Task
from security import disclosure
from security import replays as policy_questions
from security.callers import Caller


@in_code(checks.a_replay_checks_current_permissions, "a replay to a guest answers 403")
def a_replay_checks_nothing(context):
    context.replace(policy_questions, "ask_again", lambda caller, questions: None)


@in_code(checks.a_replay_checks_current_permissions, "a replay to a guest answers 403")
def a_replay_checks_only_visibility(context):
    ask = policy_questions.ask_again
    context.replace(
        policy_questions,
        "ask_again",
        lambda caller, questions: ask(caller, [{**question, "permission": None} for question in questions]),
    )


@in_code(checks.a_replay_checks_current_permissions, "a deletion is replayed although its task is gone")
def a_replay_of_a_deletion_is_not_found(context):
    context.replace(
        policy_questions,
        "_row_or_facts",
        lambda caller, facts: caller.see(policy_questions.table_of(facts.noun()), facts.id),
    )


@in_code(
    checks.each_client_has_its_own_keys, "an API key and its person's sessions share no idempotency keys"
)
def the_clients_of_a_person_share_their_keys(context):
    context.replace(idempotency, "key_of", lambda client_id, key: key)


@in_code(
    checks.equivalent_requests_are_equal,
    "['status', 'title', 'project_id'] is the same request",
)
def requests_are_compared_by_their_bytes(context):
    context.replace(replays, "fingerprint", lambda plan, context: f"{context.query}{context.body}")


@in_code(checks.equivalent_requests_are_equal, "'priority', 'description'] is the same request")
def defaults_are_not_filled_in(context):
    plan = context.plans["create_task"]
    context.replace(plan, "body_defaults", {media_type: {} for media_type in plan.body_defaults})


@in_code(checks.events_show_what_their_reader_may_read, "a member may not read retention")
def a_snapshot_is_shown_without_asking(context):
    context.replace(disclosure, "_reads_all", lambda caller, event: True)


@in_code(checks.events_show_what_their_reader_may_read, "withheld changes are empty")
def changes_are_shown_of_what_is_withheld(context):
    init = disclosure.Disclosed.__init__

    def with_changes(self, event, is_withheld):
        init(self, event, is_withheld)
        self.changes = event.changes

    context.replace(disclosure.Disclosed, "__init__", with_changes)


@in_code(checks.events_show_what_the_scopes_of_a_key_allow, "the key may not read tasks")
def scopes_are_not_asked_for_snapshots(context):
    context.replace(disclosure, "NEVER", frozenset())
    context.replace(context.edge.bridge.frame, "read_scopes", {})


@in_contract(checks.events_show_what_the_scopes_of_a_key_allow, "the key may not read tasks")
def a_task_is_read_without_a_scope(document):
    document["paths"]["/tasks/{task_id}"]["get"]["x-scopes"] = []


@in_code(checks.an_assignee_sees_what_is_assigned, "who is not assigned any more may not")
def former_assignees_see_the_task(context):
    context.replace(Task, "assignees_of", lambda ids: {})


@in_code(checks.people_act_on_their_own_accounts, "people act on their own accounts")
def the_account_of_a_check_is_not_set(context):
    context.replace(Caller, "account", None)


@in_code(checks.changes_have_the_types_of_their_properties, "changes have the types of their properties")
def changes_are_shown_as_earlier_releases_stored_them(context):
    context.replace(table, "differences", _as_texts(table.differences))
    context.replace(events, "STORED_AS_TEXT", {})


def _as_texts(differences):
    def text(value):
        return value if value is None or isinstance(value, str) else json.dumps(value)

    def texts(change):
        return {**change, "before": text(change["before"]), "after": text(change["after"])}

    return lambda before, after: [texts(change) for change in differences(before, after)]
