"""A crowd: many requests at the same moment, over as many connections as are asked for."""

import asyncio
import json
from collections import deque
from typing import NamedTuple
from urllib.parse import urlsplit

from contract_tests.support.clients import PATCH


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


def request(base_url, method, path, token=None, body=None, **headers):
    """A request of HTTP/1.1 in bytes; ``_`` in a header's name stands for ``-``."""
    host = urlsplit(base_url)
    lines = [f"{method} {host.path}{path} HTTP/1.1", f"Host: {host.netloc}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    content = b"" if body is None else json.dumps(body).encode()
    if body is not None:
        lines += [f"Content-Type: {PATCH if method == 'PATCH' else 'application/json'}"]
    lines += [f"Content-Length: {len(content)}"] if content else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def rush(base_url, requests, connections=50):
    """The answers to all ``requests``, in their order.  All connections are open before the first request is sent."""
    return asyncio.run(_rush(urlsplit(base_url), list(requests), connections))


async def _rush(host, requests, connections):
    waiting = deque(enumerate(requests))
    received = [None] * len(requests)
    streams = [
        await asyncio.open_connection(host.hostname, host.port)
        for _ in range(min(connections, len(requests)))
    ]

    async def send(reader, writer):
        while waiting:
            index, data = waiting.popleft()
            writer.write(data)
            received[index] = await answer(reader)
        writer.close()

    await asyncio.gather(*(send(*stream) for stream in streams))
    return received


async def answer(reader):
    """The next answer of a connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(head[0].split()[1]), headers, body)
