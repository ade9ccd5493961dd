"""A real browser: Chromium, headless, that reaches this machine alone."""

import contextlib
import os
import shutil

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # fmt: skip


def path():
    """Where Chromium is (``REMIT_CHROMIUM``, else on the PATH), or None."""
    return (
        os.environ.get("REMIT_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


@contextlib.contextmanager
def page(**options):
    """A page of a new browser; ``page.asked`` are the URLs that it asked for, ``page.complaints`` what it complained about."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path(), args=ARGUMENTS)
        try:
            found = browser.new_page(viewport={"width": 1280, "height": 900}, **options)
            found.asked, found.complaints = [], []
            found.on("request", lambda request: found.asked.append(request.url))
            found.on(
                "console", lambda message: message.type == "error" and found.complaints.append(message.text)
            )
            found.on("pageerror", lambda error: found.complaints.append(str(error)))
            yield found
        finally:
            browser.close()
