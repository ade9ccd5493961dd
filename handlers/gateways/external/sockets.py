"""Connections to other machines: names looked up once, and every step bounded by one deadline."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import cache
from ipaddress import ip_address
from queue import Empty, SimpleQueue

import httpx

from handlers.gateways.external.deadlines import Deadline

MAX_ADDRESSES = 4  # of a name that are tried
MAX_LOOKUPS = 32  # at once
# ``resolve(host, port, seconds)`` gives the addresses of a name in the order in which they are tried.
Resolve = Callable[[str, int, float], list[str]]
Connect = Callable[[str, int, float], socket.socket]


class Resolver:
    """Looks names up, so many at once.  The system's functions know no timeout: they run in threads that may be left behind."""

    def __init__(self, at_once: int = MAX_LOOKUPS) -> None:
        self._places = threading.BoundedSemaphore(at_once)

    def __call__(self, host: str, port: int, seconds: float) -> list[str]:
        """The addresses of a name; TimeoutError when they are not known after so many seconds."""
        with contextlib.suppress(ValueError):
            return [str(ip_address(host))]
        if not self._places.acquire(timeout=seconds):
            raise TimeoutError("too many names are being looked up")
        results: SimpleQueue[list[str] | OSError] = SimpleQueue()
        threading.Thread(target=self._look_up, args=(host, port, results), name="lookup", daemon=True).start()
        try:
            result = results.get(timeout=seconds)
        except Empty:
            raise TimeoutError("the name was not looked up in time") from None
        if isinstance(result, OSError):
            raise result
        return result

    def _look_up(self, host: str, port: int, results: "SimpleQueue[list[str] | OSError]") -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            results.put(list(dict.fromkeys(str(address[0]) for *_, address in entries)))
        except (OSError, UnicodeError) as error:
            results.put(error if isinstance(error, OSError) else OSError("no name"))
        finally:
            self._places.release()


resolve = Resolver()


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to a network address, which is no name."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((address, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_any(
    addresses: list[str], port: int, deadline: Deadline, connect: Connect = connect
) -> socket.socket:
    """A connection to the first of the addresses that answers, before the deadline."""
    failure: OSError = OSError("the name has no address")
    tried = addresses[:MAX_ADDRESSES]
    for others, address in zip(range(len(tried) - 1, -1, -1), tried, strict=True):
        try:
            return connect(address, port, deadline.left() / (others + 1))
        except OSError as error:
            failure = error
    raise failure


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates are believed, read once."""
    return httpx.create_ssl_context(trust_env=False)


@contextlib.contextmanager
def shut_down_at(deadline: Deadline, connection: socket.socket) -> Iterator[None]:
    """Shut a connection down when the time is over: for libraries that bound each step, and not all of them together.

    It is done by a handle of our own, which TLS does not take away.
    """
    handle = connection.dup()
    timer = threading.Timer(deadline.left(), _shut_down, [handle])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        handle.close()


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended at this moment
        connection.shutdown(socket.SHUT_RDWR)
