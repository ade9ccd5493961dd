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
    assert {
        "/docs/scalar.js",
        "/docs/portal.js",
        "/docs/portal.css",
        "/openapi.json",
        "/docs/guides",
        "/docs/search",
    } <= set(files)
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


@pytest.fixture(scope="module")
def reference(anonymous):
    """The document that the portal shows."""
    return anonymous.get("/docs/openapi").json()


def test_every_operation_shows_what_it_needs_what_it_causes_and_how_it_fails(reference, anonymous):
    published = anonymous.get("/openapi.json").json()
    methods = {"get", "put", "post", "delete", "patch"}
    count = 0
    for path, item in published["paths"].items():
        for method in item.keys() & methods:
            operation, description = item[method], reference["paths"][path][method]["description"]
            assert description.startswith(operation["description"])
            names = [
                *operation.get("x-scopes", ()),
                *operation.get("x-events", ()),
                *operation.get("x-problems", ()),
            ]
            names.append(operation.get("x-permission", "None; authentication is not required."))
            assert all(f"`{name}`" in description or name in description for name in names), operation[
                "operationId"
            ]
            assert all(f"(/problems/{code})" in description for code in operation.get("x-problems", ()))
            count += 1
    assert count > 140


def test_shared_responses_name_their_codes(reference):
    responses = reference["components"]["responses"]
    assert "[`rate_limited`](/problems/rate_limited)" in responses["TooManyRequests"]["description"]
    assert "[`stale_etag`](/problems/stale_etag)" in responses["PreconditionFailed"]["description"]
    assert "project_archived" not in responses["Conflict"]["description"], (
        "a code of one operation stands on it alone"
    )


def test_what_only_programs_need_is_left_out(reference, anonymous):
    text, published = str(reference), str(anonymous.get("/openapi.json").json())
    assert "\\\\x00" in published and "\\\\x00" not in text
    assert "9223372036854775807" in published and "9223372036854775807" not in text
    assert next(iter(reference["paths"]["/tasks"]["post"]["responses"])) == "201"
    assert "`validate_only=true`" in reference["paths"]["/tasks"]["post"]["responses"]["201"]["description"]


def test_a_server_without_a_demonstration_shows_no_key(anonymous):
    assert anonymous.get("/docs/demonstration").json() == {"api_key": None, "values": []}


def test_the_reference_leads_to_the_guides_and_fits_a_phone(live):
    with browser.page() as page:
        page.set_viewport_size({"width": 390, "height": 900})
        page.goto(f"{live.host_url}/docs")
        page.get_by_role("heading", name="Remit").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("navigation", name="Documentation").get_by_role("link", name="Guides").click()
        page.get_by_role("heading", name="Guides").wait_for()
