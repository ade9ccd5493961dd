"""The wire: requests as bytes, however wrong, and whether what is answered may be answered."""

import json
import socket
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode, urlsplit

from contract_tests.support.operations import CONTRACT, resolved

TRANSPORT = {int(status) for status in CONTRACT["x-transport-responses"]}


@dataclass(frozen=True)
class Wire:
    """A request: what stands in its first line, its headers by name, its body."""

    operation: object
    target: str
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    method: str = ""

    def having(self, **headers):
        """With more headers, or other ones; underscores stand for hyphens, None for a header that is left out."""
        merged = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})

    def sending(self, body, **headers):
        return replace(self.having(**headers), body=body)

    def asking(self, *pairs):
        """With more in the query; bytes are sent as they are."""
        added = "&".join(
            pair if isinstance(pair, str) else urlencode([pair], quote_via=quote, safe="%") for pair in pairs
        )
        return replace(self, target=f"{self.target}{'&' if '?' in self.target else '?'}{added}")

    def __bytes__(self):
        lines = [f"{self.method or self.operation.method} {self.target} HTTP/1.1"]
        headers = {"Host": "localhost", **self.headers, "Connection": "close"}
        if self.body and "Transfer-Encoding" not in headers:
            headers = {"Content-Length": len(self.body), **headers}
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


def wire(request, token):
    """A request of a :class:`World` as it goes over the wire."""
    query = f"?{urlencode(request.params, doseq=True)}" if request.params else ""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= request.headers
    body = b""
    if request.body is not None:
        headers["Content-Type"] = request.operation.media_type
        body = request.encoded
    return Wire(request.operation, f"/api/v1{request.path}{query}", headers, body)


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


def exchange(host_url, data, count=1, patience=20):
    """The answers to the bytes ``data``, on a connection of their own.  A connection that is cut gives fewer."""
    host = urlsplit(host_url)
    with socket.create_connection((host.hostname, host.port), timeout=patience) as connection:
        for part in data if isinstance(data, (list, tuple)) else [data]:
            try:
                connection.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break  # it has answered and closed already
        return answers(connection, count)


def answers(connection, count):
    """The next ``count`` answers, or what comes until the connection is closed."""
    received, data = [], b""
    while len(received) < count:
        head, ended, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:]) if ended else {}
        length = int(headers.get("content-length", 0))
        if ended and lines[0].split()[1] == "100":
            data = rest
        elif ended and len(rest) >= length:
            received.append(Answer(int(lines[0].split()[1]), headers, rest[:length]))
            data = rest[length:]
        else:
            try:
                more = connection.recv(65_536)
            except ConnectionResetError:
                more = b""
            if not more:
                return received
            data += more
    return received


def complaint(operation, answer, expected=(), names_a_place=False):
    """What is wrong with an answer to something hostile, in words; None when it is as it should be."""
    if answer is None:
        return "no answer"
    if answer.status >= 500 and answer.status not in expected:
        return f"answered {answer.status}"
    documented = set(operation.answers) | TRANSPORT if operation else TRANSPORT
    if answer.status not in documented:
        return f"answered {answer.status}, which is not documented"
    if expected and answer.status not in expected:
        return f"answered {answer.status} {answer.body[:300]!r}"
    if answer.status >= 400:
        # Pages for people, and errors as RFC 6749 has them, where the contract says so.
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        documented_types = operation.answers.get(answer.status, {}).get("content", {}) if operation else {}
        if media_type in documented_types and media_type != "application/problem+json":
            return None
        if not answer.headers.get("content-type", "").startswith("application/problem+json"):
            return f"answered {answer.status} without a problem"
        problem = answer.json()
        members = resolved(CONTRACT["components"]["schemas"]["Problem"])["properties"].keys()
        if problem.keys() != members or problem["status"] != answer.status:
            return "answered something else than a problem"
        if names_a_place and not problem["errors"]:
            return f"does not say where: {problem}"
    return None
