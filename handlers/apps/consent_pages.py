"""The page on which people see the apps that act for them, and revoke their access."""

from handlers.pages import apps
from models.apps.consents import Consent
from models.platform.security_log import SecurityEntry
from security.browsers import Browser
from spec import published

MAX_APPS = 100  # on the page
REVOKE = "/account/apps/revocations"
ADVICE = "Nothing was changed. Open the page of your approved apps again."


def get_approved_apps(caller, cookies):
    browser = Browser(cookies)
    cookie = {"Set-Cookie": browser.cookie}
    if not browser.session:
        html, headers = apps.log_in(app=None, asked="", csrf_token=browser.signature("log in", ""))
        return html, 200, {**headers, **cookie}
    consents = [_entry(browser, consent) for consent in Consent.newest_of(browser.session.user_id, MAX_APPS)]
    return apps.answer(
        "approved_apps.html", None, cookie, action=REVOKE, person=browser.person, consents=consents
    )


def revoke_approved_app(body, caller, cookies):
    browser, consent_id = Browser(cookies), str(body["consent_id"])
    if not browser.session or not browser.has_signed("revoke", consent_id, body["csrf_token"]):
        return apps.refused(apps.STALE, ADVICE)
    if consent := Consent.open_of(browser.session.user_id, consent_id):
        consent.revoke()
        facts = {"app_id": consent.app_id, "app_name": consent.app_name}
        SecurityEntry.note("consent.revoked", user_id=consent.user_id, **facts)
    return None, 303, {"Location": apps.APPROVED, "Cache-Control": "no-store"}


def _entry(browser, consent):
    words = [published.scopes().get(scope, scope) for scope in consent["scopes"]]
    return {**consent, "words": words, "csrf_token": browser.signature("revoke", consent["id"])}
