"""The mailbox of a demonstration, and the mails in it."""

import re

import pytest

from contract_tests.support import browser
from contract_tests.support.clients import refused
from handlers.workers import registry
from models.base import mailbox as folder
from models.base.database import database
from models.base.settings import settings
from models.base.unit_of_work import UnitOfWork
from models.platform.mails import Mail

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="session", autouse=True)
def jobs():
    registry.load()


@pytest.fixture
def sent(live):
    """What becomes of a mail with these facts, sent as a worker sends it: its name in the mailbox."""

    def send(template, recipient="ada@northwind.example", **facts):
        with database.connection_context():
            with registry.transaction():
                mail = Mail.write(recipient, template, **facts)
            registry.perform("mails.send_mail", {"mail_id": mail.id})
        return next(name for name in folder.names() if mail.id in name)

    return send


def test_a_mail_that_was_written_is_in_the_mailbox(sent, anonymous):
    url = "https://remit.example/account/password#token=abc"
    name = sent("reset_password", name="Ada", url=url, expires_at="2026-03-01T09:30:00+00:00")
    newest = anonymous.get("/mailbox").json()["items"][0]
    assert (newest["name"], newest["recipient"], newest["subject"]) == (
        name,
        "ada@northwind.example",
        "Reset your password",
    )
    mail = anonymous.get(f"/mailbox/{name}").json()
    assert {key: mail[key] for key in newest} == newest
    assert url in mail["text"] and f'href="{url}"' in mail["html"]
    assert "1 March 2026, 09:30 UTC" in mail["text"] and "1 March 2026, 09:30 UTC" in mail["html"]


def test_what_was_sent_keeps_no_link(sent, live):
    name = sent("reset_password", url="https://remit.example/#token=secret")
    with database.connection_context():
        sql = "select status, facts, settled_at is null, failure, attempts from mails where id = %s"
        assert database.rows(sql, (name.partition("-")[2],)) == [("sent", None, False, None, 1)]


def test_a_mail_that_was_sent_is_not_sent_again(sent):
    name = sent("password_changed")
    path = folder.folder() / f"{name}.eml"
    path.unlink()
    with database.connection_context():
        registry.perform("mails.send_mail", {"mail_id": name.partition("-")[2]})
        registry.perform("mails.send_mail", {"mail_id": "0198c0de-7c7e-7f00-8000-00000000dead"})
    assert not path.exists()


def test_a_mail_is_a_file_that_nobody_else_can_read(sent):
    path = folder.folder() / f"{sent('password_changed')}.eml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_mail_is_written_whenever_its_transaction_is(live):
    with database.connection_context():
        before = database.rows("select count(*) from procrastinate_jobs where task_name = 'mails.send_mail'")
        with pytest.raises(ZeroDivisionError), database.transaction(), UnitOfWork():
            Mail.write("never-written@example.org", "password_changed")
            raise ZeroDivisionError
        after = database.rows("select count(*) from procrastinate_jobs where task_name = 'mails.send_mail'")
        assert before == after
        assert not database.rows("select 1 from mails where recipient = 'never-written@example.org'")


def test_what_people_wrote_is_no_markup_and_no_header(sent, anonymous):
    name = sent(
        "invitation",
        inviter=HOSTILE,
        organization="Acme\r\nBcc: everybody@example.org\r\n\r\nFree money: https://evil.example",
        role="member",
        url="https://remit.example/#token=1",
    )
    mail = anonymous.get(f"/mailbox/{name}").json()
    raw = folder.get(name)
    assert raw["Bcc"] is None and "\n" not in mail["subject"]
    assert "<script" not in mail["html"] and "<img" not in mail["html"]
    page = anonymous.get(f"/mailbox/{name}", headers={"Accept": "text/html"}).text
    assert "<script" not in page and "<img" not in page
    listed = anonymous.get("/mailbox", headers={"Accept": "text/html"}).text
    assert "<script" not in listed and "&lt;script&gt;" in listed


def test_the_mailbox_is_a_page_for_people_too(sent, anonymous):
    name = sent("export_ready", url="https://remit.example/jobs/1")
    page = anonymous.get("/mailbox", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"{settings().public_url}/mailbox/{name}" in page.text
    mail = anonymous.get(f"/mailbox/{name}", headers={"Accept": "text/html"}).text
    assert '<a href="https://remit.example/jobs/1">https://remit.example/jobs/1</a>' in mail
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in mail


def test_the_mailbox_answers_without_the_prefix(sent, live, anonymous):
    name = sent("password_changed")
    for path in ("/mailbox", f"/mailbox/{name}"):
        assert anonymous.get(f"{live.host_url}{path}").status_code == 200


@pytest.mark.parametrize(
    "named", [{"REMIT_MAILBOX_PAGE": "0"}, {"REMIT_SMTP_URL": "smtp://user:password@localhost:2525"}]
)
def test_outside_a_demonstration_there_is_no_mailbox(sent, anonymous, monkeypatch, named):
    name = sent("password_changed")
    with monkeypatch.context() as patch:
        for variable, value in named.items():
            patch.setenv(variable, value)
        settings.cache_clear()
        for path in ("/mailbox", f"/mailbox/{name}"):
            assert refused(anonymous.get(path)) == (404, "not_found")
    settings.cache_clear()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8080"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "192.0.2.1"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
def test_the_mailbox_is_shown_to_nobody_who_comes_by_another_name_or_through_a_proxy(
    sent, anonymous, headers
):
    name = sent("password_changed")
    for path in ("/mailbox", f"/mailbox/{name}"):
        assert refused(anonymous.get(path, headers=headers)) == (404, "not_found")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:8080", "LOCALHOST"]
)
def test_the_mailbox_is_shown_by_every_name_of_this_machine(anonymous, host):
    assert anonymous.get("/mailbox", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "named",
    [{"REMIT_PUBLIC_URL": "https://remit.example"}, {"REMIT_PROXIES": "1"}],
    ids=lambda variables: next(iter(variables)),
)
def test_a_server_that_others_reach_has_no_mailbox(anonymous, monkeypatch, named):
    with monkeypatch.context() as patch:
        for variable, value in named.items():
            patch.setenv(variable, value)
        settings.cache_clear()
        assert anonymous.http.get("/mailbox").status_code == 404
    settings.cache_clear()


@pytest.mark.parametrize("name", ["20260301T093000Z-0198c0de-7c7e-7f00-8000-0000000000ee"])
def test_a_mail_that_is_not_there_is_not_found(anonymous, name):
    assert refused(anonymous.get(f"/mailbox/{name}")) == (404, "not_found")


@pytest.mark.parametrize("name", ["..%2Fsecret", "....", "secret", "20260301T093000Z-%2e%2e"])
def test_nothing_but_mails_is_read(anonymous, name):
    assert anonymous.get(f"/mailbox/{name}").status_code in (404, 422)


def test_the_mail_of_somebody_is_found_by_the_tests(mailbox, live):
    url = "https://remit.example/account/password#token=abc"
    with database.connection_context(), registry.transaction():
        Mail.write("grace@example.org", "password_changed")
        Mail.write("grace@example.org", "reset_password", url=url)
    letter = mailbox.to("Grace@example.org", "reset_password")
    assert (letter.link, letter.token, letter.subject) == (url, "abc", "Reset your password")
    assert url in letter.text and url in letter.html
    assert len(mailbox.all_to("grace@example.org")) == 2


def test_a_browser_shows_a_mail_and_complains_of_nothing(sent, live):
    name = sent("verify_email", name=HOSTILE, url=f"{live.host_url}/problems#token=abc")
    with browser.page() as page:
        page.goto(f"{live.host_url}/mailbox")
        page.get_by_role("link", name="Confirm your email address").first.click()
        assert name in page.url
        frame = page.frame_locator("iframe")
        assert HOSTILE in frame.locator("main").inner_text()
        assert page.complaints == []
        with page.context.expect_page() as opened:
            frame.get_by_role("link", name="Confirm your email address").click()
        assert re.search(r"/problems#token=abc$", opened.value.url)
        page.locator("pre a").first.click()
        page.wait_for_url("**/problems#token=abc")
        assert {url for url in page.asked if not url.startswith(live.host_url)} <= {"about:srcdoc"}


@pytest.mark.parametrize("width", [320, 390])
def test_a_mail_fits_a_narrow_screen_whatever_its_facts_are(sent, live, width):
    name = sent(
        "invitation",
        recipient=f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example",
        inviter="W" * 100,
        organization="=" * 100,
        role="guest",
        url=f"{live.host_url}/problems#token=abc",
        expires_at="2026-03-01T09:30:00+00:00",
    )
    with browser.page() as page:
        page.set_viewport_size({"width": width, "height": 800})
        for path in ("mailbox", f"mailbox/{name}"):
            page.goto(f"{live.host_url}/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        frame = page.frame_locator("iframe").locator("html")
        assert frame.evaluate("page => page.scrollWidth <= page.clientWidth")
