"""Faults of what is told a second time: replays to anybody, and events that show what their reader may not read."""

import json

from contract_tests.contract import probes_of_replays, probes_of_writes
from contract_tests.contract.planted import in_code, in_contract
from handlers.http import replays
from models.base import idempotency, table
from models.platform import events
from models.work.tasks import Task
from security import disclosure
from security import replays as checks
from security.callers import Caller


@in_code(probes_of_replays.a_replay_is_for_who_may_still_do_it)
def a_replay_asks_nothing(site):
    site.replace(checks, "ask_again", lambda caller, checks: None)


@in_code(probes_of_replays.a_replay_is_for_who_may_still_do_it)
def a_replay_asks_only_whether_the_row_may_be_seen(site):
    ask = checks.ask_again
    site.replace(
        checks, "ask_again", lambda caller, told: ask(caller, [{**one, "permission": None} for one in told])
    )


@in_code(probes_of_replays.a_replay_is_for_who_may_still_do_it)
def a_replay_of_what_is_gone_is_not_found(site):
    site.replace(checks, "_known", lambda caller, facts: caller.see(checks.table_of(facts.noun()), facts.id))


@in_code(probes_of_replays.each_client_has_its_own_keys)
def the_clients_of_a_person_share_their_keys(site):
    site.replace(idempotency, "key_of", lambda client_id, key: key)


@in_code(probes_of_replays.a_request_is_the_same_however_it_is_spelled)
def requests_are_compared_by_their_bytes(site):
    site.replace(replays, "fingerprint", lambda plan, exchange: f"{exchange.query}{exchange.body}")


@in_code(probes_of_replays.a_request_is_the_same_however_it_is_spelled)
def defaults_are_not_filled_in(site):
    plan = site.plans["create_task"]
    site.replace(plan, "body_defaults", {media_type: {} for media_type in plan.body_defaults})


@in_code(probes_of_replays.events_show_no_more_than_what_they_are_about)
def a_snapshot_is_shown_without_asking(site):
    site.replace(disclosure, "_reads_all", lambda caller, event: True)


@in_code(probes_of_replays.events_show_no_more_than_what_they_are_about)
def changes_are_shown_of_what_is_withheld(site):
    init = disclosure.Disclosed.__init__

    def with_changes(self, event, is_withheld):
        init(self, event, is_withheld)
        self.changes = event.changes

    site.replace(disclosure.Disclosed, "__init__", with_changes)


@in_code(probes_of_replays.a_key_reads_in_events_what_its_scopes_say)
def scopes_are_not_asked_for_snapshots(site):
    site.replace(disclosure, "NEVER", frozenset())
    site.replace(site.edge.bridge.frame, "read_scopes", {})


@in_contract(probes_of_replays.a_key_reads_in_events_what_its_scopes_say)
def a_task_is_read_without_a_scope(document):
    document["paths"]["/tasks/{task_id}"]["get"]["x-scopes"] = []


@in_code(probes_of_replays.an_assignee_sees_what_is_still_assigned)
def who_was_assigned_sees_the_task_for_good(site):
    site.replace(Task, "assignees_of", lambda ids: {})


@in_code(probes_of_replays.one_s_account_is_nobody_else_s)
def an_account_is_asked_about_without_saying_whose(site):
    site.replace(Caller, "account", None)


@in_code(probes_of_writes.changes_have_the_types_of_their_properties)
def changes_are_told_as_earlier_releases_stored_them(site):
    site.replace(table, "differences", _as_texts(table.differences))
    site.replace(events, "STORED_AS_TEXT", {})


def _as_texts(differences):
    def text(value):
        return value if value is None or isinstance(value, str) else json.dumps(value)

    def texts(change):
        return {**change, "before": text(change["before"]), "after": text(change["after"])}

    return lambda before, after: [texts(change) for change in differences(before, after)]
