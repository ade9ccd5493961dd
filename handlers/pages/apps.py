"""Pages about apps: where people log in, approve an app, and revoke access. They have no scripts, and are kept by nobody."""

from urllib.parse import urlencode

from handlers.pages import rendering

LOG_IN = "/api/v1/oauth/login"
APPROVED = "/account/apps"
STALE = "The page belongs to another browser, or to an earlier login."
ADVICE = "Nothing was changed. Return to the app and start again. If the problem persists, contact the provider of the app."


def answer(template, target, extra=None, status=200, **facts):
    """A page as an answer. Its forms lead to this server, and from there to ``target`` alone, an origin."""
    html, headers = _page(template, _forms(target), **facts)
    return html, status, {**headers, **(extra or {})}


def refused(reason, advice=ADVICE):
    """The page of what does not go on."""
    html, headers = _page("refused.html", "'none'", reason=reason, advice=advice)
    return html, 403, headers


def log_in(*, app, asked, csrf_token, target=None, refusal=None, email="", is_another=False):
    """``(HTML, headers)`` of the log-in, for an app that has ``asked`` something, or for the page of approved apps."""
    way_back = f"#{urlencode({'authorization_request': asked})}" if asked else ""
    facts = {"refusal": refusal, "email": email, "is_another": is_another, "way_back": way_back}
    return _form("log_in.html", app, asked, csrf_token, target, **facts)


def second_factor(*, app, asked, csrf_token, target=None, refusal, email, proof, again):
    """``(HTML, headers)`` of the page that asks for a code once the password was right."""
    facts = {"refusal": refusal, "email": email, "proof": proof, "again": again}
    return _form("second_factor.html", app, asked, csrf_token, target, **facts)


def _form(template, app, asked, csrf_token, target, **facts):
    facts |= {"action": LOG_IN, "app": app, "authorization_request": asked, "csrf_token": csrf_token}
    return _page(template, _forms(target), **facts)


def _forms(target):
    """Where the forms of a page may lead (CSP ``form-action``)."""
    return f"'self' {target}" if target else "'self'"


def _page(template, forms, **facts):
    html, headers = rendering.page(template, forms=forms, has_icon=False, **facts)
    return html, {**headers, "Cache-Control": "no-store"}
