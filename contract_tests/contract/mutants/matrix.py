"""Mutants that the access matrix has to catch, each in the cells of the operations that it is in."""

from contract_tests.contract.mutants.access import without_row_policies
from contract_tests.contract.mutants.checks.matrix import assignments_of, cells_of
from contract_tests.contract.mutants.mutant import in_code
from contract_tests.support.operations import BY_ID
from contract_tests.support.world import CANARY
from models.base.errors import NotFound, PermissionDenied, Unauthenticated
from models.work.projects import Project
from models.work.tasks import Task
from security import policy
from security.callers import Caller


@in_code(cells_of("delete_task"), "delete_task by guest, own, where 403 is right: 204")
def guests_may_delete_tasks(context):
    context.entry(policy.POLICY, "task.delete", [policy.guest])


@in_code(cells_of("update_project"), "update_project by admin, own, where 200 is right: 403")
def only_owners_may_change_projects(context):
    context.entry(policy.POLICY, "project.update", [policy.owner])


@in_code(cells_of("create_project"), "create_project by key, own, where 403 is right: 201")
@in_code(cells_of("get_task"), "get_task by key, own, where 403 is right: 200")
@in_code(cells_of("log_out"), "log_out by key, own, where 403 is right: 409")
def scopes_of_keys_are_not_asked_for(context):
    context.replace(Caller, "need_scopes", lambda caller, scopes: None)


@in_code(cells_of("list_tasks"), "list_tasks by owner, foreign query project_id: 200")
def a_filter_by_a_foreign_project_is_not_looked_up(context):
    without_row_policies(context)

    def list_tasks(original, project_id=None, **arguments):
        return original(**arguments)

    context.handler("list_tasks", list_tasks)


def without_organization(original, organization_id=None, **arguments):
    return original(**arguments)


@in_code(cells_of("list_projects"), "list_projects by owner, foreign query organization_id: 200")
def a_filter_of_projects_by_a_foreign_organization_is_dropped(context):
    without_row_policies(context)
    context.handler("list_projects", without_organization)


@in_code(cells_of("list_events"), "list_events by owner, foreign query organization_id: 200")
def a_filter_of_events_by_a_foreign_organization_is_dropped(context):
    without_row_policies(context)
    context.handler("list_events", without_organization)


@in_code(cells_of("get_task"), "get_task by owner, foreign path task_id: 403")
@in_code(cells_of("update_project"), "update_project by owner, foreign path project_id: 403")
@in_code(cells_of("get_member"), "get_member by owner, foreign path member_id: 403")
def existing_hidden_resources_answer_403(context):
    without_row_policies(context)
    original = Caller.find

    def find(caller, table, id):
        try:
            return original(caller, table, id)
        except NotFound:
            if table.get_or_none(table.id == id):
                raise PermissionDenied(permission=caller.permission) from None
            raise

    context.replace(Caller, "find", find)


@in_code(cells_of("create_task"), "create_task by owner, foreign body project_id: 201")
def a_task_is_put_into_any_project(context):
    without_row_policies(context)

    def create_task(original, body, caller):
        caller.ask("task.create")
        project_id = body.pop("project_id")
        project = Project.get_or_none(Project.id == project_id)
        return Task.create_in(
            project or caller.find(Project, project_id), created_by=caller.user_id, **body
        ), 201

    context.handler("create_task", create_task)


@in_code(cells_of("list_tasks"), "list_tasks by stranger, with everything included: 200")
def a_list_includes_the_projects_of_everybody(context):
    without_row_policies(context)
    foreign = Project.name.startswith(CANARY)
    context.replace(Caller, "seen", lambda caller, rows: rows)
    context.replace(Project, "of", classmethod(lambda cls, tasks: list(cls.select().where(foreign).limit(9))))


@in_code(cells_of("list_tasks"), "list_tasks by stranger, searching foreign words: 200")
def a_search_looks_everywhere(context):
    without_row_policies(context)

    def list_tasks(original, **arguments):
        page = original(**arguments)
        if arguments.get("text"):
            page["items"] = Task.locked(Task.with_assignees().where(Task.title.startswith(CANARY)).limit(9))
        return page

    context.handler("list_tasks", list_tasks)


@in_code(cells_of("get_task"), "get_task by owner, path task_id: foreign is told from missing: 404")
def a_not_found_problem_names_the_task(context):
    without_row_policies(context)
    original = Caller.find

    def find(caller, table, id):
        try:
            return original(caller, table, id)
        except NotFound as error:
            if row := table.get_or_none(table.id == id):
                error.detail += f" It is called {row.title}."
            raise

    context.replace(Caller, "find", find)


@in_code(cells_of("get_project"), "get_project by guest, own, where 200 is right: 401")
def a_permission_is_refused_as_bad_credentials(context):
    def get_project(original, project_id, caller):
        project = original(project_id=project_id, caller=caller)
        if caller.role_in(project.organization_id) == "guest":
            raise Unauthenticated()
        return project

    context.handler("get_project", get_project)


class AcceptsEverything:
    """A validator of bodies that finds no fault."""

    def is_valid(self, body):
        return True


def unknown_properties_are_ignored(operation_id, status):
    """Register a mutant of one operation."""

    def change(context):
        plan = context.plans[operation_id]
        context.replace(plan, "body_types", {name: (AcceptsEverything(), {}) for name in plan.body_types})
        context.replace(plan, "body_known", frozenset(BY_ID[operation_id].schema["properties"]))

    change.__name__ = f"unknown_properties_of_{operation_id}_are_ignored"
    in_code(assignments_of(operation_id), f"{operation_id} by owner, assigning updated_at: {status}")(change)


unknown_properties_are_ignored("update_me", 200)
unknown_properties_are_ignored("update_project", 200)
unknown_properties_are_ignored("create_api_key", 201)
