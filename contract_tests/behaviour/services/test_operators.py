"""What operators see of the queue: their page, its forms, figures for Prometheus, and the command line."""

import hmac
import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

import httpx
import pytest

from contract_tests.behaviour.platform.test_pages import AXE, WIDTHS, keep_picture
from contract_tests.support import browser
from handlers.workers import operations, operators
from handlers.workers.queue_metrics import QueueCollector
from models.base import dead_letters, metrics, queue, queue_figures
from models.base.database import Database, database
from models.base.dead_letters import NoDeadLetter, TaskGone
from models.base.queue import Ticket
from scripts import environment

PASSWORD = "Operators-only-1"
CANARY = "CANARY-argument@example.org"
AVAILABLE, REMOVED = "proof.known", "proof.gone"


@pytest.fixture(scope="module")
def owners(database_url):
    connection = Database()
    connection.configure(database_url)
    return connection


@pytest.fixture(scope="module")
def host_url(owners, tmp_path_factory):
    """The address of the metrics, with the page."""
    patch = pytest.MonkeyPatch()
    patch.setenv(metrics.FOLDER, str(tmp_path_factory.mktemp("metrics")))
    page = operators.application(owners, PASSWORD)
    yield f"http://127.0.0.1:{operations.serve('127.0.0.1:0', page, QueueCollector(lambda: owners))}"
    patch.undo()


@pytest.fixture(autouse=True)
def letters(database_url, monkeypatch):
    """Two dead letters, of a task that workers have and of one that they have no more, and a failed attempt."""
    monkeypatch.setattr(queue, "QUEUE", "operators")
    with database.connection_context():
        queue.register({AVAILABLE: 5})
        dead = [given_up(AVAILABLE), given_up(REMOVED)]
        queue.defer(AVAILABLE, address=CANARY)
        fetched().retry_later(0, "MailDelayed: The mail server is busy.")
        yield dead
        database.run("delete from dead_letters where name like 'proof.%%'")
        database.run("delete from procrastinate_jobs where queue_name = 'operators'")
        database.run("delete from queue_tasks where name like 'proof.%%'")


def fetched():
    sql = "select id, worker_id, attempts from procrastinate_fetch_job_v2(array['operators'], null)"
    return Ticket(*database.rows(sql)[0])


def given_up(task):
    queue.defer(task, address=CANARY)
    ticket = fetched()
    assert ticket.dead_letter("ValueError: <script>alert(1)</script> is no number.")
    return ticket.job_id


def waiting():
    sql = "select task_name, attempts, priority, args from procrastinate_jobs where queue_name = 'operators' and status = 'todo'"
    return database.rows(f"{sql} order by id")


@pytest.fixture
def operator(host_url):
    with httpx.Client(base_url=host_url, auth=("operator", PASSWORD)) as client:
        yield client


def token(page, job, action):
    return re.search(rf'/queue/{job}/{action}".*?value="([0-9a-f]+)"', page, re.S)[1]


def send(operator, job, action, **changed):
    form = {"csrf_token": token(operator.get("/queue").text, job, action)}
    return operator.post(f"/queue/{job}/{action}", data=form, **changed)


@pytest.mark.parametrize("auth", [None, ("operator", ""), ("operator", f"{PASSWORD}1")])
def test_the_page_is_for_those_who_have_the_password(host_url, letters, auth):
    for method, path in (("GET", "/queue"), ("POST", f"/queue/{letters[0]}/discard"), ("GET", "/queue/x")):
        answer = httpx.request(method, f"{host_url}{path}", auth=auth)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert dead_letters.get(database, letters[0])


def test_the_page_tells_reasons_and_no_arguments(operator, letters):
    page = operator.get("/queue")
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    for text in (
        f"job {letters[0]}",
        "MailDelayed: The mail server is busy.",
        "&lt;script&gt;",
        "No worker has",
    ):
        assert text in page.text
    assert CANARY not in page.text and "<script" not in page.text


def test_a_dead_letter_is_retried_with_all_its_attempts(operator, letters):
    page = send(operator, letters[0], "replay")
    assert "was enqueued again" in page.text
    assert waiting()[-1] == (AVAILABLE, 0, 5, {"address": CANARY})
    assert send_again(operator, letters[0]).status_code == 409


def send_again(operator, job):
    """The form of a page that was opened before."""
    value = hmac.digest(PASSWORD.encode(), f"csrf replay {job}".encode(), "sha256").hex()
    return operator.post(f"/queue/{job}/replay", data={"csrf_token": value})


def test_a_dead_letter_is_discarded_with_its_job(operator, letters):
    assert "was discarded" in send(operator, letters[1], "discard").text
    with pytest.raises(NoDeadLetter):
        dead_letters.get(database, letters[1])
    assert not database.rows("select 1 from procrastinate_jobs where id = %s", (letters[1],))


def test_what_no_worker_has_any_more_is_not_retried(letters):
    with pytest.raises(TaskGone):
        dead_letters.replay(database, letters[1])
    assert dead_letters.get(database, letters[1]).can_be_replayed is False
    with pytest.raises(NoDeadLetter):
        dead_letters.discard(database, 0)


def test_a_zombie_of_a_replayed_job_finishes_nothing(letters):
    """The new job has an ID of its own, so that no ticket of an old attempt fits it."""
    new = dead_letters.replay(database, letters[0])
    assert new != letters[0]
    assert not Ticket(letters[0], None, 0).requeue()


def test_a_form_of_another_site_does_nothing(operator, letters):
    path = f"/queue/{letters[0]}/discard"
    assert operator.post(path).status_code == 403
    assert operator.post(path, data={"csrf_token": "0" * 64}).status_code == 403
    other = token(operator.get("/queue").text, letters[1], "discard")
    assert operator.post(path, data={"csrf_token": other}).status_code == 403
    foreign = send(operator, letters[0], "discard", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert operator.post(path, data={"csrf_token": "0" * 10_000}).status_code == 413
    assert dead_letters.get(database, letters[0])


def test_prometheus_reads_figures_of_the_queue(host_url, letters):
    text = httpx.get(f"{host_url}/metrics").text
    labels = f'{{job="{AVAILABLE}",priority="5"}}'
    for line in (
        "remit_queue_up 1.0",
        f"remit_queue_waiting{labels} 1.0",
        f"remit_queue_retried{labels} 1.0",
        f'remit_queue_dead_letters{{job="{AVAILABLE}"}} 1.0',
        "remit_workers ",
    ):
        assert line in text
    assert re.search(rf"^remit_queue_oldest_seconds{re.escape(labels)} \d", text, re.M)
    assert CANARY not in text


def test_the_oldest_is_counted_from_when_it_could_run(letters):
    """Of jobs for at once, from when they were enqueued; those of later do not count."""
    job = queue.defer("proof.oldest")
    queue.defer("proof.oldest", at="2999-01-01T00:00:00Z")
    backdate = "update procrastinate_events set at = at - interval '90 seconds' where job_id = %s"
    database.run(backdate, (job,))
    (row,) = [row for row in queue_figures.read(database).waiting if row.task == "proof.oldest"]
    assert (row.jobs, row.retried, 90 <= row.seconds < 100) == (2, 0, True)


def test_without_a_database_the_other_figures_are_served():
    away = Database()
    away.configure("postgresql://nobody@127.0.0.1:1/none")
    figures = [family.name for family in QueueCollector(lambda: away).collect()]
    assert figures == ["remit_queue_up"]
    page = operators.application(away, PASSWORD).test_client()
    assert page.get("/queue", auth=("operator", PASSWORD)).status_code == 503


def test_without_a_password_there_is_no_page(database_url, monkeypatch):
    answers = []
    monkeypatch.delenv("REMIT_OPERATOR_PASSWORD", raising=False)
    operations.page({"PATH_INFO": "/queue"}, lambda status, headers: answers.append(status))
    assert answers == ["404 Not Found"]


def test_the_command_line_lists_replays_and_discards(database_url, letters):
    def work(*options):
        command = [sys.executable, "scripts/work", *map(str, options)]
        variables = {**os.environ, "REMIT_ENVIRONMENT": "given", "REMIT_DATABASE_URL": database_url}
        ended = subprocess.run(
            command, cwd=environment.ROOT, env=variables, capture_output=True, text=True, timeout=60
        )
        return ended.returncode, ended.stdout

    code, listed = work("--list")
    assert (code, CANARY in listed) == (0, False)
    assert re.search(rf"{letters[0]} .* {AVAILABLE} ", listed)
    assert re.search(rf"{letters[1]} .* {REMOVED} .*no worker has this task", listed)
    assert work("--replay", letters[1])[0] == 1
    assert work("--replay", letters[0])[0] == work("--discard", letters[1])[0] == 0
    assert waiting()[-1][0] == AVAILABLE


def test_the_page_is_used_in_a_browser_by_keyboard(host_url, letters):
    """It fits narrow screens, has no fault that axe finds, and asks no other host for anything."""
    credentials = {"username": "operator", "password": PASSWORD}
    with browser.page(http_credentials=credentials) as page:
        page.goto(f"{host_url}/queue")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            keep_picture(page, "queue", width)
        button = page.get_by_role("button", name=f"Retry job {letters[0]}", exact=True)
        button.focus()
        page.keyboard.press("Enter")
        assert f"Job {letters[0]} was enqueued again" in page.get_by_role("status").inner_text()
        assert not page.get_by_role("button", name=f"Retry job {letters[0]}", exact=True).count()
        assert page.complaints == []
        assert {urlsplit(url).netloc for url in page.asked if url.startswith("http")} == {
            urlsplit(host_url).netloc
        }
    for scheme in ("light", "dark"):
        with browser.page(http_credentials=credentials, color_scheme=scheme, bypass_csp=True) as page:
            page.goto(f"{host_url}/queue")
            page.evaluate(AXE.read_text("utf-8"))
            violations = page.evaluate("axe.run(document, {iframes: false})")["violations"]
            assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in violations] == []
