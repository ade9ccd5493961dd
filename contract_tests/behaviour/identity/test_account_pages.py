"""The pages of mailed links, in a real browser: a person confirms, and only then is the link used."""

import contextlib
import re
from urllib.parse import urlencode

import pytest

from contract_tests.support import browser, factories
from contract_tests.support.accounts import log_in, register, verify
from models.base.database import database

PAGES = ("verification", "email", "password-reset", "invitation", "registration", "forgotten-password")
NEW = "Quite-another-word-1"


@contextlib.contextmanager
def opened(live, link):
    """The page of a link."""
    with browser.page() as page:
        page.goto(link)
        yield page
        elsewhere = [url for url in page.asked if not url.startswith((live.host_url, "data:"))]
        assert elsewhere == []
        assert not any("token" in url for url in page.asked)


def is_verified(email):
    with database.connection_context():
        return database.rows("select verified_at is not null from users where email = %s", (email,)) == [
            (True,)
        ]


def press(page, name):
    page.get_by_role("button", name=name).click()


def status_message(page):
    page.get_by_role("status").filter(has_text=re.compile(".")).wait_for()
    return page.get_by_role("status").inner_text()


def refusal(page):
    page.get_by_role("alert").filter(has_text=re.compile(".")).wait_for()
    return page.get_by_role("alert").inner_text()


def test_a_person_verifies_the_address_by_a_click_and_not_by_opening_the_link(anonymous, live, mailbox):
    register(anonymous, "clicks@example.org")
    with opened(live, mailbox.to("clicks@example.org").link) as page:
        page.get_by_role("heading", name="Verify your email address").wait_for()
        assert page.url == f"{live.host_url}/account/verification"  # the token is in no history
        assert not is_verified("clicks@example.org")
        page.get_by_label("Password").fill(factories.PASSWORD)
        press(page, "Verify address")
        assert status_message(page) == "Your address is verified. You can log in now."
        assert is_verified("clicks@example.org")
        assert not page.get_by_role("button").is_visible()
        assert page.complaints == []


def test_a_link_that_was_used_says_so_to_a_person(anonymous, live, mailbox):
    register(anonymous, "clicks-twice@example.org")
    link = mailbox.to("clicks-twice@example.org")
    verify(anonymous, link.token)
    with opened(live, link.link) as page:
        page.get_by_label("Password").fill(factories.PASSWORD)
        press(page, "Verify address")
        assert refusal(page) == "The link is invalid or has expired."


def test_a_person_sets_another_password(anonymous, live, mailbox):
    person = factories.register(anonymous, name="Ada Lovelace")
    anonymous.post("/password-resets", {"email": person.email})
    with opened(live, mailbox.to(person.email).link) as page:
        first, second = (
            page.get_by_label("New password", exact=True),
            page.get_by_label("Repeat the new password"),
        )
        first.fill(NEW), second.fill(f"{NEW}2")
        press(page, "Set password")
        assert refusal(page) == "The two passwords are not the same."
        assert second.evaluate("one => one === document.activeElement")
        first.fill("in-lower-case-1"), second.fill("in-lower-case-1")
        press(page, "Set password")
        page.get_by_text("The password lacks uppercase letters.").wait_for()
        page.get_by_label("Show what you type").check()
        assert first.get_attribute("type") == second.get_attribute("type") == "text"
        first.fill(NEW), second.fill(NEW)
        second.press("Enter")
        assert status_message(page) == "Your new password is set. You can log in with it now."
        assert log_in(anonymous, person.email, NEW).status_code == 201


def test_a_person_confirms_a_new_address(anonymous, live, mailbox):
    ada = factories.newcomer(anonymous)
    ada.put("/users/me/email", json={"email": "clicks-new@example.org", "password": factories.PASSWORD})
    with opened(live, mailbox.to("clicks-new@example.org").link) as page:
        page.get_by_label("Password").fill(factories.PASSWORD)
        press(page, "Use this address")
        assert status_message(page) == "Your account has the new address."
        assert ada.get("/users/me").json()["email"] == "clicks-new@example.org"


def test_a_page_without_its_link_says_what_to_do(live):
    with opened(live, f"{live.host_url}/account/password-reset") as page:
        assert refusal(page) == "Open this page from the link in your email."
        assert not page.get_by_role("button").is_visible()


def test_another_link_in_the_same_tab_is_another_token(anonymous, live, mailbox):
    register(anonymous, "same-tab@example.org")
    first = mailbox.to("same-tab@example.org").link
    anonymous.post("/email-verifications", {"email": "same-tab@example.org"})
    with opened(live, first) as page:
        page.get_by_label("Password").fill(factories.PASSWORD)
        press(page, "Verify address")
        refusal(page)
        page.goto(mailbox.to("same-tab@example.org").link)
        page.wait_for_url(re.compile("verification$"))
        page.get_by_label("Password").fill(factories.PASSWORD)
        press(page, "Verify address")
        assert status_message(page).startswith("Your address is verified.")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_nothing_from_another_host_and_can_be_used_by_everybody(anonymous, live, page):
    answer = anonymous.get(f"{live.host_url}/account/{page}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert set(re.findall(r'src="([^"]+)"', answer.text)) == {"/account/files/account.js"}
    assert re.findall('<link rel="(\\w+)"', answer.text) == ["icon"]
    assert "://" not in answer.text.replace("http://www.w3.org/", "") and "<script>" not in answer.text
    inputs = set(re.findall(r'<input id="(\w+)"', answer.text))
    assert inputs <= set(re.findall(r'<label for="(\w+)"', answer.text))
    assert re.search('<html lang="en">.*<title>.+</title>.*<h1', answer.text, re.S)


@pytest.mark.parametrize("file", ["account.js", "identity.js"])
def test_the_scripts_of_the_pages_may_be_kept(anonymous, file):
    answer = anonymous.get(f"/account/files/{file}")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "max-age" in answer.headers["Cache-Control"]
    again = anonymous.get(f"/account/files/{file}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_there_are_no_other_pages_and_files(anonymous):
    assert anonymous.get("/account/deletion").status_code == 422
    assert anonymous.get("/account/files/page.html").status_code == 422


def test_a_person_creates_an_account(anonymous, live, mailbox):
    with opened(live, f"{live.host_url}/account/registration") as page:
        page.get_by_label("Name").fill("Grace Hopper")
        page.get_by_label("Email address").fill("grace-creates@example.org")
        page.get_by_label("Password", exact=True).fill("in-lower-case-1")
        press(page, "Create account")
        assert refusal(page) == "The password is too weak.\nPassword: The password lacks uppercase letters."
        page.get_by_label("Password", exact=True).fill(NEW)
        press(page, "Create account")
        assert status_message(page).startswith("Check your inbox: an email is on its way.")
        assert not page.get_by_role("button").is_visible()
        page.goto(mailbox.to("grace-creates@example.org", "verify_email").link)
        page.get_by_label("Password").fill(NEW)
        press(page, "Verify address")
        assert status_message(page) == "Your address is verified. You can log in now."
        page.get_by_role("link", name="Log in").click()
        page.get_by_label("Email address").fill("grace-creates@example.org")
        page.get_by_label("Password").fill(NEW)
        press(page, "Log in")
        page.get_by_text("You are logged in as Grace Hopper").wait_for()


def test_a_person_who_has_forgotten_the_password_sets_another_one(anonymous, live, mailbox):
    person = factories.register(anonymous)
    with opened(live, f"{live.host_url}/account/forgotten-password") as page:
        page.get_by_label("Email address").fill(person.email)
        page.keyboard.press("Enter")
        assert status_message(page).startswith(
            "Check your inbox: if the address has an account, an email is on its way."
        )
        page.goto(mailbox.to(person.email, "reset_password").link)
        page.get_by_label("New password", exact=True).fill(NEW)
        page.get_by_label("Repeat the new password").fill(NEW)
        press(page, "Set password")
        assert status_message(page) == "Your new password is set. You can log in with it now."
        assert log_in(anonymous, person.email, NEW).status_code == 201


@pytest.mark.parametrize(
    "name, button", [("registration", "Create account"), ("forgotten-password", "Email me a link")]
)
def test_no_page_tells_whether_an_address_has_an_account(anonymous, live, name, button):
    outcomes = []
    for email in (factories.register(anonymous).email, f"nobody-{name}@example.org"):
        with opened(live, f"{live.host_url}/account/{name}") as page:
            page.get_by_label("Email address").fill(email)
            if name == "registration":
                page.get_by_label("Name").fill("Grace Hopper")
                page.get_by_label("Password", exact=True).fill(NEW)
            press(page, button)
            outcomes.append((status_message(page), page.get_by_role("main").inner_text()))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    "request_of_app", ["javascript:alert(1)", "//evil.example", "https://evil.example/?client_id=x"]
)
def test_the_way_back_stays_on_this_server(live, request_of_app):
    fragment = urlencode({"authorization_request": request_of_app})
    with opened(live, f"{live.host_url}/account/forgotten-password#{fragment}") as page:
        back = page.get_by_role("link", name="Back to log in")
        assert back.evaluate("link => link.href").startswith(f"{live.base_url}/oauth/authorize?")
        assert page.url == f"{live.host_url}/account/forgotten-password"
