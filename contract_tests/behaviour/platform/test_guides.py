"""The guides: pages with anchors, their Markdown, the search that answers questions, and the index for language models."""

import re

import pytest

from handlers.pages import search
from handlers.pages.guides import LANGUAGES, Guide
from spec import guides

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def page(client, path):
    """The text of a page."""
    answer = client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8"), (
        answer.text
    )
    return answer.text


def hits(client, question):
    """``(URL, what stands with it)`` of the results of a search, best first."""
    html = client.get("/docs/search", params={"q": question}, headers=BROWSER).text
    listed = html.partition('<ol class="results">')[2].partition("</ol>")[0]
    return [
        (re.search(r'href="([^"]+)"', item)[1], re.sub(r"<[^>]+>", "", item)) for item in listed.split("\n<li>\n<a ")[1:]
        for item in [f"<a {item}"]
    ]  # fmt: skip


def test_the_index_leads_to_every_guide_in_its_order(anonymous):
    html = page(anonymous, "/docs/guides")
    listed = html.partition("<main>")[2].partition('<ul class="rows">')[2]
    assert re.findall(r'href="/docs/guides/([a-z-]+)"', listed) == list(guides.NAMES)


def test_every_file_is_a_guide():
    assert {path.stem for path in guides.FOLDER.glob("guides/*.md")} | {"changelog"} == set(guides.NAMES)


@pytest.mark.parametrize("name", guides.NAMES)
def test_a_guide_has_a_table_of_contents_and_its_neighbors(anonymous, name):
    html = page(anonymous, f"/docs/guides/{name}")
    contents = re.findall(r'<li><a href="#([^"]+)">', html.partition("</nav>\n<article>")[0])
    assert contents == re.findall(r'<h2 id="([^"]+)">', html) and contents
    index = guides.NAMES.index(name)
    for relation, number in (("prev", index - 1), ("next", index + 1)):
        neighbor = guides.NAMES[number] if 0 <= number < len(guides.NAMES) else None
        assert re.findall(rf'href="/docs/guides/([a-z-]+)" rel="{relation}"', html) == [neighbor] * bool(
            neighbor
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guide_has_its_samples_in_the_language_that_is_asked_for(anonymous, language):
    html = page(anonymous, f"/docs/guides/quickstart?language={language}")
    marks = {"curl": "curl $BASE", "python": "import httpx", "typescript": "process.env"}
    assert {name for name, mark in marks.items() if mark in html} == {language}
    current = re.findall(r'<a href="\?language=(\w+)#[^"]+" aria-current="true">', html)
    assert current and set(current) == {language}
    assert ("?language=" in re.search(r'href="([^"]+)" rel="next"', html)[1]) == (language != "curl")


def test_a_language_without_samples_is_refused(anonymous):
    assert anonymous.get("/docs/guides/quickstart?language=cobol").status_code == 422


@pytest.mark.parametrize("name", guides.NAMES)
def test_a_guide_is_markdown_as_well(anonymous, name):
    source = anonymous.get(f"/docs/guides/{name}.md")
    assert source.headers["Content-Type"].startswith("text/markdown")
    assert source.text == guides.source(name)
    negotiated = anonymous.get(f"/docs/guides/{name}", headers={"Accept": "text/markdown"})
    assert negotiated.text == source.text


@pytest.mark.parametrize(
    "path", ["/docs/guides", "/docs/guides/errors", "/docs/guides/errors.md", "/llms.txt"]
)
def test_a_guide_that_one_has_is_not_sent_again(anonymous, path):
    first = anonymous.get(path, headers=BROWSER)
    again = anonymous.get(path, headers={**BROWSER, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "max-age" in first.headers["Cache-Control"]


def test_there_is_no_other_guide(anonymous):
    assert anonymous.get("/docs/guides/cooking").status_code == 404


def test_names_in_code_lead_to_the_reference_and_to_the_errors(anonymous):
    html = page(anonymous, "/docs/guides/idempotency")
    assert '<a href="/docs#tag/sessions/POST/sessions"><code>log_in</code></a>' in html
    assert '<a href="/problems/request_in_progress"><code>request_in_progress</code></a>' in html


def test_the_changelog_is_that_of_the_release(anonymous):
    version = anonymous.get("/health").json()["version"]
    assert f">{version}</h2>" in page(anonymous, "/docs/guides/changelog")


@pytest.mark.parametrize(
    "question, url, words",
    [
        ("which scope do I need to create a task?", "/docs#tag/tasks/POST/tasks", "Scope: tasks:write"),
        ("what happens when I retry?", "/docs/guides/idempotency#what-happens-when-you-retry", "stored"),
        ("how do I page?", "/docs/guides/pagination#how-to-page", "next_cursor"),
        ("If-Match", "/docs/guides/concurrency#prevent-lost-updates", "If-Match"),
        ("stale_etag", "/problems/stale_etag", "Status 412"),
        ("rate limits", "/docs/guides/rate-limits", "class"),
        ("deprecation", "/docs/guides/versioning#deprecation", "deprecated"),
        ("webhooks", "/docs/guides/events", "event"),
        ("task.created", "/docs/guides/events#event-types", "A task was created."),
        ("How do I log in?", "/docs#tag/sessions/POST/sessions", "session.started"),
        (
            "who can delete a task",
            "/docs#tag/tasks/DELETE/tasks/{task_id}",
            "task.delete (roles: admin, owner",
        ),
    ],
)
def test_the_search_answers_questions(anonymous, question, url, words):
    results = hits(anonymous, question)
    assert results[0][0] == url, results[:3]
    assert words in results[0][1]


@pytest.mark.parametrize("text", ["", "   ", "xyzzy", "the", "<svg onload=xyzzy>", "‮é\n"])
def test_the_search_says_when_it_finds_nothing(anonymous, text):
    answer = anonymous.get("/docs/search", params={"q": text}, headers=BROWSER)
    assert answer.status_code == 200
    assert "<svg" not in answer.text and '<ol class="results">' not in answer.text


def test_the_search_is_a_form_that_needs_no_script(anonymous):
    html = page(anonymous, "/docs/search")
    assert '<form role="search" action="/docs/search"' in html and 'name="q"' in html
    policy = anonymous.get("/docs/search", headers=BROWSER).headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy and "script" not in policy


def test_words_have_forms_and_identifiers_stay_whole():
    assert len({search.stem(word) for word in ("create", "creates", "created", "creating", "creation")}) == 1
    assert len({search.stem(word) for word in ("page", "pages", "paging", "pagination", "cursor")}) == 1
    assert len({search.stem(word) for word in ("retry", "retries", "retried", "retrying")}) == 1
    assert "tasks:write" in search.words("Needs tasks:write.")


def test_a_title_counts_more_than_a_text_and_the_past_least():
    entries = [
        search.Entry("Guide", "Other", "", "Cursors and cursors.", "/text"),
        search.Entry("Guide", "Cursors", "", "", "/past", is_past=True),
        search.Entry("Guide", "Cursors", "", "", "/title"),
    ]
    results = search.Index(entries).find("cursors")
    assert [result.entry.url for result in results] == ["/title", "/past", "/text"]


def test_the_index_for_language_models_leads_to_the_sources(anonymous, live):
    answer = anonymous.get(f"{live.host_url}/llms.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    title, _, summary, *_ = answer.text.splitlines()
    assert (title, summary[:2]) == ("# Remit", "> ")
    urls = re.findall(r"\]\(([^)]+)\)", answer.text)
    assert {f"{live.host_url}/docs/guides/{name}.md" for name in guides.NAMES} < set(urls)
    assert all(anonymous.get(url).status_code == 200 for url in urls)


def test_html_in_markdown_is_text():
    html = Guide("planted", "# Title\n\nA <script>alert(1)</script> [x](javascript:alert(1))\n", {}).html(
        "curl"
    )
    assert "<script" not in html and 'href="javascript' not in html
