"""Mutants of access: answers to people who should not have them."""

import base64
from types import SimpleNamespace

import orjson

from contract_tests.contract.mutants.checks import access, answers
from contract_tests.contract.mutants.checks.matrix import cells_of
from contract_tests.contract.mutants.mutant import in_code, in_contract
from contract_tests.support.row_policies import a_table_without_a_policy
from contract_tests.support.stored_functions import open_wall
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


def unfiltered(table, permission):
    """A ``visible_to`` without the condition of whose the rows are."""

    def visible_to(cls, caller):
        caller.ask(permission)
        return getattr(table, "with_assignees", table.select)().where(table.id.is_null(False))

    return classmethod(visible_to)


def without_row_policies(context):
    """Take away the policies of the database on rows, which hide from people that a filter is missing."""
    for credential in ("session", "api_key"):
        context.enter(open_wall(credential))


def everything_may_be_read(context):
    """Take the policies away, of rows and of permissions to read, which hide that a filter is missing."""
    without_row_policies(context)
    allows = policy.allows
    context.replace(
        policy,
        "allows",
        lambda permission, caller, row: permission.endswith(".read") or allows(permission, caller, row),
    )


@in_code(cells_of("list_tasks"), "list_tasks by stranger, own, where 200 is right: 200")
@in_code(access.strangers_learn_nothing, "a stranger's list shows no foreign task")
def tasks_are_not_filtered_by_organization(context):
    without_row_policies(context)
    context.replace(Task, "visible_to", unfiltered(Task, "task.read"))


@in_code(cells_of("list_projects"), "list_projects by stranger, own, where 200 is right: 200")
@in_code(access.strangers_learn_nothing, "a stranger's list shows no foreign project")
def projects_are_not_filtered_by_organization(context):
    without_row_policies(context)
    context.replace(Project, "visible_to", unfiltered(Project, "project.read"))


@in_code(cells_of("get_task"), "get_task by owner, foreign path task_id: 200")
@in_code(cells_of("update_task"), "update_task by owner, foreign path task_id: 403")
@in_code(cells_of("delete_task"), "delete_task by owner, foreign path task_id: 403")
@in_code(cells_of("complete_task"), "complete_task by owner, foreign path task_id: 403")
def neither_the_filter_nor_the_policy_hides_tasks(context):
    everything_may_be_read(context)
    context.replace(Task, "visible_to", unfiltered(Task, "task.read"))


@in_code(access.strangers_learn_nothing, "an event is hidden from strangers")
def events_are_not_filtered_by_organization(context):
    everything_may_be_read(context)
    context.replace(Event, "visible_to", unfiltered(Event, "event.read"))


@in_code(access.strangers_learn_nothing, "a stranger's list shows no foreign task")
def tasks_are_neither_filtered_nor_is_permission_checked(context):
    tasks_are_not_filtered_by_organization(context)
    everything_is_permitted(context)


@in_code(access.strangers_learn_nothing, "a task is hidden from strangers")
def hidden_resources_answer_403(context):
    context.replace(callers, "NotFound", PermissionDenied)


@in_code(answers.a_task_can_be_deleted, "has answered without asking for task.delete")
def a_handler_does_not_check_its_permission(context):
    def delete(handler, task_id, caller):
        Task.get_by_id(task_id).remove()
        return None, 204

    context.handler("delete_task", delete)


@in_code(cells_of("update_organization"), "update_organization by guest, own, where 403 is right: 200")
@in_code(cells_of("create_project"), "create_project by guest, own, where 403 is right: 201")
@in_code(cells_of("create_invitation"), "create_invitation by guest, own, where 403 is right: 409")
@in_code(access.roles_hold, "a guest may not create the task")
def everything_is_permitted(context):
    context.replace(policy, "allows", lambda permission, caller, row: True)


@in_code(access.roles_hold, "a guest may not update the task")
def guests_may_write(context):
    context.entry(policy.POLICY, "task.update", [policy.guest])


@in_code(access.roles_hold, "a member may create a task")
def members_may_not_write(context):
    context.entry(policy.POLICY, "task.create", [policy.admin])


@in_contract(access.roles_hold, "a guest may not delete the task")
def a_deletion_needs_less_than_it_should(document):
    document["paths"]["/tasks/{task_id}"]["delete"]["x-permission"] = "task.read"


@in_contract(access.scopes_of_a_key_hold_until_it_is_revoked, "a key may do nothing beyond its scopes")
def a_write_needs_no_scope(document):
    document["paths"]["/tasks"]["post"]["x-scopes"] = []


@in_code(access.nobody_gives_a_role_above_their_own, "an admin invites no owner")
def roles_above_ones_own_can_be_given(context):
    context.replace(powers, "refuse_above", lambda role, by: None)


@in_code(access.an_organization_keeps_an_owner, "the last owner remains")
def the_last_owner_may_leave(context):
    context.replace(Member, "keep_an_owner", lambda self: None)


@in_code(access.only_members_are_assigned, "a person of another organization cannot be assigned")
def foreign_assignees_are_dropped(context):
    def update(handler, task_id, body, caller):
        organization_id = caller.find(Task, task_id).organization_id
        members = Member.select().where(Member.organization_id == organization_id)
        user_ids = {member.user_id for member in members}
        here = [user_id for user_id in body["assignee_ids"] if user_id in user_ids]
        return handler(task_id=task_id, body={"assignee_ids": here}, caller=caller)

    context.handler("update_task", update)


@in_code(access.scopes_of_a_key_hold_until_it_is_revoked, "a revoked key is refused")
def revoked_keys_are_good(context):
    context.function("remit_who_by_api_key", "c.revoked_at is null", "true")


@in_code(access.credentials_of_a_session_are_verified, "an ended session is refused")
def ended_sessions_are_good(context):
    context.function("remit_who_by_session", "s.ended_at is null", "true")


@in_code(access.credentials_of_a_session_are_verified, "a wrong password is refused")
def any_password_is_right(context):
    context.replace(passwords, "matches", lambda password_hash, password: password_hash is not None)


@in_code(access.credentials_of_a_session_are_verified, "a forged signature is refused")
def signatures_are_not_checked(context):
    def unchecked(token, key, algorithms):
        header, claims = (
            orjson.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]
        )
        return SimpleNamespace(header=header, claims=claims)

    context.replace(tokens.jwt, "decode", unchecked)
    context.replace(tokens, "_verified", tokens._verified.__wrapped__)


@in_code(access.a_refresh_token_is_good_once, "a refresh token is good once")
def refresh_tokens_are_good_twice(context):
    context.replace(Session, "accepts", lambda self, refresh_digest: True)


@in_code(access.a_refresh_token_is_good_once, "a reused refresh token ends the session")
def a_stolen_refresh_token_does_not_end_the_session(context):
    context.replace(Session, "end_because_reused", lambda self: None)


@in_code(access.a_role_change_revokes_access_tokens, "a token of an earlier role is refused")
def tokens_of_an_earlier_epoch_are_good(context):
    context.function("remit_who_by_session", "u.token_epoch = shown_epoch", "true")


@in_code(
    access.a_rotated_key_works_with_its_new_secret_alone, "the former secret is refused after the overlap"
)
def an_overlap_does_not_end(context):
    context.function("remit_who_by_api_key", "c.overlap_ends_at > now()", "true")


@in_code(access.a_changed_log_entry_is_detected, "a changed entry shows")
def hashes_are_not_compared(context):
    context.replace(security_verification, "entry_hash", lambda before, entry, version=(): entry.hash)


@in_code(access.a_blanked_log_entry_is_detected, "a blanked entry shows")
def blanking_is_taken_for_erasure(context):
    context.replace(security_verification, "erasure_mark", lambda id, hash: None)


@in_code(access.a_log_that_was_set_back_is_detected, "a log that was set back shows")
def anchors_are_not_compared(context):
    context.replace(anchors, "of", lambda chain_id: anchors.NO_ANCHOR)


@in_code(access.every_table_has_a_policy, "every table has a row-level policy")
def a_table_has_no_policy(context):
    context.enter(a_table_without_a_policy())


@in_code(answers.the_limit_holds_for_each_caller, "a caller is limited")
def no_caller_is_limited(context):
    context.replace(Limits, "hit", lambda self, name, who: self.headers(name, who))


@in_code(answers.the_limit_holds_for_each_caller, "each caller has a limit of their own")
def callers_share_one_limit(context):
    hit = Limits.hit
    context.replace(Limits, "hit", lambda self, name, who: hit(self, name, "everybody"))
