"""Every page that Remit serves, in a real browser: it fits narrow and wide screens, everybody can use it, its links work.

With ``REMIT_SCREENSHOTS=folder``, a picture of each page in each width is kept there.
"""

import contextlib
import os
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from contract_tests.support import browser, factories
from contract_tests.support.visitor import App, Visitor
from handlers.workers import registry
from models.base.database import database
from models.platform.mails import Mail
from scripts import environment

WIDTHS = (390, 1280)
AXE = Path(environment.TOOLS) / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = os.environ.get("REMIT_SCREENSHOTS")
STATIC = {
    "problems": "/problems",
    "problem": "/problems/stale_etag",
    "problem of many operations": "/problems/not_found",
    "problem without a command": "/problems/internal_error",
    "guides": "/docs/guides",
    "quickstart": "/docs/guides/quickstart?language=typescript",
    "authentication": "/docs/guides/authentication",
    "errors": "/docs/guides/errors?language=python",
    "changelog": "/docs/guides/changelog",
    "search": "/docs/search",
    "results": "/docs/search?q=which+scope+do+I+need+to+create+a+task%3F",
    "no results": "/docs/search?q=xyzzy",
    "registration": "/account/registration",
    "forgotten password": "/account/forgotten-password",
    "password reset": "/account/password-reset#token=x",
    "password reset without a link": "/account/password-reset",
    "verification": "/account/verification#token=x",
    "invitation": "/account/invitation#token=x",
    "new email": "/account/email#token=x",
    "sign-in result": "/account/identity#error=access_denied",
    "log in to approved apps": "/account/apps",
    "refused": "/api/v1/oauth/authorize?client_id=unknown&redirect_uri=https://app.example/&response_type=code",
    "mailbox": "/mailbox",
}
LONG = "A very long name of an organization which has thought about it for much longer than it should have"


@pytest.fixture(scope="module")
def mail(live):
    """The address of an email in the mailbox, beside one with long facts."""
    registry.load()
    emails = [("verify_email", "ada@northwind.example", {"name": "Ada", "url": f"{live.host_url}/problems"})]
    facts = {
        "inviter": "Maren Holm",
        "organization": LONG,
        "role": "guest",
        "url": f"{live.host_url}/problems",
    }
    emails.append(("invitation", f"{'a' * 60}@{'b' * 60}.example", facts))
    for template, recipient, values in emails:
        with database.connection_context():
            with registry.transaction():
                email = Mail.write(recipient, template, **values)
            registry.perform("mails.send_mail", {"mail_id": email.id})
    return next(row["url"] for row in httpx.get(f"{live.base_url}/mailbox").json()["items"])


@pytest.fixture(scope="module")
def partner(owner, live):
    return App(owner, live.organization_id, name="Planner for Teams", homepage="https://planner.example/")


@pytest.fixture(scope="module")
def somebody(anonymous, contract, partner):
    """A person who has approved the app."""
    person = factories.register(anonymous)
    Visitor(str(anonymous.http.base_url), contract, person).approve(partner)
    return person


@contextlib.contextmanager
def looked_at(live, name, partner, somebody, mail, **options):
    """A browser at the page of that name."""
    with browser.page(**options) as page:
        if name in STATIC:
            page.goto(live.host_url + STATIC[name])
        elif name == "mail":
            page.goto(mail)
            page.frame_locator("iframe").get_by_text("Hello").wait_for()
        elif name == "approved apps":
            page.goto(f"{live.host_url}/account/apps")
            log_in(page, somebody)
            page.get_by_role("button", name="Revoke access of Planner for Teams").wait_for()
        else:
            page.goto(live.base_url + partner.address(prompt="consent"))
            if name != "log in":
                log_in(page, somebody)
                page.get_by_role("heading", name="Let Planner for Teams act for you?").wait_for()
        yield page


def log_in(page, person):
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("name", [*STATIC, "mail", "log in", "approval", "approved apps"])
def test_a_page_fits_can_be_used_by_everybody_and_leads_somewhere(live, partner, somebody, mail, name):
    with looked_at(live, name, partner, somebody, mail) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            keep_picture(page, name, width)
        refused = "Failed to load resource: the server responded with a status of 403 (Forbidden)"
        assert set(page.complaints) <= {refused}
        assert page.title().endswith(" · Remit")
        assert page.locator("main").count() == page.locator("h1").count() == 1
        page.evaluate(AXE.read_text("utf-8"))
        results = page.evaluate("axe.run(document, {iframes: false})")
        faults = [
            (violation["id"], [node["html"] for node in violation["nodes"]])
            for violation in results["violations"]
        ]
        assert faults == []
        links = {
            urljoin(page.url, href) for href in page.locator("a").evaluate_all("all => all.map(a => a.href)")
        }
        with httpx.Client(headers={"Accept": "text/html"}, follow_redirects=True) as http:
            for link in {href.partition("#")[0] for href in links}:
                # Others are of apps, and nobody's here.
                if urlsplit(link).netloc == urlsplit(live.host_url).netloc:
                    assert http.get(link).status_code < 400, link


@pytest.mark.parametrize("name", ["problem", "mailbox", "log in", "registration", "quickstart", "results"])
def test_a_page_can_be_read_in_the_dark(live, partner, somebody, mail, name):
    with looked_at(live, name, partner, somebody, mail, color_scheme="dark") as page:
        page.evaluate(AXE.read_text("utf-8"))
        results = page.evaluate("axe.run(document, {runOnly: ['color-contrast'], iframes: false})")
        assert [violation["nodes"] for violation in results["violations"]] == []
        keep_picture(page, f"{name} dark", 1280)


def keep_picture(page, name, width):
    if SCREENSHOTS:
        path = Path(SCREENSHOTS) / f"{name.replace(' ', '-')}-{width}.png"
        page.screenshot(path=path, full_page=True)


@pytest.mark.parametrize(
    "path",
    [
        "/problems",
        "/account/registration",
        "/account/apps",
        "/mailbox",
        "/docs/guides/oauth",
        "/docs/search?q=task",
    ],
)
def test_a_page_runs_nothing_inline(anonymous, live, path):
    page = anonymous.get(f"{live.host_url}{path}", headers={"Accept": "text/html"})
    policy = page.headers["Content-Security-Policy"]
    assert (
        "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
    )
    assert "unsafe" not in policy
    # In a tag: a mailbox shows, escaped, what people have tried in the subject of an email.
    assert not re.search(r"<script(?! src=)|<[^>]*\s(on\w+|style)=|<[^>]*javascript:", page.text)


def test_the_address_of_the_server_leads_a_browser_to_the_portal(anonymous, live):
    answer = anonymous.get(
        f"{live.host_url}/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/docs")
    assert 'href="/docs"' in answer.text
    root = anonymous.get(f"{live.host_url}/")
    assert root.status_code == 200
    assert root.json() == anonymous.get(f"{live.base_url}/").json() == anonymous.get(live.base_url).json()
