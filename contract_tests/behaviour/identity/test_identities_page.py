"""The page where a sign-in ends that returns nowhere else, in a real browser."""

import re

import pytest

from contract_tests.behaviour.identity.test_account_pages import opened, refusal, status_message
from contract_tests.support import sign_ins
from contract_tests.support.provider import Person

WAITING = """url => new Promise(done => {
  addEventListener("message", message => done([message.origin, message.data]), {once: true});
  window.open(url);
})"""


@pytest.fixture
def begun(anonymous, provider):
    return sign_ins.begin(anonymous, provider)


def test_who_has_agreed_is_told_to_go_back(begun, live, provider):
    with opened(live, provider.consent(begun.url, Person(sign_ins.address()))) as page:
        assert status_message(page).startswith(
            "The provider has confirmed who you are. Return to the page where you started."
        )
        assert page.url == f"{live.host_url}/account/identity"  # the code is in no history
        assert page.complaints == []


def test_who_has_not_agreed_is_told_that_nothing_has_changed(begun, live, provider):
    with opened(live, provider.refuse(begun.url)) as page:
        assert refusal(page).startswith("You denied access. Nothing has changed.")


def test_who_comes_by_a_way_that_nobody_is_on_is_told_to_begin_again(live):
    with opened(live, f"{live.base_url}/identity-callbacks/github?state=nobodys&code=1") as page:
        assert refusal(page).startswith("The sign-in is invalid or has expired.")
        assert page.url == f"{live.base_url}/identity-callbacks/github"
        assert page.complaints == []


def test_the_window_that_opened_it_is_told_the_code(begun, live, provider, anonymous):
    url = provider.consent(begun.url, Person(sign_ins.address()))
    with opened(live, f"{live.host_url}/account/identity") as page:
        origin, message = page.evaluate(WAITING, url)
        assert origin == live.host_url and message["kind"] == "remit-identity" and message["error"] is None
        body = {"code": message["code"], "handoff_secret": begun.handoff_secret}
        assert sign_ins.complete(anonymous, body).status_code == 201


def test_the_page_loads_nothing_from_another_host_and_can_be_read_by_everybody(anonymous, live):
    page = anonymous.get(f"{live.host_url}/account/identity", headers={"Accept": "text/html"})
    back = anonymous.get("/identity-callbacks/google", headers={"Accept": "text/html"})
    for answer in (page, back):
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert set(re.findall(r'(?:src|href)="(/[^"]+)"', answer.text)) == {
            "/account/files/identity.js",
            "/docs",
            "/problems",
            "/docs/guides",
        }
        assert re.search('<html lang="en">.*<title>.+</title>.*<h1.*<noscript>', answer.text, re.S)
    script = anonymous.get("/account/files/identity.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
