"""Commands of curl, as the pages of problems show them: read as a shell and curl read them, and sent byte for byte."""

import json
import re
import shlex
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

VARIABLE = re.compile(r"\$([A-Z][A-Z_]*)")
ZEROS = re.compile(r"\$\(printf %0(\d+)d 0\)")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Command(NamedTuple):
    """What curl sends; a header with the value None is left out."""

    method: str
    url: str
    headers: dict[str, str | None]
    body: str | None


def variables_of(text: str) -> list[str]:
    """The names of the variables in a command, in their order."""
    return list(dict.fromkeys(VARIABLE.findall(text)))


def read(text: str, variables: dict[str, str]) -> Command:
    """The command with its variables put in, which may hold anything: they are put in after the quotes were read."""
    words = [
        VARIABLE.sub(lambda match: variables[match[1]], ZEROS.sub(lambda match: "0" * int(match[1]), word))
        for word in shlex.split(text)
    ]
    assert words.pop(0) == "curl", text
    method, urls, headers, body = None, [], {}, None
    while words:
        match words.pop(0):
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(":")
                headers[name] = value.strip() or None
            case "--json":
                body, headers = words.pop(0), {"Content-Type": JSON, "Accept": JSON, **headers}
            case "-d":
                body, headers = words.pop(0), {"Content-Type": FORM, **headers}
            case url:
                assert url.startswith("http"), f"curl is not read with {url}."
                urls.append(url)
    (url,) = urls
    return Command(method or ("GET" if body is None else "POST"), url, headers, body)


def send(command: Command) -> tuple[int, dict[str, Any]]:
    """The status of the answer, and its JSON."""
    url, body = urlsplit(command.url), (command.body or "").encode()
    headers = {"Host": url.netloc, "Accept": "*/*", **command.headers}
    if "chunked" in (headers.get("Transfer-Encoding") or ""):
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    elif command.body is not None:
        headers.setdefault("Content-Length", str(len(body)))
    connection = HTTPConnection(url.hostname or "", url.port, timeout=30)
    connection.putrequest(
        command.method,
        f"{url.path}{'?' * bool(url.query)}{url.query}",
        skip_host=True,
        skip_accept_encoding=True,
    )
    for name, value in headers.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if content else {}
