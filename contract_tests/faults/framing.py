"""A connection to the server's protocol in this process, without a network, and an application that reports what it got."""

import asyncio
import re

from uvicorn.server import ServerState

from handlers.http.server import Protocol, config


class Transport(asyncio.Transport):
    """A connection without a network: what is written is kept."""

    def __init__(self):
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written, self.closed = b"", False

    def write(self, data):
        assert not self.closed, "Something was written after the end."
        self.written += data

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


async def report(scope, receive, send):
    """An application that answers with what it was given, as the edge answers refusals of the protocol."""
    status, body = 200, b""
    headers = []
    if refusal := scope.get("extensions", {}).get("remit.refusal"):
        status, headers = refusal.status, [(b"connection", b"close")]
    else:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            if not message["more_body"]:
                break
        names = [name for name, _ in scope["headers"]]
        assert names.count(b"host") <= 1 and not {b"authorization", b"upgrade"} & set(names)
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        body = b"%s %s%s %s" % (scope["method"].encode(), scope["raw_path"], query, body)
    response_headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": response_headers})
    await send({"type": "http.response.body", "body": body})


SETTINGS = config(report)


async def outcome(packets):
    """What comes of the packets: of each request what was read, or the status of its refusal, and whether it is closed."""
    state = ServerState()
    protocol, transport = Protocol(SETTINGS, state, {}), Transport()
    protocol.connection_made(transport)
    for packet in packets:
        if not transport.closed:
            protocol.data_received(packet)
        for _ in range(4):
            await asyncio.sleep(0)
    for _ in range(100):  # turns of the loop, more than answers need; who waits for more bytes waits in vain
        if state.tasks:
            await asyncio.sleep(0)
    answers_and_end = list(_answers(transport.written)), transport.closed
    protocol.connection_lost(None)
    return answers_and_end


def _answers(data):
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 100"):
            continue
        length = int(re.search(rb"content-length: (\d+)", head)[1])
        status = int(head.split()[1])
        yield data[:length].decode("latin-1") if status == 200 else status
        data = data[length:]
