"""Programs on loopback that answer as a test says: well, badly, slowly, or not at all."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Peer:
    """A listener whose connections are each handled by ``act(connection)``; ``count`` are those that came."""

    def __init__(self, act, family=socket.AF_INET):
        self.act, self.count = act, 0
        host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.listener = socket.create_server((host, 0), family=family)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self._quietly, args=(connection,), daemon=True).start()

    def _quietly(self, connection):
        with connection, suppress(OSError):
            self.act(connection)

    def close(self):
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self.listener.close()


@contextmanager
def listening(act, family=socket.AF_INET):
    peer = Peer(act, family)
    try:
        yield peer
    finally:
        peer.close()


def say(*pieces, pause=0.0, last=0.0):
    """What says these bytes, one after the other."""

    def act(connection):
        connection.recv(65_536)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        time.sleep(last)
        connection.close()

    return act


def response(status=200, body=b"{}", *headers):
    """The bytes of an answer."""
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def script(*answers, heads=None):
    """What gives the first of these answers to the first request, and so on, and the last to all further ones; ``heads``
    collects what was asked."""
    left = list(answers)

    def act(connection):
        head = connection.recv(65_536)
        if heads is not None:
            heads.append(head)
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])
        connection.close()

    return act


def closed_port():
    """A port of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
