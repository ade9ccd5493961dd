"""The portal in a real browser: it shows the contract, tries it, and asks no other host."""

import platform
import re

import httpx
import pytest

from contract_tests.support import browser


@pytest.fixture(params=["the browser of this machine", "the browser of the npm registry"])
def chromium(request):
    """Each of them: where the machine has none, both are of the registry."""
    return browser.find() if request.param == "the browser of this machine" else browser.of_the_registry()


def test_the_portal_shows_and_tries_the_contract_without_any_other_host(live, chromium):
    with browser.page(chromium) as page:
        page.goto(f"{live.host_url}/docs#tag/health/GET/health")
        page.get_by_role("heading", name="Get the service version").first.wait_for()
        page.get_by_role("button", name=re.compile("Test Request")).first.click()
        with page.expect_response(f"{live.base_url}/health") as tried:
            page.get_by_role("button", name=re.compile("Send")).first.click()
        assert tried.value.status == 200
        page.get_by_text("contract_digest").first.wait_for()
        elsewhere = [url for url in page.asked if not url.startswith((live.host_url, "data:", "blob:"))]
        assert elsewhere == []
        assert page.complaints == []


def test_the_files_of_the_portal_are_there(live):
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


@pytest.mark.parametrize("machine, why", [("riscv64", "is for Linux on x86-64"), ("x86_64", "is missing")])
def test_without_any_browser_its_tests_fail_and_say_why(monkeypatch, tmp_path, machine, why):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("REMIT_CHROMIUM", raising=False)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(browser, "PACKAGE", tmp_path / "chromium")
    browser.of_the_registry.cache_clear()
    with pytest.raises(browser.NoBrowserError, match=why), browser.page():
        pass
