"""Probes of OAuth and of mails: what apps are told, where people are sent, and what becomes of what people write."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.policy import SMTP
from urllib.parse import parse_qs, urlsplit

import httpx

from contract_tests.contract.planted import refused
from contract_tests.support import factories
from contract_tests.support.visitor import App, Visitor
from handlers.gateways import letters
from models.base.database import database

REDIRECT_URI = "https://app.example/cb?debug=&x=%ff"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
WORD = "=?utf-8?b?WW91ciBhY2NvdW50DQpDb250ZW50LVR5cGU6IHRleHQvaHRtbA0KDQo8aDE+?="


def asked(stage, **more):
    """The answer to an authorization request of a new app, for which nobody is shown a page."""
    body = {"organization_id": stage.organization_id, "name": "Probe", "client_type": "public", "scopes": ["openid"],
            "redirect_uris": [REDIRECT_URI], "grant_types": ["authorization_code"]}  # fmt: skip
    app = stage.owner.post("/apps", body).json()["app"]
    params = {"client_id": app["id"], "redirect_uri": REDIRECT_URI, "response_type": "code", "prompt": "none",
              "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256", **more}  # fmt: skip
    answer = stage.anonymous.get("/oauth/authorize", params=params)
    assert answer.status_code == 303
    return answer.headers["location"]


def told(location):
    return parse_qs(urlsplit(location).query)["error"]


def a_redirect_uri_comes_back_byte_for_byte(stage):
    assert asked(stage).startswith(f"{REDIRECT_URI}&error=login_required&")


def an_app_is_told_of_its_faults_as_oauth_has_them(stage):
    answer = stage.anonymous.request("POST", "/oauth/token", data={"grant_type": ["a", "b"]})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert told(asked(stage, max_age="soon")) == ["invalid_request"]
    assert told(asked(stage, response_mode="fragment")) == ["invalid_request"]


def a_hint_is_looked_at(stage):
    assert told(asked(stage, id_token_hint="garbage")) == ["invalid_request"]


def a_later_address_is_asked_about(stage):
    """Approval of an app leads to no address that was registered after it."""
    app = App(stage.owner, stage.organization_id)
    browser = Visitor(stage.base_url, stage.contract, stage.newcomer().person)
    browser.http = httpx.Client(base_url=stage.base_url, timeout=30, transport=stage.transport)
    assert "code" in browser.approve(app)
    app.redirect_uris = [*app.redirect_uris, REDIRECT_URI]
    assert stage.owner.patch(f"/apps/{app.id}", {"redirect_uris": app.redirect_uris}).status_code == 200
    assert "code" in app.told(browser.authorize(app))
    assert browser.authorize(app, redirect_uri=REDIRECT_URI).status_code == 200


def what_people_write_stays_text_in_a_mail(stage):
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
    assert read["Subject"] == f"{WORD} invites you to https[:]//evil[.]example"
    assert read.get_content_type() == "multipart/alternative"


def a_link_waits_sealed(stage):
    person = stage.newcomer().person
    assert stage.anonymous.post("/password-resets", {"email": person.email}).status_code == 202
    with database.connection_context():
        waiting = database.rows("select facts::text from mails where recipient = %s", (person.email,))
    assert waiting and not [row for (row,) in waiting if "token=" in row]


def an_address_gets_ten_mails_a_day_that_anybody_may_cause(stage):
    address = f"budget-{stage.newcomer().person.id}@example.org"
    for _ in range(3):
        founder = stage.newcomer()
        organization_id = factories.organization(founder)["id"]
        answer = founder.post(
            f"/organizations/{organization_id}/invitations", {"email": address, "role": "guest"}
        )
        place = answer.headers.get("location")
        answers = [founder.post(f"{place}/deliveries") for _ in range(4)] if place else [answer]
    assert refused(answers[-1]) == (429, "delivered_too_often")


def the_mailbox_is_shown_by_names_of_this_machine_alone(stage):
    assert stage.anonymous.get("/mailbox").status_code == 200
    assert stage.anonymous.get("/mailbox", headers={"Host": "evil.example"}).status_code == 404
