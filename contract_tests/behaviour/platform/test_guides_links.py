"""Every link of the portal, the guides, the pages of problems, and the emails leads somewhere, as do the anchors."""

import re
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from contract_tests.support import browser, composed_mails
from contract_tests.support.site import MARKDOWN, Site, faults
from handlers.gateways import letters
from handlers.workers import registry
from models.base import mailbox
from models.base.database import database
from models.base.ids import new_id
from models.identity.email_tokens import PURPOSES
from models.platform.mails import Mail
from models.services.notification_preferences import EVERY_REASON
from models.services.unsubscriptions import Unsubscription
from spec import load

STARTS = (
    "/docs",
    "/docs/guides",
    "/docs/search",
    "/docs/search?q=task",
    "/problems",
    "/llms.txt",
    "/account/registration",
)
TEMPLATES = sorted(path.stem for path in letters.FOLDER.glob("*.txt"))
FACTS = {
    name for path in letters.FOLDER.glob("*.*") for name in re.findall(r"{{ (\w+)", path.read_text("utf-8"))
} - {"service_url", "subject"}
MOMENTS = ("at", "expires_at", "starts_at", "ends_at")
# How far below the top of the window an operation is shown.
TOP_OF = "anchor => document.querySelector(`[id$='${anchor}']`)?.getBoundingClientRect().top ?? null"


@pytest.fixture(scope="module")
def site(live):
    return Site(live.host_url)


@pytest.fixture(scope="module")
def mails(live):
    """The URLs of one email of each kind in the mailbox."""
    registry.load()
    for name in TEMPLATES:
        page = PURPOSES[name].page if name in PURPOSES else "invitation"
        facts = {**dict.fromkeys(FACTS, "A fact"), **dict.fromkeys(MOMENTS, "2030-03-01T09:30:00+00:00")}
        facts["url"] = f"{live.host_url}/account/{page}#token=x"
        if name in registry.COMPOSERS:
            link = Unsubscription(new_id(), EVERY_REASON).url
            _put(name, facts | composed_mails.FACTS | {"unsubscribe_url": link})
            continue
        with database.connection_context():
            with registry.transaction():
                mail = Mail.write("reader@harborview.example", name, **facts)
            registry.perform("mails.send_mail", {"mail_id": mail.id})
    listed = httpx.get(f"{live.base_url}/mailbox").json()["items"]
    return [email["url"] for email in listed if email["recipient"] == "reader@harborview.example"]


def _put(name, facts):
    """Put an email into the mailbox whose facts are read when it is sent."""
    id, written_at = new_id(), datetime.now(UTC)
    made = letters.letter(id, written_at, "reader@harborview.example", name, facts)
    mailbox.put(id, written_at, made.as_bytes())


def test_every_link_leads_somewhere(live, site):
    dead, seen = faults(site, *(live.host_url + start for start in STARTS))
    assert not dead, "\n".join(map(str, dead))
    paths = {urlsplit(url).path for url in seen}
    assert {
        "/docs/guides/quickstart",
        "/docs/guides/changelog",
        "/problems/not_found",
        "/openapi.json",
    } < paths
    assert len(paths) > 100


def test_every_link_of_the_introduction_and_of_the_descriptions_leads_somewhere(live, site):
    document = site.get(f"{live.host_url}/docs/openapi").text
    links = {
        urljoin(f"{live.host_url}/docs", target)
        for target in MARKDOWN.findall(document)
        if not target.startswith("\\")
    }
    dead = [(link, fault) for link in sorted(links) if (fault := site.fault(link))]
    assert not dead and len(links) > 50, dead
    named = re.findall(r'https?://[^\s"\\<>)`\']+', str(load()["info"]))
    assert [target for target in named if site.fault(target)] == []


def test_every_link_of_the_emails_leads_somewhere(live, site, mails):
    assert len(mails) == len(TEMPLATES)
    dead, _ = faults(site, *mails)
    assert not dead, "\n".join(map(str, dead))


def test_the_reference_shows_the_operation_that_an_anchor_names(live):
    with browser.page() as page:
        for anchor, heading in (
            ("tag/api_keys/POST/api-keys", "Create an API key"),
            ("tag/tasks/DELETE/tasks/{task_id}", "Delete a task"),
        ):
            page.goto("about:blank")
            page.goto(f"{live.host_url}/docs#{anchor}")
            page.get_by_role("heading", name=heading).first.wait_for()
            tops = (page.evaluate(TOP_OF, anchor) for _ in range(60) if page.wait_for_timeout(250) is None)
            assert any(top is not None and 0 <= top < 200 for top in tops), anchor


@pytest.mark.parametrize(
    "planted, fault",
    [
        ("/docs/guides/cooking", "is answered with 404"),
        ("/docs/guides/errors#cooking", "has an anchor that is not there"),
        ("/docs#tag/tasks/BREW/tasks", "names no operation"),
        ("https://remit.example/docs", "leads to a host that is not on the list"),
    ],
)
def test_a_planted_dead_link_is_found(live, planted, fault):
    site = Site(live.host_url)
    url = f"{live.host_url}/docs/guides/quickstart"
    answer = site.get(url)
    site.read[url] = httpx.Response(
        200,
        headers={"Content-Type": "text/html"},
        text=f'<a href="{planted}">Planted</a>',
        request=answer.request,
    )
    dead, _ = faults(site, url)
    assert dead == [(url, urljoin(url, planted), fault)]
