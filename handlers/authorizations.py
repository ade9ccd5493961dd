"""What people see when an app asks to act for them: pages of HTML, without scripts, and where they lead."""

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from security import login
from security.browsers import Browser
from security.oauth.interaction import LogIn, Refuse, SendOn, decide, next_step
from spec import published

FOLDER = Path(__file__).parent / "pages"
CSS = (FOLDER / "page.css").read_text("utf-8")
STYLE = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
PAGES = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
HERE = "/api/v1/oauth"
TO_SOMEBODY = {"one's own": "your", "one's": "your", "one is": "you are", "one takes": "you take"}
STALE = "The page was made for another browser, or for somebody who was logged in before."


def get_authorization(caller, cookies, **sent):
    browser, sent = Browser(cookies), _given(sent)
    return _answer(browser, sent, next_step(browser, sent))


def start_authorization(body, caller):
    return _sent_on(_address(_given(body)))


def log_in_by_page(body, caller, cookies):
    browser, sent = Browser(cookies), dict(parse_qsl(body["authorization_request"]))
    if not browser.has_sealed("log in", body["authorization_request"], body["csrf_token"]):
        return _refused(STALE)
    person, refusal = login.let_in(body["email"], body["password"])
    if refusal:
        return _answer(browser, sent, next_step(browser, sent), refusal=refusal.detail, email=body["email"])
    browser.log_in(person)
    return _sent_on(_address(_after_login(sent)), **{"Set-Cookie": browser.cookie})


def decide_authorization(body, caller, cookies):
    browser, sent = Browser(cookies), dict(parse_qsl(body["authorization_request"]))
    if (
        not browser.has_sealed("decide", body["authorization_request"], body["csrf_token"])
        or not browser.session
    ):
        return _refused(STALE)
    return _answer(browser, sent, decide(browser, sent, body["decision"] == "approve"))


def _answer(browser, sent, step, *, refusal=None, email=None):
    """The page of a step, or the way on.  With a ``refusal``, the page on which somebody tries again."""
    if isinstance(step, SendOn):
        return _sent_on(step.location)
    if isinstance(step, Refuse):
        return _refused(step.reason)
    asked = urlencode(sent)
    target = _origin(sent["redirect_uri"])
    facts = {"app": step.app, "authorization_request": asked}
    if isinstance(step, LogIn):
        facts |= {"action": f"{HERE}/login", "csrf_token": browser.seal("log in", asked)}
        facts |= {"refusal": refusal, "email": email or sent.get("login_hint", "")}
        page = _page("log_in.html", target, **facts)
    else:
        facts |= {"action": f"{HERE}/consent", "csrf_token": browser.seal("decide", asked)}
        words = [_to_somebody(published.scopes()[one]) for one in step.scopes]
        facts |= {"scopes": words, "person": browser.person, "organization": step.app.organization.name}
        another = _address({**sent, "prompt": "select_account"})
        page = _page("decide.html", target, goes_to=_host(sent["redirect_uri"]), another=another, **facts)
    if refusal:
        return page[0], 403, page[1]
    return page[0], 200, {**page[1], "Set-Cookie": browser.cookie}


def _refused(reason):
    page, headers = _page("refused.html", None, reason=reason)
    return page, 403, headers


def _page(name, target, **facts):
    """A page, and its headers.  Its forms lead to this server, and from there to ``target`` alone, an origin."""
    sends = f"'self' {target}" if target else "'none'"
    policy = (
        f"default-src 'none'; style-src 'sha256-{STYLE}'; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action {sends}"
    )
    page = PAGES.get_template(name).render(css=Markup(CSS), **facts)  # noqa: S704  the style is a file of ours
    headers = {"Content-Type": "text/html", "Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return page, headers


def _sent_on(location, **headers):
    return None, 303, {"Location": location, "Cache-Control": "no-store", **headers}


def _given(sent):
    """The parameters that have a value, as texts (RFC 6749 §3.1: one without a value is not there)."""
    return {name: str(value) for name, value in sent.items() if value not in (None, "")}


def _address(sent):
    return f"{HERE}/authorize?{urlencode(sent)}"


def _after_login(sent):
    """The request without what asked for a log-in: that is done."""
    prompts = [one for one in sent.get("prompt", "").split() if one not in ("login", "select_account")]
    rest = {name: value for name, value in sent.items() if name not in ("prompt", "max_age")}
    return {**rest, **({"prompt": " ".join(prompts)} if prompts else {})}


def _to_somebody(text):
    """What the contract says of one, as a page says it to a person."""
    return re.sub("|".join(TO_SOMEBODY), lambda found: TO_SOMEBODY[found[0]], text)


def _host(uri):
    return urlsplit(uri).netloc


def _origin(uri):
    """The origin of a redirect URI, as a policy names it, which has no word for addresses of IPv6."""
    parts = urlsplit(uri)
    return "http:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"
