"""Interaction: what follows when an app sends somebody's browser here (RFC 6749 §4.1, OpenID Connect Core §3.1.2)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Error
from authlib.oidc.core.errors import (
    ConsentRequiredError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)

from models.apps.apps import App, is_on_the_device
from models.apps.authorizations import Authorization
from models.apps.consents import Consent
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.security_log import SecurityEntry
from security.browsers import Browser
from security.oauth import faults, openid
from security.oauth.clients import client_of
from security.oauth.server import OAuthRequest, server

NOT_SUPPORTED = {"request": RequestNotSupportedError, "request_uri": RequestURINotSupportedError}
LOG_IN = ("login", "select_account")  # values of ``prompt``
# What people are told of errors that no app may be told of; nothing of it is what somebody sent.
REASONS = {
    "invalid_client": "No app with this client ID is registered, or the app is disabled.",
    "invalid_request": "The app has not registered the redirect URI of the request.",
    "another_person": "The app expects another account than the one that is logged in.",
    "insecure_transport": "This server does not use https, which authorization of apps requires.",
}


class SendOn(NamedTuple):
    """The browser goes on to ``location``."""

    location: str


class LogIn(NamedTuple):
    """Somebody has to log in, and learns for which app; ``is_another`` when the app asks for another person than has."""

    app: App
    is_another: bool = False


class Decide(NamedTuple):
    """The person who has logged in decides whether ``app`` gets ``scopes``."""

    app: App
    scopes: list[str]


class Refuse(NamedTuple):
    """The browser is sent nowhere, and the page says why."""

    reason: str


Step = SendOn | LogIn | Decide | Refuse


def next_step(browser: Browser, sent: Mapping[str, str], input_faults: Sequence[faults.Fault] = ()) -> Step:
    """What follows an authorization request, whose parameters are ``sent``, by name; ``input_faults`` are the faults of these."""
    try:
        refuse(sent, input_faults)
        person = _person(browser, sent)
        request, grant = _request(sent, person)
        app, scopes = grant.client.app, request.scope.split()
        if grant.prompt in LOG_IN:
            return LogIn(app, browser.person is not None and not _is_hinted(sent, browser.person))
        consent = Consent.of(request.user.id, app)
        if (
            consent
            and consent.covers(scopes)
            and grant.prompt != "consent"
            and _is_known_place(grant, consent)
        ):
            return _code(browser, request, grant, consent)
        if "none" in sent.get("prompt", "").split():
            raise ConsentRequiredError(redirect_uri=grant.redirect_uri, state=sent.get("state"))
        return Decide(app, scopes)
    except OAuth2Error as error:
        return _after_error(sent, error)


def decide(browser: Browser, sent: Mapping[str, str], approves: bool) -> SendOn | Refuse:
    """What follows when the person has approved or denied the authorization request with these parameters."""
    try:
        refuse(sent)
        person = browser.person
        if person is None or not _is_hinted(sent, person):
            return Refuse(REASONS["another_person"])
        request, grant = _request({name: value for name, value in sent.items() if name != "prompt"}, person)
    except OAuth2Error as error:
        return _after_error(sent, error)
    app = grant.client.app
    facts = {"app_id": app.id, "app_name": app.name}
    if not approves:
        SecurityEntry.note("consent.denied", user_id=person.id, outcome="failure", **facts)
        return SendOn(server().create_authorization_response(request, None, grant).location)
    consent = Consent.give(person.id, app, request.scope.split())
    SecurityEntry.note("consent.granted", user_id=person.id, scopes=request.scope, **facts)
    return _code(browser, request, grant, consent)


def refuse(sent: Mapping[str, str], input_faults: Sequence[faults.Fault] = ()) -> None:
    """Raise an :class:`OAuth2Error` for wrong parameters; with a ``redirect_uri`` when it can be sent to the app."""
    doubtful = {faults.name_of(fault) for fault in input_faults} & {"client_id", "redirect_uri"}
    client = None if "client_id" in doubtful else client_of(sent.get("client_id"))
    if client is None:
        raise InvalidClientError()
    if doubtful or not client.check_redirect_uri(sent.get("redirect_uri", "")):
        raise InvalidRequestError()
    where = {"redirect_uri": sent["redirect_uri"], "state": sent.get("state")}
    for name, error in NOT_SUPPORTED.items():
        if name in sent or any(faults.name_of(fault) == name for fault in input_faults):
            raise error(**where)
    for fault in input_faults:
        raise faults.error(fault, faults.OF_AUTHORIZATION, **where)
    try:
        _hinted(sent)
    except ValueError:
        raise InvalidRequestError("The id_token_hint is not an ID token of this server.", **where) from None


def _request(sent: Mapping[str, str], person: User | None) -> tuple[OAuthRequest, Any]:
    """The request and Authlib's grant for it, validated; an error has a ``redirect_uri`` when it can be sent to the app."""
    request = OAuthRequest("GET", dict(sent))
    return request, server().get_consent_grant(request, person)


def _person(browser: Browser, sent: Mapping[str, str]) -> User | None:
    """The person who has logged in with the browser, if the app's hint is not about another, and recently enough for
    ``max_age``; else None."""
    session = browser.session
    if session is None or not _is_hinted(sent, session.user):
        return None
    since = now() - session.created_at
    is_late = "max_age" in sent and since.total_seconds() > int(sent["max_age"])
    return None if is_late else session.user


def _is_hinted(sent: Mapping[str, str], person: User) -> bool:
    """Whether a code may be about ``person``: never when ``id_token_hint`` is about another (OpenID Connect Core §3.1.2.1)."""
    return "id_token_hint" not in sent or _hinted(sent) == person.id


def _hinted(sent: Mapping[str, str]) -> str | None:
    """The id of the person that ``id_token_hint`` is about; None without one, or when its key is deleted.

    ValueError when this server has not issued it.
    """
    return openid.subject_of(sent["id_token_hint"]) if "id_token_hint" in sent else None


def _is_known_place(grant: Any, consent: Consent) -> bool:
    """Whether the person has sent a code to this redirect URI before, so that they need not be asked again.

    Never so on a device, where any program may listen (RFC 8252 §8.6); and an address may have been registered later by
    somebody whom the person would not have approved.
    """
    uri = grant.redirect_uri
    return not is_on_the_device(uri) and Authorization.has_led_to(consent, uri)


def _code(browser: Browser, request: OAuthRequest, grant: Any, consent: Consent) -> SendOn:
    request.consent = consent
    request.authenticated_at = browser.session and browser.session.created_at
    return SendOn(server().create_authorization_response(request, browser.person, grant).location)


def _after_error(sent: Mapping[str, str], error: OAuth2Error) -> SendOn | Refuse:
    if error.redirect_uri is None:
        return Refuse(REASONS.get(error.error, "The request of the app is invalid."))
    error.state = sent.get("state")
    return SendOn(server().handle_error_response(None, error).location)
