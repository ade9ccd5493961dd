"""Requests as bytes, for what an HTTP library would not send."""

import asyncio
from datetime import timedelta
from urllib.parse import urlencode

import httpx


def head(live, request, token, length):
    """The head of a request whose body has, so it says, ``length`` bytes."""
    query = f"?{urlencode(request.params)}" if request.params else ""
    lines = [
        f"{request.operation.method} /api/v1{request.path}{query} HTTP/1.1",
        f"Host: {live.host_url.removeprefix('http://')}",
        f"Content-Type: {request.operation.media_type}",
        f"Content-Length: {length}",
        *([f"Authorization: Bearer {token}"] if token else []),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def half_sent(live, requests):
    """The answers to requests whose bodies stop half-way, all at the same time: ``[(request, token)]``."""

    async def send_half(request, token):
        body = request.encoded
        data = head(live, request, token, len(body)) + body[: len(body) // 2]
        return await exchanged(live, data, request.operation.method, f"{live.base_url}{request.path}")

    async def all_of_them():
        return await asyncio.gather(*(send_half(*each) for each in requests))

    return asyncio.run(all_of_them())


async def exchanged(live, data, method, url):
    """What the server sends until it closes the connection, as an answer of httpx."""
    host, _, port = live.host_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    try:
        head_bytes, _, body = (await asyncio.wait_for(reader.read(), 20)).partition(b"\r\n\r\n")
    finally:
        writer.close()
    first, *lines = head_bytes.decode("latin-1").split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines]
    answer = httpx.Response(
        int(first.split()[1]), headers=headers, content=body, request=httpx.Request(method, url)
    )
    answer.elapsed = timedelta()  # of no interest here, but what checks answers asks for it
    return answer
