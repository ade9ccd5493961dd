"""Attempts: the values of the variables in the commands of the catalogue of problems."""

import json
from datetime import UTC, datetime, timedelta
from functools import cached_property

from contract_tests.contract import rule_faults
from contract_tests.support import authenticators, factories, inviting, preconditions, sign_ins, visitor
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.programs import service_account
from contract_tests.support.situations import SITUATIONS

SCOPES = ("account:write", "apps:write", "keys:read", "keys:write")


class Attempts:
    """An organization whose owner tries the commands; what a variable names is made when a command has it."""

    def __init__(self, anonymous, provider):
        self.anonymous, self.provider = anonymous, provider
        self.owner = factories.founder(anonymous)
        self.organization_path = f"/organizations/{self.owner.organization_id}"

    def values(self, code, names):
        """The values of these variables for the command of a code, in the situation that it needs."""
        of_code = SITUATIONS[code](self) if code in SITUATIONS else {}
        variables = {"BASE": str(self.anonymous.http.base_url).rstrip("/"), **of_code}
        return {name: variables[name] if name in variables else getattr(self, name.lower()) for name in names}

    def made(self, path, body, client=None):
        answer = (client or self.owner).post(path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    token = property(lambda self: self.owner.person.token)
    password = factories.PASSWORD
    organization = property(lambda self: self.owner.organization_id)
    project = property(lambda self: factories.project(self.owner, self.organization)["id"])
    task = property(lambda self: factories.task(self.owner, self.project)["id"])
    team = property(
        lambda self: self.made(f"{self.organization_path}/teams", {"name": factories.key()})["id"]
    )
    key = property(lambda self: factories.api_key(self.owner, *SCOPES).token)
    narrow_key = property(lambda self: factories.api_key(self.owner, "keys:write").token)
    narrow_key_id = property(lambda self: factories.api_key(self.owner, "keys:write").key["id"])
    read_only_key = property(lambda self: factories.api_key(self.owner, "account:read").token)
    member_email = property(lambda self: inviting.helper(self.owner, self.anonymous, "guest").person.email)

    @cached_property
    def service_account(self):
        return service_account(self.owner, self.organization)["id"]

    @property
    def service_member(self):
        return self._member(self.service_account)

    @property
    def owner_member(self):
        return self._member(self.owner.person.id)

    def _member(self, user_id):
        params = {"user_id": user_id}
        return self.owner.get(f"{self.organization_path}/members", params=params).json()["items"][0]["id"]

    @property
    def admin_token(self):
        admin = inviting.helper(self.owner, self.anonymous, "admin")
        return factories.log_in(self.anonymous, admin.person)["access_token"]

    @property
    def expiring_key(self):
        soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
        return factories.api_key(self.owner, "keys:read", "keys:write", expires_at=soon).token

    @property
    def public_app(self):
        return visitor.App(self.owner, self.organization, client_type="public").id

    @property
    def done_task(self):
        return factories.task(self.owner, self.project, status="done")["id"]

    @property
    def archived_project(self):
        project = self.project
        assert self.owner.patch(f"/projects/{project}", {"status": "archived"}).status_code == 200
        return project

    @property
    def running_job(self):
        return factories.job(self.owner.person.id, result=None)

    @property
    def failed_job(self):
        job = self.running_job
        rule_faults.run("update jobs set status = 'failed' where id = %s returning 1", job)
        return job

    @property
    def release_job(self):
        job = self.running_job
        rule_faults.run("update jobs set can_be_cancelled = false where id = %s returning 1", job)
        return job

    @property
    def team_of_guests(self):
        team = self.team
        self.made(f"/teams/{team}/grants", {"role": "guest"})
        return team

    @property
    def team_name(self):
        return self.made(f"{self.organization_path}/teams", {"name": factories.key()})["name"]

    @property
    def project_key(self):
        return factories.project(self.owner, self.organization)["key"]

    @property
    def invited_email(self):
        email = sign_ins.address()
        factories.invitation(self.owner, self.organization, email, "guest")
        return email

    @property
    def used_key(self):
        key = f"used-{factories.key()}"
        answer = self.owner.patch(f"/tasks/{self.task}", {"title": "Used"}, headers={"Idempotency-Key": key})
        assert answer.status_code == 200
        return key

    @property
    def certificate(self):
        """One that is registered, as a string in JSON has it."""
        pem = preconditions.certificate()
        self.made(
            f"/service-accounts/{self.service_account}/certificates", {"name": "First", "certificate": pem}
        )
        return json.dumps(pem)[1:-1]

    @property
    def jwk(self):
        jwk = preconditions.public_jwk()
        self.made(f"/service-accounts/{self.service_account}/keys", {"name": "First", "jwk": jwk})
        return json.dumps(jwk)

    @property
    def granted_role(self):
        role = self.made(f"{self.organization_path}/roles", _role("task.update"))
        self.made(f"/teams/{self.team}/grants", {"role": role["key"]})
        return role["id"]

    @property
    def owner_invitation(self):
        body = {"email": sign_ins.address(), "role": "owner", "password": factories.PASSWORD}
        return self.made(f"{self.organization_path}/invitations", body)["id"]

    @property
    def invitation(self):
        """Of an address that has had the emails of a day."""
        email = sign_ins.address()
        made = factories.invitation(self.owner, self.organization, email, "guest")
        rule_faults.run(rule_faults.FLOODED, self.organization, email, self.owner.person.id)
        return made["id"]

    @property
    def invitation_token(self):
        email = self.invited_email
        return Mailbox().to(email, "invitation").token

    def grantee(self, **conditions):
        """The access token of somebody who may create roles, and change tasks, under these conditions alone."""
        role = self.made(f"{self.organization_path}/roles", _role("role.create", "task.update"))
        member = inviting.helper(self.owner, self.anonymous, "collaborator")
        self.made(f"/members/{member.membership['id']}/grants", {"role": role["key"], **conditions})
        return factories.log_in(self.anonymous, member.person)["access_token"]

    def newcomer(self, is_active=None):
        """Somebody new, with two-factor authentication on, enrolled, or, by default, not there."""
        client = factories.newcomer(self.anonymous)
        if is_active is not None:
            authenticators.set_up(client.person.id, is_active=is_active)
        return client


def _role(*permissions):
    key = f"r_{factories.key().lower()}"
    return {"key": key, "name": key, "permissions": list(permissions)}
