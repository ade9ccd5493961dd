"""The apps of partners, which act for people who agree, or for themselves."""

from models.apps import App
from models.base.pages import page
from models.grants import Grant
from models.organizations import Organization
from models.security_log import SecurityEntry
from models.tasks import Task
from models.teams import TeamMember
from security.reauthentication import reauthenticate_session, take_proof
from security.tokens import client_secret


def create_app(body, caller):
    organization = caller.find(Organization, body.pop("organization_id"))
    reauthenticate_session(caller, take_proof(body))
    secret, by = client_secret(), caller.role_in(organization.id)
    app = App.register(organization, by, secret=secret, created_by=caller.user_id, **body)
    _note("app.created", app)
    return _shown(app, secret), 201


def list_apps(caller, limit, cursor=None, include=(), organization_id=None):
    within = organization_id and caller.find(Organization, organization_id).id
    return page(
        App, caller, App.newest_first(), {}, limit=limit, cursor=cursor, include=include, within=within
    )


def get_app(app_id, caller):
    return caller.find(App, app_id)


def update_app(app_id, body, caller):
    app = caller.find(App, app_id).change(**body)
    _note("app.updated", app, status=app.status)
    return app


def delete_app(app_id, caller):
    app = caller.find(App, app_id)
    if member := app.membership:
        Task.take_off(member)
        TeamMember.take_out(member)
        Grant.revoke_of(organization=member.organization_id, user=member.user_id)
        member.leave(by=caller.role_in(app.organization_id))
    app.erase("app.deleted")
    _note("app.deleted", app)
    return None, 204


def create_app_secret(app_id, body, caller):
    secret, app = client_secret(), caller.find(App, app_id)
    reauthenticate_session(caller, take_proof(body))
    app = app.rotate_secret(secret, **body)
    _note("app.secret_rotated", app)
    return _shown(app, secret), 201


def _shown(app, secret):
    return {"app": app, "client_secret": secret if app.secret_digest else None}


def _note(kind, app, **facts):
    SecurityEntry.note(kind, organization_id=app.organization_id, app_id=app.id, name=app.name, **facts)
