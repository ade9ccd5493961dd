"""A real browser: Chromium, headless, that reaches this machine alone.

It is the one of the machine; where there is none, the one of the npm registry, whose package is among the Node tools.
"""

import asyncio
import contextlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from scripts import environment

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
             "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGE = Path(environment.TOOLS) / "node_modules" / "@sparticuz" / "chromium"
ARCHIVES = ("chromium.br", "al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br")
UNPACK = """
import { inflate } from "@sparticuz/chromium";
for (const archive of process.argv.slice(1)) await inflate(archive);
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


class NoBrowserError(Exception):
    """There is no Chromium, and why the one of the registry is of no use here."""


class Chromium(NamedTuple):
    """The path of the program, and the environment variables that it needs beyond those of this process."""

    path: str
    variables: dict[str, str]


def find() -> Chromium:
    """The Chromium named by ``REMIT_CHROMIUM``, else on the PATH, else of the registry."""
    named = os.environ.get("REMIT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    return Chromium(named, {}) if named else of_the_registry()


@cache
def of_the_registry() -> Chromium:
    """The Chromium of the package, unpacked beside the Node tools, with the libraries and fonts that come with it."""
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise NoBrowserError(
            "This machine has no Chromium, and the one of the npm registry is for Linux on x86-64: install Chromium, "
            "or name the program in REMIT_CHROMIUM."
        )
    if not PACKAGE.exists():
        raise NoBrowserError(
            f"This machine has no Chromium, and {PACKAGE} is missing: scripts/test installs it."
        )
    folder = PACKAGE.parent / "unpacked"
    if not folder.exists():
        _unpack(folder)
    variables = {"LD_LIBRARY_PATH": f"{folder}/al2023/lib", "FONTCONFIG_FILE": f"{folder}/fonts.conf"}
    return Chromium(f"{folder}/chromium", variables)


def _unpack(folder: Path) -> None:
    """Unpack the package into a new folder, which takes its name when it is complete."""
    new = Path(tempfile.mkdtemp(prefix="unpacking-", dir=folder.parent))
    archives = [str(PACKAGE / "bin" / name) for name in ARCHIVES]
    ended = subprocess.run(
        ["node", "--input-type=module", "-e", UNPACK, *archives],
        cwd=environment.TOOLS, env={**environment.node_variables(), "TMPDIR": str(new)},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if ended.returncode != 0:
        raise NoBrowserError(f"The Chromium of the npm registry could not be unpacked: {ended.stderr}")
    (new / "fonts.conf").write_text(FONTS.format(folder=folder / "fonts"), "utf-8")
    try:
        new.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(new)


class Running(NamedTuple):
    """A browser, and the event loop of the library that drives it, which is that of this thread while a page is used."""

    browser: Any
    loop: asyncio.AbstractEventLoop


_running: dict[str, Running] = {}  # by the path of the program


def _started(chromium: Chromium) -> Running:
    """The browser of this process: it is started once, because that takes longer than most tests with a page."""
    from playwright.sync_api import sync_playwright

    running = _running.get(chromium.path)
    if running is None or not running.browser.is_connected():
        driver = sync_playwright().start()
        variables: Any = {**os.environ, **chromium.variables}
        browser = driver.chromium.launch(executable_path=chromium.path, args=ARGUMENTS, env=variables)
        running = _running[chromium.path] = Running(browser, asyncio.get_running_loop())
    return running


@contextlib.contextmanager
def page(chromium: Chromium | None = None, **options: Any) -> Iterator[Any]:
    """A page of a browser that knows nothing of earlier pages; ``page.asked`` are the URLs that it asked for, and
    ``page.complaints`` what it complained about."""
    before = asyncio._get_running_loop()
    try:
        running = _started(chromium or find())
        asyncio._set_running_loop(running.loop)
        context = running.browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        try:
            new_page: Any = context.new_page()
            new_page.asked, new_page.complaints = [], []
            new_page.on("request", lambda request: new_page.asked.append(request.url))
            new_page.on(
                "console",
                lambda message: message.type == "error" and new_page.complaints.append(message.text),
            )
            new_page.on("pageerror", lambda error: new_page.complaints.append(str(error)))
            yield new_page
        finally:
            context.close()
    finally:
        asyncio._set_running_loop(before)  # other tests run loops of their own
