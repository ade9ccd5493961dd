"""The pages in a real browser: with the keyboard alone, by their labels, and on to the app and nowhere else."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from contract_tests.support import authenticators, browser
from contract_tests.support.visitor import App, Form
from handlers.apps import authorizations

ARRIVED = b"<!doctype html><html lang=en><title>Planner</title><h1>Back at the app</h1>"


class Callback(BaseHTTPRequestHandler):
    """The page of the app that people are sent back to."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(ARRIVED)

    def log_message(self, *_):
        """Nothing is logged."""


@pytest.fixture
def partner(owner, organization):
    """An app on a device, which listens at its redirect URI."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app = App(owner, organization, client_type="public", redirect_uris=["http://127.0.0.1/callback"])
    app.redirect_uris = [f"http://127.0.0.1:{server.server_port}/callback"]
    yield app
    server.shutdown()
    server.server_close()


def test_somebody_logs_in_and_approves_with_the_keyboard_alone(live, partner, person_at_a_browser):
    with browser.page() as page:
        page.goto(live.base_url + partner.address())
        assert page.get_by_role("heading", level=1).inner_text() == "Log in to continue to Planner"
        tabbed_to(page, "Email address").type(person_at_a_browser.person.email)
        tabbed_to(page, "Password").type("Wrong-horse-7")
        page.keyboard.press("Enter")
        assert "Wrong email address or password." in page.get_by_role("alert").inner_text()
        assert page.get_by_label("Email address").input_value() == person_at_a_browser.person.email
        tabbed_to(page, "Password").type(person_at_a_browser.person.password)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Let Planner act for you?").wait_for()
        tabbed_to(page, "Approve").press("Enter")
        page.get_by_role("heading", name="Back at the app").wait_for()
        code = dict(pair.split("=") for pair in page.url.partition("?")[2].split("&"))["code"]
        assert partner.exchange(code).status_code == 200
        assert page.complaints == [
            "Failed to load resource: the server responded with a status of 403 (Forbidden)"
        ]
        here = (live.host_url, partner.redirect_uris[0].partition("/callback")[0])
        assert [url for url in page.asked if not url.startswith(here)] == []


def test_who_has_a_second_factor_enters_it_with_the_keyboard_alone(live, partner, secured):
    with browser.page() as page:
        page.goto(live.base_url + partner.address())
        tabbed_to(page, "Email address").type(secured.person.email)
        tabbed_to(page, "Password").type(secured.person.password)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Enter your code to continue to Planner").wait_for()
        assert secured.person.email in page.get_by_role("main").inner_text()
        tabbed_to(page, "Code, or a recovery code").type(authenticators.code(secured.secret))
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Let Planner act for you?").wait_for()


def tabbed_to(page, label):
    """What has the focus, once it has that label: the tabulator leads there, and not far."""
    for _ in range(8):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        by_label = page.get_by_label(label, exact=True).or_(
            page.get_by_role("button", name=label, exact=True)
        )
        if focused.count() and focused.and_(by_label).count():
            return focused
    raise AssertionError(f"The tabulator does not lead to {label}.")


def test_the_pages_can_be_used_without_a_script(partner, person_at_a_browser):
    login = person_at_a_browser.authorize(partner)
    form = Form(login.text)
    assert {form.ids["email"], form.ids["password"]} == form.labels
    page = person_at_a_browser.log_in(login)
    assert page.text.index('value="approve"') < page.text.index('value="deny"')
    assert "code" in partner.redirect_parameters(person_at_a_browser.submit(page, decision="approve"))


def test_who_denies_is_back_at_the_app(live, partner, person_at_a_browser):
    with browser.page() as page:
        logged_in(page, live, partner, person_at_a_browser)
        page.get_by_role("button", name="Deny").click()
        page.get_by_role("heading", name="Back at the app").wait_for()
        assert "error=access_denied" in page.url and "code=" not in page.url
        assert page.complaints == []


def test_a_form_leads_to_the_app_alone(live, partner, person_at_a_browser, monkeypatch):
    """With another place in the page's policy, the browser does not follow to the app: the policy is what holds it."""
    monkeypatch.setattr(authorizations, "_origin", lambda uri: "https://another.example")
    with browser.page() as page:
        logged_in(page, live, partner, person_at_a_browser)
        page.get_by_role("button", name="Approve").click()
        page.wait_for_timeout(500)
        assert any("form-action" in complaint for complaint in page.complaints)
        assert "/callback" not in page.url


def logged_in(page, live, partner, person_at_a_browser):
    """At the page on which the person decides."""
    page.goto(live.base_url + partner.address())
    page.get_by_label("Email address").fill(person_at_a_browser.person.email)
    page.get_by_label("Password").fill(person_at_a_browser.person.password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Let Planner act for you?").wait_for()


def test_the_page_fits_a_small_screen_in_light_and_dark(live, partner, person_at_a_browser):
    for scheme in ("light", "dark"):
        with browser.page(color_scheme=scheme) as page:
            page.set_viewport_size({"width": 320, "height": 640})
            logged_in(page, live, partner, person_at_a_browser)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            for name in ("Approve", "Deny"):
                assert page.get_by_role("button", name=name).bounding_box()["height"] >= 44
            assert page.evaluate("document.documentElement.lang") == "en"
            assert page.title().startswith("Approve an app")


@pytest.mark.parametrize("link", ["Forgot password?", "Create account"])
def test_who_leaves_the_log_in_for_an_account_page_comes_back_to_the_app(
    live, partner, person_at_a_browser, link
):
    with browser.page() as page:
        page.goto(live.base_url + partner.address())
        page.get_by_role("link", name=link).click()
        if link == "Forgot password?":  # from one such page to the other, and still back
            page.get_by_role("link", name="Create account").click()
        page.get_by_role("heading", name="Create an account").wait_for()
        page.wait_for_url(f"{live.host_url}/account/registration")  # without what led here
        page.get_by_role("link", name="Back to log in").click()
        page.get_by_role("heading", name="Log in to continue to Planner").wait_for()
        page.get_by_label("Email address").fill(person_at_a_browser.person.email)
        page.get_by_label("Password").fill(person_at_a_browser.person.password)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="Let Planner act for you?").wait_for()
        assert page.complaints == []
        assert not any("authorization_request" in url for url in page.asked)
