"""What people see when an app asks to act for them: pages of HTML, without scripts, and where they lead."""

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from models.base.errors import Unauthenticated
from models.identity.users import User
from models.platform.security_log import SecurityEntry
from security import login
from security.browsers import Browser
from security.oauth.interaction import LogIn, Refuse, SendOn, decide, next_step
from security.second_factor import SecondFactorRefused, SecondFactorRequired
from spec import published

FOLDER = Path(__file__).parent / "pages"
CSS = (FOLDER / "page.css").read_text("utf-8")
STYLE = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
PAGES = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
HERE = "/api/v1/oauth"
LONGEST_ADDRESS = 6_000  # a request that is longer stays in forms: no proxy has to read it as a URL
TO_SOMEBODY = {"one's own": "your", "one's": "your", "one is": "you are", "one takes": "you take"}
# A code is read as it is shown, with spaces, or hyphens, or without.
UNREAD, ONE_TIME = re.compile(r"[^A-Za-z0-9]"), re.compile(r"[0-9]{6}")
WRONG_CODE = "Invalid verification code. After five wrong codes, attempts are throttled."
STALE = "The page belongs to another browser, or to an earlier login."


def get_authorization(caller, cookies, faults, **sent):
    browser = Browser(cookies)
    return _answer(browser, sent, next_step(browser, sent, faults))


def start_authorization(body, faults, caller, cookies):
    if not faults and (address := _link(body)):
        return _sent_on(address)
    browser = Browser(cookies)
    return _answer(browser, body, next_step(browser, body, faults))


def log_in_by_page(body, caller, cookies):
    browser, sent = Browser(cookies), dict(parse_qsl(body["authorization_request"]))
    if not browser.has_signed("log in", body["authorization_request"], body["csrf_token"]):
        return _refused(STALE)
    try:
        browser.log_in(_let_in(browser, body))
    except (Unauthenticated, SecondFactorRequired, SecondFactorRefused) as refusal:
        tried = {name: body.get(name) for name in ("email", "proof")}
        return _answer(browser, sent, next_step(browser, sent), refusal=refusal, **tried)
    sent, cookie = _after_login(sent), {"Set-Cookie": browser.cookie}
    if address := _link(sent):
        return _sent_on(address, **cookie)
    value, status, headers = _answer(browser, sent, next_step(browser, sent))
    return value, status, {**headers, **cookie}


def decide_authorization(body, caller, cookies):
    browser, sent = Browser(cookies), dict(parse_qsl(body["authorization_request"]))
    if not browser.session:
        return _refused(STALE)
    if not browser.has_signed("decide", body["authorization_request"], body["csrf_token"]):
        SecurityEntry.note("consent.refused", user_id=browser.person.id, outcome="failure")
        return _refused(STALE)
    return _answer(browser, sent, decide(browser, sent, body["decision"] == "approve"))


def _let_in(browser, body):
    """The person who logs in: by the password, or after that by the code for which the page has asked."""
    if "proof" not in body:
        return login.by_password({"email": body["email"], "password": body.get("password", "")})
    user = User.who_may_log_in(body["email"]).first()
    if user is None or not browser.has_proven(user, body["proof"]):
        raise Unauthenticated("The page has expired. Log in again.")
    code = UNREAD.sub("", body.get("code", ""))
    return login.admitted(user, {"one_time_code" if ONE_TIME.fullmatch(code) else "recovery_code": code})


def _answer(browser, sent, step, *, refusal=None, email=None, proof=None):
    """The page of a step, or the way on.  With a ``refusal``, the page on which somebody tries again."""
    if isinstance(step, SendOn):
        return _sent_on(step.location)
    if isinstance(step, Refuse):
        return _refused(step.reason)
    asked = urlencode(sent)
    target = _origin(sent["redirect_uri"])
    facts = {"app": step.app, "authorization_request": asked}
    if isinstance(step, LogIn):
        facts |= {"action": f"{HERE}/login", "csrf_token": browser.signature("log in", asked)}
        facts |= {"refusal": refusal and refusal.detail, "email": email or sent.get("login_hint", "")}
        facts["is_another"] = step.is_another
        if isinstance(refusal, SecondFactorRequired | SecondFactorRefused):
            proof = proof or browser.proof_of(User.with_email(email).get())
            facts |= {"proof": proof, "again": _link(sent)}
            facts["refusal"] = WRONG_CODE if refusal.keeps else None
            page = _page("second_factor.html", target, **facts)
        else:
            page = _page("log_in.html", target, **facts)
    else:
        facts |= {"action": f"{HERE}/consent", "csrf_token": browser.signature("decide", asked)}
        words = [_to_somebody(published.scopes()[one]) for one in step.scopes]
        facts |= {"scopes": words, "person": browser.person, "organization": step.app.organization_name}
        another = _link({**sent, "prompt": "select_account"})
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


def _address(sent):
    return f"{HERE}/authorize?{urlencode(sent)}"


def _link(sent):
    """The address of a request, for a link; None when it is too long for one."""
    address = _address(sent)
    return address if len(address) <= LONGEST_ADDRESS else None


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
