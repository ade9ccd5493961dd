"""The portal in a real browser: it shows the contract, tries it, and asks no other host.

Without Chromium the same is read from the page's files, and the test says so: ``.ci/run`` installs it where it can.
"""

import re

import httpx
import pytest

from contract_tests.support import browser

HAS_BROWSER = browser.path() is not None


@pytest.mark.parametrize(
    "way", ["in Chromium" if HAS_BROWSER else "from its files: there is no Chromium here"]
)
def test_the_portal_shows_and_tries_the_contract_without_any_other_host(live, way):
    if HAS_BROWSER:
        _in_a_browser(live)
    else:
        print(
            "There is no Chromium here: the portal is read, not looked at.  Install Debian's package chromium."
        )
        _from_its_files(live)


def _in_a_browser(live):
    with browser.page() as page:
        page.goto(f"{live.host_url}/docs#tag/health/GET/health")
        page.get_by_role("heading", name="Learn which version runs.").first.wait_for()
        page.get_by_role("button", name=re.compile("Test Request")).first.click()
        with page.expect_response(f"{live.base_url}/health") as tried:
            page.get_by_role("button", name=re.compile("Send")).first.click()
        assert tried.value.status == 200
        page.get_by_text("contract_digest").first.wait_for()
        elsewhere = [url for url in page.asked if not url.startswith((live.host_url, "data:", "blob:"))]
        assert elsewhere == []
        assert page.complaints == []


def _from_its_files(live):
    answer = httpx.get(f"{live.host_url}/docs")
    files = re.findall(r'(?:src|href)="(/[^"]+)"', answer.text)
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert {"/docs/scalar.js", "/docs/portal.js", "/docs/portal.css", "/openapi.json"} <= set(files)
    assert all(httpx.get(live.host_url + file).status_code == 200 for file in files)


@pytest.mark.parametrize("address", ["/problems", "/problems/task_already_done"])
def test_the_pages_of_the_catalogue_can_be_read(live, address):
    page = httpx.get(live.host_url + address, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "task_already_done" in page.text
