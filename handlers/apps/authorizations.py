"""What people see when an app asks to act for them: pages of HTML, without scripts, and where they lead."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from handlers.pages import apps
from models.base.errors import Unauthenticated
from models.identity.users import User
from models.platform.security_log import SecurityEntry
from security import login
from security.browsers import Browser
from security.oauth.interaction import LogIn, Refuse, SendOn, decide, next_step
from security.second_factor import SecondFactorRefused, SecondFactorRequired
from spec import published

HERE = "/api/v1/oauth"
LONGEST_ADDRESS = 6_000  # a request that is longer stays in forms: no proxy has to read it as a URL
# A code is read as it is shown, with spaces, or hyphens, or without.
UNREAD, ONE_TIME = re.compile(r"[^A-Za-z0-9]"), re.compile(r"[0-9]{6}")
WRONG_CODE = "Invalid verification code. After five wrong codes, attempts are throttled."


def get_authorization(caller, cookies, faults, **sent):
    browser = Browser(cookies)
    return _answer(browser, sent, next_step(browser, sent, faults))


def start_authorization(body, faults, caller, cookies):
    if not faults and (address := _link(body)):
        return _sent_on(address)
    browser = Browser(cookies)
    return _answer(browser, body, next_step(browser, body, faults))


def log_in_by_page(body, caller, cookies):
    browser, asked = Browser(cookies), body.get("authorization_request", "")
    if not browser.has_signed("log in", asked, body["csrf_token"]):
        return apps.refused(apps.STALE)
    sent = dict(parse_qsl(asked))
    try:
        browser.log_in(_let_in(browser, body))
    except (Unauthenticated, SecondFactorRequired, SecondFactorRefused) as refusal:
        tried = {name: body.get(name) for name in ("email", "proof")}
        if not sent:
            return _log_in(browser, sent, None, refusal=refusal, **tried)
        return _answer(browser, sent, next_step(browser, sent), refusal=refusal, **tried)
    cookie = {"Set-Cookie": browser.cookie}
    if not sent:
        return _sent_on(apps.APPROVED, **cookie)
    sent = _after_login(sent)
    if address := _link(sent):
        return _sent_on(address, **cookie)
    value, status, headers = _answer(browser, sent, next_step(browser, sent))
    return value, status, {**headers, **cookie}


def decide_authorization(body, caller, cookies):
    browser, sent = Browser(cookies), dict(parse_qsl(body["authorization_request"]))
    if not browser.session:
        return apps.refused(apps.STALE)
    if not browser.has_signed("decide", body["authorization_request"], body["csrf_token"]):
        SecurityEntry.note("consent.refused", user_id=browser.session.user_id, outcome="failure")
        return apps.refused(apps.STALE)
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


def _answer(browser, sent, step, **tried):
    """The page of a step, or the way on.  ``tried`` is what was refused, for the page on which somebody tries again."""
    if isinstance(step, SendOn):
        return _sent_on(step.location)
    if isinstance(step, Refuse):
        return apps.refused(step.reason)
    if isinstance(step, LogIn):
        return _log_in(browser, sent, step.app, is_another=step.is_another, **tried)
    asked = urlencode(sent)
    return apps.answer(
        "approve_app.html",
        _origin(sent["redirect_uri"]),
        {"Set-Cookie": browser.cookie},
        app=step.app,
        authorization_request=asked,
        action=f"{HERE}/consent",
        csrf_token=browser.signature("decide", asked),
        scopes=[published.scopes()[name] for name in step.scopes],
        person=browser.person,
        organization=step.app.organization_name,
        goes_to=_host(sent["redirect_uri"]),
        another=_link({**sent, "prompt": "select_account"}),
        apps=apps.APPROVED,
    )


def _log_in(browser, sent, app, *, is_another=False, refusal=None, email=None, proof=None):
    """The page on which somebody logs in, or, with the password seen to be right, enters the code."""
    asked = urlencode(sent)
    facts = {"app": app, "asked": asked, "csrf_token": browser.signature("log in", asked)}
    facts["target"] = _origin(sent["redirect_uri"]) if app else None
    if isinstance(refusal, SecondFactorRequired | SecondFactorRefused):
        proof = proof or browser.proof_of(User.with_email(email).get())
        again = _link(sent) if app else apps.APPROVED
        reason = WRONG_CODE if refusal.keeps else None
        value, headers = apps.second_factor(refusal=reason, email=email, proof=proof, again=again, **facts)
    else:
        facts |= {"is_another": is_another, "email": email or sent.get("login_hint", "")}
        value, headers = apps.log_in(refusal=refusal and refusal.detail, **facts)
    return (value, 403, headers) if refusal else (value, 200, {**headers, "Set-Cookie": browser.cookie})


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
    prompts = [
        prompt for prompt in sent.get("prompt", "").split() if prompt not in ("login", "select_account")
    ]
    rest = {name: value for name, value in sent.items() if name not in ("prompt", "max_age")}
    return {**rest, **({"prompt": " ".join(prompts)} if prompts else {})}


def _host(uri):
    return urlsplit(uri).netloc


def _origin(uri):
    """The origin of a redirect URI, as a policy names it, which has no word for addresses of IPv6."""
    parts = urlsplit(uri)
    return "http:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"
