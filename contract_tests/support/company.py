"""A company to be granted things in: an organization with two projects, and a collaborator."""

import itertools

from contract_tests.support import factories

_numbers = itertools.count(1)


def on(noun, id):
    """The fields of a request that name a resource."""
    return {"resource_type": noun, "resource_id": id}


class Company:
    """An organization with two projects and a task in each; ``worker`` is a collaborator, in no team at first."""

    def __init__(self, anonymous):
        self.owner = factories.newcomer(anonymous)
        self.id = factories.organization(self.owner, "A company")["id"]
        self.worker = factories.newcomer(anonymous)
        self.membership = factories.member(self.owner, self.id, self.worker.person, "collaborator")["id"]
        self.projects = [factories.project(self.owner, self.id)["id"] for _ in range(2)]
        self.tasks = [factories.task(self.owner, project)["id"] for project in self.projects]

    def grant(self, role, **fields):
        """Grant the worker something; the grant's address."""
        made = self.owner.post(f"/members/{self.membership}/grants", {"role": role, **fields})
        assert made.status_code == 201, made.text
        return f"/grants/{made.json()['id']}"

    def team(self, *user_ids):
        team = self.owner.post(f"/organizations/{self.id}/teams", {"name": f"Team {next(_numbers)}"}).json()[
            "id"
        ]
        for user_id in user_ids:
            added = self.owner.post(f"/teams/{team}/members", {"user_id": user_id, "role": "member"})
            assert added.status_code == 201, added.text
        return team

    def grant_team(self, team, role, **fields):
        made = self.owner.post(f"/teams/{team}/grants", {"role": role, **fields})
        assert made.status_code == 201, made.text
        return f"/grants/{made.json()['id']}"

    def role(self, *permissions, **fields):
        body = {"key": f"r{next(_numbers)}", "name": "A role", "permissions": list(permissions), **fields}
        made = self.owner.post(f"/organizations/{self.id}/roles", body)
        assert made.status_code == 201, made.text
        return made.json()

    def seen(self):
        """The tasks that the worker finds in lists, and by their ids: the same."""
        listed = {task["id"] for task in self.worker.everything("/tasks", limit=1)}
        counted = self.worker.get("/tasks", params={"include": "total"}).json()["total"]
        readable = {task for task in self.all_tasks() if self.worker.get(f"/tasks/{task}").status_code == 200}
        assert listed == readable and counted == len(readable)
        return readable

    def all_tasks(self):
        return [task["id"] for task in self.owner.everything("/tasks", organization_id=self.id)]
