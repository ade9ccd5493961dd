"""Who has the permissions on projects and tasks."""

from security.policy.reasons import Reasons, admin, an_assignee, guest, member, the_creator

POLICY: dict[str, Reasons] = {
    "project.read": [guest],
    "project.create": [member],
    "project.update": [member],
    "project.delete": [admin],
    "task.read": [guest, an_assignee],
    "task.create": [member],
    "task.update": [member],
    "task.complete": [member, an_assignee],
    "task.delete": [admin, the_creator],
}
