"""Faults of access: answers to people who should not have them."""

import base64
from types import SimpleNamespace

import orjson

from contract_tests.contract import probes, probes_of_access
from contract_tests.contract.planted import in_code, in_contract
from contract_tests.support.row_policies import a_table_without_a_policy
from contract_tests.support.stored_functions import open_wall
from models.access import invitations, members
from models.access.members import Member
from models.base import anchors
from models.base.errors import PermissionDenied
from models.identity.sessions import Session
from models.platform import security_verification
from models.platform.events import Event
from models.work.projects import Project
from models.work.tasks import Task
from security import callers, passwords, policy, powers, tokens
from security.limits import Limits


def unfiltered(query, permission):
    """Who may see a table, without the condition of whose it is."""

    def visible_to(caller):
        caller.ask(permission)
        return query()

    return classmethod(lambda cls, caller: visible_to(caller))


def the_other_walls_are_open(site):
    """Neither the database nor the policy is asked who may read: what would hide that a filter is missing."""
    site.undo.enter_context(open_wall())
    allows = policy.allows
    site.replace(
        policy,
        "allows",
        lambda permission, caller, row: permission.endswith(".read") or allows(permission, caller, row),
    )


@in_code(probes_of_access.strangers_learn_nothing)
def tasks_are_not_filtered_by_organization(site):
    the_other_walls_are_open(site)
    site.replace(Task, "visible_to", unfiltered(Task.whole, "task.read").__get__(None, Task))


@in_code(probes_of_access.strangers_learn_nothing)
def projects_are_not_filtered_by_organization(site):
    the_other_walls_are_open(site)
    site.replace(Project, "visible_to", unfiltered(Project.select, "project.read").__get__(None, Project))


@in_code(probes_of_access.strangers_learn_nothing)
def events_are_not_filtered_by_organization(site):
    the_other_walls_are_open(site)
    site.replace(Event, "visible_to", unfiltered(Event.select, "event.read").__get__(None, Event))


@in_code(probes_of_access.strangers_learn_nothing)
def tasks_are_neither_filtered_nor_is_permission_checked(site):
    tasks_are_not_filtered_by_organization(site)
    everything_is_permitted(site)


@in_code(probes_of_access.strangers_learn_nothing)
def what_is_hidden_is_told_to_be_there(site):
    site.replace(callers, "NotFound", PermissionDenied)


@in_code(probes.a_task_can_be_deleted)
def a_handler_forgets_to_ask(site):
    def delete(handler, task_id, caller):
        Task.get_by_id(task_id).remove()
        return None, 204

    site.handler("delete_task", delete)


@in_code(probes_of_access.roles_hold)
def everything_is_permitted(site):
    site.replace(policy, "allows", lambda permission, caller, row: True)


@in_code(probes_of_access.roles_hold)
def guests_may_write(site):
    site.entry(policy.POLICY, "task.update", [policy.guest])


@in_code(probes_of_access.roles_hold)
def members_may_not_write(site):
    site.entry(policy.POLICY, "task.create", [policy.admin])


@in_contract(probes_of_access.roles_hold)
def a_deletion_needs_less_than_it_should(document):
    document["paths"]["/tasks/{task_id}"]["delete"]["x-permission"] = "task.read"


@in_contract(probes_of_access.a_key_does_what_its_scopes_say_until_it_is_revoked)
def a_write_needs_no_scope(document):
    document["paths"]["/tasks"]["post"]["x-scopes"] = []


@in_code(probes_of_access.nobody_gives_a_role_above_their_own)
def roles_above_ones_own_can_be_given(site):
    for module in (invitations, members, powers):
        site.replace(module, "refuse_above", lambda role, by: None)


@in_code(probes_of_access.an_organization_keeps_an_owner)
def the_last_owner_may_leave(site):
    site.replace(Member, "keep_an_owner", lambda self: None)


@in_code(probes_of_access.only_members_are_assigned)
def people_from_elsewhere_are_passed_over(site):
    def update(handler, task_id, body, caller):
        mine = {one.user_id for one in Member.select() if one.organization_id in caller.roles}
        here = [one for one in body["assignee_ids"] if one in mine]
        return handler(task_id=task_id, body={"assignee_ids": here}, caller=caller)

    site.handler("update_task", update)


@in_code(probes_of_access.a_key_does_what_its_scopes_say_until_it_is_revoked)
def revoked_keys_are_good(site):
    site.function("remit_who_by_api_key", "c.revoked_at is null", "true")


@in_code(probes_of_access.a_session_ends_when_its_person_says_so)
def ended_sessions_are_good(site):
    site.function("remit_who_by_session", "s.ended_at is null", "true")


@in_code(probes_of_access.a_session_ends_when_its_person_says_so)
def any_password_is_right(site):
    site.replace(passwords, "matches", lambda password_hash, password: password_hash is not None)


@in_code(probes_of_access.a_session_ends_when_its_person_says_so)
def signatures_are_not_checked(site):
    def unchecked(token, key, algorithms):
        header, claims = (
            orjson.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]
        )
        return SimpleNamespace(header=header, claims=claims)

    site.replace(tokens.jwt, "decode", unchecked)
    site.replace(tokens, "_verified", tokens._verified.__wrapped__)


@in_code(probes_of_access.a_refresh_token_is_good_once)
def refresh_tokens_are_good_twice(site):
    site.replace(Session, "accepts", lambda self, refresh_digest: True)


@in_code(probes_of_access.a_refresh_token_is_good_once)
def a_stolen_refresh_token_does_not_end_the_session(site):
    site.replace(Session, "end_because_reused", lambda self: None)


@in_code(probes_of_access.an_access_token_ends_with_the_role_it_was_given_in)
def tokens_of_an_earlier_epoch_are_good(site):
    site.function("remit_who_by_session", "u.token_epoch = shown_epoch", "true")


@in_code(probes_of_access.a_rotated_key_works_with_its_new_secret_alone)
def an_overlap_does_not_end(site):
    site.function("remit_who_by_api_key", "c.overlap_ends_at > now()", "true")


@in_code(probes_of_access.a_log_that_was_changed_is_not_intact)
def hashes_are_not_compared(site):
    site.replace(security_verification, "hash_after", lambda before, entry, version=(): entry.hash)


@in_code(probes_of_access.what_was_blanked_is_not_intact)
def blanking_is_taken_for_erasure(site):
    site.replace(security_verification, "erasure_mark", lambda id, hash: None)


@in_code(probes_of_access.a_log_that_was_set_back_is_not_intact)
def anchors_are_not_compared(site):
    site.replace(anchors, "of", lambda chain_id: anchors.NOWHERE)


@in_code(probes_of_access.every_table_has_a_policy)
def a_table_has_no_policy(site):
    site.undo.enter_context(a_table_without_a_policy())


@in_code(probes.the_limit_holds_for_each_caller)
def nobody_is_limited(site):
    site.replace(Limits, "hit", lambda self, name, who: self.told(name, who))


@in_code(probes.the_limit_holds_for_each_caller)
def everybody_shares_one_limit(site):
    hit = Limits.hit
    site.replace(Limits, "hit", lambda self, name, who: hit(self, name, "everybody"))
