"""The scene of the table of delegation: an organization, and what its owner makes in it."""

import itertools
from datetime import UTC, datetime, timedelta

from contract_tests.support import factories
from contract_tests.support.programs import service_account
from models.base.ids import new_id

POWER = ("task.update",)
_numbers = itertools.count(1)


def number():
    """A number that was not used before."""
    return next(_numbers)


def soon():
    """In an hour, as requests say it."""
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds").replace("+00:00", "Z")


class Scene:
    """An organization with a project; what a way needs is made by its owner."""

    def __init__(self, anonymous):
        self.anonymous = anonymous
        self.owner = factories.newcomer(anonymous)
        self.id = factories.organization(self.owner, "Delegation")["id"]
        self.organization_path = f"/organizations/{self.id}"
        self.project = factories.project(self.owner, self.id)["id"]

    def made(self, path, body):
        answer = self.owner.post(path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def role(self, permissions, **fields):
        """The key and the id of a new custom role."""
        key = f"role_{number()}"
        made = self.made(
            f"{self.organization_path}/roles", {"key": key, "name": key, "permissions": permissions, **fields}
        )
        return key, made["id"]

    def power(self, beyond):
        """The role that is handed on."""
        return "admin" if beyond else self.role(list(POWER))[0]

    def person(self):
        return factories.copied(self.owner, "Delegate")

    def member(self, role="collaborator"):
        """``(membership id, user id)`` of somebody new."""
        person = self.person()
        return factories.enrolled(self.id, person.id, role), person.id

    def team(self, beyond, **fields):
        """A team that is granted the power."""
        team = self.made(f"{self.organization_path}/teams", {"name": f"Team {number()}"})["id"]
        self.made(f"/teams/{team}/grants", {"role": self.power(beyond), **fields})
        return team

    def service_account(self, beyond):
        return service_account(self.owner, self.id, role="admin" if beyond else "guest")["id"]

    def service_api_key(self, account, scopes=("tasks:read",)):
        return self.made(f"/service-accounts/{account}/api-keys", {"name": "K", "scopes": list(scopes)})

    def app(self, beyond):
        role = "admin" if beyond else "guest"
        body = {"organization_id": self.id, "name": "An app", "client_type": "confidential", "redirect_uris": [],
                "scopes": ["tasks:read"], "grant_types": ["client_credentials"], "service_role": role}  # fmt: skip
        return body, lambda: self.made("/apps", body)["app"]["id"]

    def invitation(self, beyond):
        role = "admin" if beyond else "guest"
        email = f"invited{number()}.{new_id()}@example.org"
        return {"email": email, "role": role, "team_ids": [self.team(beyond)]}
