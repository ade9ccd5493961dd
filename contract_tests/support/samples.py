"""The code samples of the guides, run as a reader runs them: those of one guide in one language, one after the other."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from handlers.pages.guides import Guide, Sample
from scripts import environment
from spec import guides

SETUP = "quickstart"  # its first sample has what the others use
NAMES = ("ORGANIZATION", "PROJECT", "TASK")
# What a guide takes from another one: its samples with these numbers.
BORROWED = {"oauth": ("authentication", (1,))}
VARIABLES = {
    "curl": "",
    "python": 'organization, project, task = (os.environ[name] for name in ("ORGANIZATION", "PROJECT", "TASK"))\n',
    "typescript": "const { ORGANIZATION: organization, PROJECT: project, TASK: task } = process.env;\n",
}
# The end of a program's file, and what runs it; ``node`` strips the types.
PROGRAMS = {
    "curl": (".sh", ("bash", "-eu")),
    "python": (".py", (sys.executable, "-u")),
    "typescript": (".mts", ("node",)),
}
SECONDS = 120  # a program may run
LINK = re.compile(r"http\S+/oauth/authorize\S+")  # what a person opens in a browser


class Request(NamedTuple):
    method: str
    path: str
    status: int


class Recorder:
    """A server that passes each request on to another one, and notes what was asked and answered."""

    def __init__(self, target: str) -> None:
        self.requests: list[Request] = []
        address, requests = urlsplit(target), self.requests

        class Handler(BaseHTTPRequestHandler):
            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                requests.append(Request(self.command, self.path.partition("?")[0], answer.status))
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name not in ("date", "server", "transfer-encoding"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
                connection.close()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = pass_on

            def log_message(self, *_: Any) -> None:
                """Nothing is said."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def samples_of(name: str, source: str | None = None) -> list[Sample]:
    return list(Guide(name, source or guides.source(name), {}).samples.values())


def program(name: str, language: str, source: str | None = None) -> str:
    """All samples of a guide in one language as one program, after what they use of other guides."""
    own = samples_of(name, source)
    if name == SETUP:
        return "\n".join(sample.codes[language] for sample in own)
    other, numbers = BORROWED.get(name, (name, ()))
    borrowed = [samples_of(SETUP)[0], *(samples_of(other)[number] for number in numbers)]
    return "\n".join(
        [
            borrowed[0].codes[language],
            VARIABLES[language],
            *(other.codes[language] for other in [*borrowed[1:], *own]),
        ]
    )


def expected(name: str, source: str | None = None) -> list[int]:
    """The statuses that the requests of a guide's samples are answered with, as the guide says."""
    other, numbers = BORROWED.get(name, (name, ()))
    page_samples = [samples_of(other)[number] for number in numbers] + samples_of(name, source)
    return [status for sample in page_samples for status in sample.statuses]


def run(
    code: str,
    language: str,
    folder: Path,
    variables: dict[str, str],
    answer: Callable[[str], str] | None = None,
) -> str:
    """What a program prints. If it waits for a code, ``answer`` makes it of the link that was printed."""
    ending, command = PROGRAMS[language]
    path = folder / f"sample{ending}"
    path.write_text(code, "utf-8")
    process = subprocess.Popen(
        [*command, str(path)], cwd=folder, text=True, bufsize=1,
        env={**environment.node_variables(), **variables, "PYTHONPATH": "", "HOME": os.environ.get("HOME", "/")},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin and process.stdout
    watchdog = threading.Timer(SECONDS, process.kill)
    watchdog.start()
    printed = ""
    for line in process.stdout if answer else ():
        printed += line
        if answer and (link := LINK.search(line)):
            process.stdin.write(f"{answer(link[0])}\n")
            process.stdin.flush()
            break
    rest, errors = process.communicate()
    watchdog.cancel()
    assert process.returncode == 0, f"{code}\n{printed}{rest}\n{errors}"
    return printed + rest
