"""The samples of the guides: their curl commands, and the requests that these send."""

import base64
import re
import shlex
from typing import NamedTuple
from urllib.parse import quote

ALONE = {"-i", "-s", "-sI", "-I", "--retry-all-errors", "--fail-with-body"}  # options without a value


class Request(NamedTuple):
    method: str
    url: str
    headers: dict
    content: str | None


def commands(markdown):
    """Every curl command of the shell samples of a page, on one line; a loop of the shell is left out."""
    samples = re.findall(r"^```sh\n(.*?)^```", markdown, re.S | re.M)
    lines = "\n".join(sample for sample in samples if "while " not in sample).replace("\\\n", " ")
    return re.findall(r"^curl .*?(?=\n(?:curl |[A-Z]+=|echo )|\Z)", lines, re.S | re.M)


def request(command, variables):
    """The request that a command sends, with the values of its variables of the shell."""
    text = re.sub(r"\$\{BASE%/api/v1\}", variables["BASE"].removesuffix("/api/v1"), command)
    text = re.sub(r"\$([A-Z_]+)", lambda name: variables[name[1]], text)
    words = iter(shlex.split(text)[1:])
    method, url, headers, data = None, None, {}, []
    for word in words:
        if word in ALONE:
            method = "HEAD" if word.endswith("I") else method
        elif word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-u":
            headers["Authorization"] = f"Basic {base64.b64encode(next(words).encode()).decode()}"
        elif word == "-d":
            data.append(next(words))
        elif word == "--data-urlencode":
            name, _, value = next(words).partition("=")
            data.append(f"{name}={quote(value, safe='')}")
        elif word.startswith("-"):
            next(words)  # of an option that changes nothing of the request
        else:
            url = word
    if data:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return Request(method or "GET", url, headers, "&".join(data) or None)
