"""Long steps of a command, shown while they run: what is done, and how long it has taken.

Standard library only, and readable by any Python 3: it runs before the environment is there.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

# What type checkers take for true.  Older Pythons read this file, too: types that they do not know are in quotes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

OFFLINE = (
    "dns error",
    "getaddrinfo",
    "name resolution",
    "eai_again",
    "enotfound",
    "etimedout",
    "econnrefused",
    "connection refused",
    "network is unreachable",
    "failed to establish a new connection",
    "error sending request",
    "client error (connect)",
)


class StepFailed(Exception):
    """A step ended with an error; ``output`` is what its program printed."""

    def __init__(self, what: str, output: str) -> None:
        super().__init__(what)
        self.what = what
        self.output = output

    @property
    def offline(self) -> bool:
        printed = self.output.lower()
        return any(sign in printed for sign in OFFLINE)

    def explain(self) -> None:
        """Print what went wrong for a person to act on."""
        tail = [line for line in self.output.splitlines() if line.strip()][-15:]
        say("".join("    " + line + "\n" for line in tail) + "Failed: " + self.what + ".")
        if self.offline:
            say("The packages could not be fetched: is there a network, or a proxy for HTTPS_PROXY?")
        say("Nothing is lost: the same command starts this step again.")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def run(what: str, command: "list[str]", **options: "Any") -> None:
    """Run a program as a step called ``what``.  Its output is kept, and shown only in :class:`StepFailed`."""
    started = time.monotonic()
    live = sys.stderr.isatty()
    if not live:
        say(what + " …")
    options.setdefault("stdin", subprocess.DEVNULL)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no program is left behind
    # A group of its own, so that stopping ends the programs that the program started, too.
    options.update(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    child = subprocess.Popen(command, **options)
    try:
        while True:
            try:
                output, _ = child.communicate(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                if live:
                    print("\r\033[K" + what + " … " + _elapsed(started), end="", file=sys.stderr, flush=True)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
        if live:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
    if child.returncode != 0:
        raise StepFailed(what, output.decode("utf-8", "replace"))
    say(what + ": " + _elapsed(started))


def wait(what: str, ready: "Callable[[], bool]") -> None:
    """Call ``ready`` until it returns true, and say once that this command waits."""
    if ready():
        return
    say(what + " …")
    while not ready():
        time.sleep(0.1)


def _elapsed(started: float) -> str:
    return "%.1f s" % (time.monotonic() - started)
