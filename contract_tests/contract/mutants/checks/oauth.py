"""Checks of OAuth and of emails: errors, redirects, and texts that people have written."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.policy import SMTP
from urllib.parse import parse_qs, urlsplit

import httpx

from contract_tests.contract.mutants.checks import refused
from contract_tests.support import factories
from contract_tests.support.visitor import App, Visitor
from handlers.gateways import letters
from models.base.database import database

REDIRECT_URI = "https://app.example/cb?debug=&x=%ff"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
WORD = "=?utf-8?b?WW91ciBhY2NvdW50DQpDb250ZW50LVR5cGU6IHRleHQvaHRtbA0KDQo8aDE+?="


def asked(scene, **more):
    """The answer to an authorization request of a new app, for which nobody is shown a page."""
    body = {"organization_id": scene.organization_id, "name": "Check", "client_type": "public", "scopes": ["openid"],
            "redirect_uris": [REDIRECT_URI], "grant_types": ["authorization_code"]}  # fmt: skip
    app = scene.owner.post("/apps", body).json()["app"]
    params = {"client_id": app["id"], "redirect_uri": REDIRECT_URI, "response_type": "code", "prompt": "none",
              "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256", **more}  # fmt: skip
    answer = scene.anonymous.get("/oauth/authorize", params=params)
    assert answer.status_code == 303, "an authorization request is redirected"
    return answer.headers["location"]


def error_of(location):
    return parse_qs(urlsplit(location).query)["error"]


def a_redirect_uri_comes_back_byte_for_byte(scene):
    location = asked(scene)
    unchanged = location.startswith(f"{REDIRECT_URI}&error=login_required&")
    assert unchanged, "a redirect URI comes back byte for byte"


def apps_get_oauth_errors(scene):
    answer = scene.anonymous.request("POST", "/oauth/token", data={"grant_type": ["a", "b"]})
    assert answer.status_code == 400, "a repeated field of a token request is refused"
    assert answer.json().get("error") == "invalid_request", "a token request has OAuth's own errors"
    for field, value in (("max_age", "soon"), ("response_mode", "fragment")):
        error = error_of(asked(scene, **{field: value}))
        assert error == ["invalid_request"], f"a wrong {field} of an authorization request is refused"


def an_id_token_hint_is_verified(scene):
    error = error_of(asked(scene, id_token_hint="garbage"))
    assert error == ["invalid_request"], "an id_token_hint is verified"


def a_later_redirect_uri_is_asked_about(scene):
    """Approval of an app leads to no address that was registered after it."""
    app = App(scene.owner, scene.organization_id)
    browser = Visitor(scene.base_url, scene.contract, scene.newcomer().person)
    browser.http = httpx.Client(base_url=scene.base_url, timeout=30, transport=scene.transport)
    assert "code" in browser.approve(app), "an approved app gets a code"
    app.redirect_uris = [*app.redirect_uris, REDIRECT_URI]
    patched = scene.owner.patch(f"/apps/{app.id}", {"redirect_uris": app.redirect_uris})
    assert patched.status_code == 200, "a redirect URI can be added"
    assert "code" in app.redirect_parameters(browser.authorize(app)), (
        "an approved app is not asked about again"
    )
    later = browser.authorize(app, redirect_uri=REDIRECT_URI)
    assert later.status_code == 200, "a redirect URI that was added later is asked about"


def names_stay_text_in_an_email(scene):
    facts = {
        "inviter": WORD,
        "organization": "https://evil.example",
        "role": "guest",
        "url": "https://remit.example/#token=1",
    }
    made = letters.letter(
        "0198c0de-7c7e-7f00-8000-000000000009", datetime.now(UTC), "a@b.example", "invitation", facts
    )
    read = message_from_bytes(made.as_bytes(policy=SMTP), policy=policy.default)
    subject = f"{WORD} invites you to https[:]//evil[.]example"
    assert read["Subject"] == subject, "a subject is text, without links"
    assert read.get_content_type() == "multipart/alternative", "no name makes another body"


def a_link_waits_encrypted(scene):
    person = scene.newcomer().person
    reset = scene.anonymous.post("/password-resets", {"email": person.email})
    assert reset.status_code == 202, "a reset can be asked for"
    with database.connection_context():
        waiting = database.rows("select facts::text from mails where recipient = %s", (person.email,))
    assert waiting, "an email waits"
    assert not [facts for (facts,) in waiting if "token=" in facts], "a link waits encrypted"


def emails_to_an_address_are_limited(scene):
    address = f"budget-{scene.newcomer().person.id}@example.org"
    for _ in range(3):
        founder = scene.newcomer()
        organization_id = factories.organization(founder)["id"]
        answer = founder.post(
            f"/organizations/{organization_id}/invitations", {"email": address, "role": "guest"}
        )
        invitation = answer.headers.get("location")
        answers = [founder.post(f"{invitation}/deliveries") for _ in range(4)] if invitation else [answer]
    assert refused(answers[-1]) == (429, "delivered_too_often"), "emails to one address are limited"


def the_mailbox_is_shown_by_names_of_this_machine_alone(scene):
    assert scene.anonymous.get("/mailbox").status_code == 200, "the mailbox is shown on this machine"
    elsewhere = scene.anonymous.get("/mailbox", headers={"Host": "evil.example"})
    assert elsewhere.status_code == 404, "the mailbox is shown under no other name"
