"""The apps of partners, which act for people who agree, or for themselves."""

from models.access.offboarding import release
from models.access.organizations import Organization
from models.apps.apps import PARTS, App, refuse_parts
from models.apps.redirect_uris import refuse_unsound
from models.base.pages import page
from models.base.value_rules import obeys
from models.platform.security_log import SecurityEntry
from security.delegation import Credential, hand_on
from security.powers import of_member, of_membership
from security.reauthentication import reauthenticate_session, take_proof
from security.tokens import client_secret


@obeys(refuse_parts, *PARTS)
def create_app(body, caller):
    organization = caller.find(Organization, body.pop("organization_id"))
    reauthenticate_session(caller, take_proof(body))
    role = body.get("service_role")
    powers = [of_membership(caller, organization, role)] if role else []
    hand_on(caller, organization, *powers, credential=Credential(body["scopes"]))
    secret, by = client_secret(), caller.role_in(organization.id)
    app = App.register(organization, by, secret=secret, created_by=caller.user_id, **body)
    _log_change("app.created", app)
    return _with_secret(app, secret), 201


def list_apps(caller, limit, cursor=None, include=(), organization_id=None):
    within = organization_id and caller.find(Organization, organization_id).id
    return page(App, caller, {}, limit=limit, cursor=cursor, include=include, within=within)


def get_app(app_id, caller):
    return caller.find(App, app_id)


@obeys(refuse_unsound, "redirect_uris")
def update_app(app_id, body, caller):
    app = caller.find(App, app_id)
    if app.is_widened_by(body):
        _hand_on(caller, app, body.get("scopes", app.scopes))
    else:
        hand_on(caller, app)
    app.change(**body)
    _log_change("app.updated", app, status=app.status)
    return app


def delete_app(app_id, caller):
    app = caller.find(App, app_id)
    if member := app.membership:
        release(member)
        member.leave(by=caller.role_in(app.organization_id))
    app.erase("app.deleted")
    _log_change("app.deleted", app)
    return None, 204


def create_app_secret(app_id, body, caller):
    secret = client_secret()
    app = caller.find(App, app_id)
    reauthenticate_session(caller, take_proof(body))
    _hand_on(caller, app, app.scopes)
    app.rotate_secret(secret, **body)
    _log_change("app.secret_rotated", app)
    return _with_secret(app, secret), 201


def _hand_on(caller, app, scopes):
    """Refuse when the app could do more than the caller, with its scopes or as its service user."""
    powers = of_member(caller, app.service_user_id, app) if app.service_user_id else ()
    hand_on(caller, app, *powers, credential=Credential(scopes))


def _with_secret(app, secret):
    return {"app": app, "client_secret": secret if app.secret_digest else None}


def _log_change(kind, app, **facts):
    SecurityEntry.note(kind, organization_id=app.organization_id, app_id=app.id, name=app.name, **facts)
