"""Redirect URIs: registered as URIs that an answer can be added to, and sent back byte for byte (RFC 6749 §3.1.2)."""

import random
import re
from urllib.parse import parse_qsl

import pytest

from contract_tests.support.clients import refused
from contract_tests.support.visitor import App, Form
from models.apps.redirect_uris import ANSWERS
from models.base.database import database

BASE = "https://app.example/cb"
SOUND = ["?debug=", "?a%3Bb=1", "?x=%ff", "?a&&b", "?", "?x=1&", "/a%2Fb", "?q=a+b%20c", "?next=/a?b=c", "?STATE=1",
         "/%E2%82%AC", "?a=(b)$;c", "?x='1'"]  # fmt: skip
UNSOUND = ["?state=mine", "?code=1", "?a=b&iss=x", "?error", "?%73tate=x", "?a=b&id_token=", "?x;state=1", "?error_uri=x",
           "/a%zzb", "?x=%", "?x=%4", "#top", "?x=#", "/ö", "/a b", "?x=\u202e", "/a\\b", '/"', "?x=<y>", "/a|b"]  # fmt: skip


def register(owner, organization, uri):
    body = {"organization_id": organization, "name": "Planner", "client_type": "public", "redirect_uris": [uri],
            "scopes": ["openid"], "grant_types": ["authorization_code"]}  # fmt: skip
    return owner.post("/apps", body)


def answers(app, visitor):
    """Where the browser is sent with an error, with a refusal and with a code."""
    yield visitor.authorize(app, scope="openid", prompt="none").headers["location"]
    page = visitor.log_in(visitor.authorize(app, scope="openid"))
    yield visitor.submit(page, decision="deny").headers["location"]
    yield visitor.submit(page, decision="approve").headers["location"]


def comes_back(app, visitor, uri):
    """Every answer is the registered URI, byte for byte, and parameters behind it that it does not have."""
    for location in answers(app, visitor):
        assert location.startswith(uri), location
        query = uri.partition("?")[2]
        joint = "?" if "?" not in uri else "&" if query and not query.endswith("&") else ""
        tail = location.removeprefix(uri)
        assert tail.startswith(joint)
        added = [name for name, _ in parse_qsl(tail.removeprefix(joint), strict_parsing=True)]
        assert added in (
            ["error", "error_description", "state", "iss"],
            ["error", "state", "iss"],
            ["code", "state", "iss"],
        )
        names = [name for name, _ in parse_qsl(location.partition("?")[2], keep_blank_values=True)]
        assert all(names.count(name) == 1 for name in added)


@pytest.mark.parametrize("tail", SOUND)
def test_a_redirect_uri_comes_back_byte_for_byte(owner, organization, person_at_a_browser, tail):
    app = App(owner, organization, redirect_uris=[BASE + tail])
    comes_back(app, person_at_a_browser, BASE + tail)


def test_whatever_is_registered_comes_back_byte_for_byte(owner, organization, person_at_a_browser):
    source, tried = random.Random(13), 0
    while tried < 12:
        pieces = source.choices(
            ["a", "=", "&", "%ff", "%3B", "+", ";", "?", "%20", "state", "%73tate", "1"], k=9
        )
        uri = f"{BASE}?{''.join(pieces)}"
        answer = register(owner, organization, uri)
        if answer.status_code == 422:
            assert "state" in re.sub("%73", "s", uri), uri
            continue
        tried += 1
        person_at_a_browser.http.cookies.clear()
        comes_back(App(owner, organization, redirect_uris=[uri]), person_at_a_browser, uri)


@pytest.mark.parametrize("tail", UNSOUND + [f"?{name}=" for name in sorted(ANSWERS)])
def test_what_an_answer_cannot_be_added_to_is_not_registered(owner, organization, tail):
    answer = register(owner, organization, BASE + tail)
    assert refused(answer) == (422, "invalid_request")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/redirect_uris/0"]
    app = App(owner, organization).registered
    changed = owner.patch(f"/apps/{app['id']}", {"redirect_uris": ["https://app.example/", BASE + tail]})
    assert [error["pointer"] for error in changed.json()["errors"]] == ["/redirect_uris/1"]


@pytest.mark.parametrize(
    "uri",
    ["https://app.example:0/", "https://app.example:70000/", "https://a..b/", "https://-a.example/"],
)
def test_a_redirect_uri_has_a_host_and_a_port_that_exist(owner, organization, uri):
    assert refused(register(owner, organization, uri)) == (422, "invalid_request")


def test_an_address_that_was_registered_under_former_rules_leads_nowhere(
    owner, organization, person_at_a_browser
):
    app = App(owner, organization)
    app.redirect_uris = [f"{BASE}?state=mine"]
    with database.connection_context():
        database.run("update apps set redirect_uris = %s where id = %s", (app.redirect_uris, app.id))
    answer = person_at_a_browser.authorize(app)
    assert answer.status_code == 403 and "location" not in answer.headers


def test_names_of_others_do_not_turn_the_line_of_a_page(owner, organization, person_at_a_browser):
    app = App(owner, organization, homepage="https://app.example/")
    backwards = "Payroll \u202emos"  # as a name may have been stored before it was refused
    with database.connection_context():
        database.run("update apps set name = %s where id = %s", (backwards, app.id))
        database.run("update organizations set name = %s where id = %s", (backwards, organization))
        database.run("update users set name = %s where id = %s", (backwards, person_at_a_browser.person.id))
    login = person_at_a_browser.authorize(app)
    decision = person_at_a_browser.log_in(login)
    for page in (login, decision):
        assert Form(page.text).action and backwards in page.text
        isolated = re.sub("<bdi>[^<]*</bdi>", "", page.text)
        assert "\u202e" not in isolated
