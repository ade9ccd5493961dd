"""How httpcore reads and writes: through our sockets, so that no number of small steps outlasts the deadline."""

import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from handlers.gateways.external import sockets
from handlers.gateways.external.deadlines import Deadline

# Called with the addresses of a host before one of them is connected to; raises what forbids it.
Check = Callable[[list[str]], None]


class Backend(httpcore.NetworkBackend):
    """The network of one exchange.  ``is_sent`` is set with the first byte of a request: what comes before was not read."""

    def __init__(
        self,
        deadline: Deadline,
        *,
        resolve: sockets.Resolve = sockets.resolve,
        check: Check = lambda addresses: None,
        connect: sockets.Connect = sockets.connect,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.deadline, self.resolve, self.check, self.connect = deadline, resolve, check, connect
        self.context = context or sockets.trust()
        self.is_sent = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Look the host up once, check its addresses, and connect to one of those that were checked."""
        try:
            addresses = self.resolve(host, port, self.deadline.left())
            self.check(addresses)
            return Stream(sockets.connect_any(addresses, port, self.deadline, self.connect), self)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from None
        except OSError as error:
            raise httpcore.ConnectError(type(error).__name__) from None


class Stream(httpcore.NetworkStream):
    def __init__(self, connection: socket.socket, backend: Backend) -> None:
        self._socket, self._backend = connection, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._socket.settimeout(self._backend.deadline.left())
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from None
        except OSError as error:
            raise httpcore.ReadError(type(error).__name__) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._backend.is_sent = self._backend.is_sent or bool(buffer)
        try:
            self._socket.settimeout(self._backend.deadline.left())
            self._socket.sendall(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from None
        except OSError as error:
            raise httpcore.WriteError(type(error).__name__) from None

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._socket.settimeout(self._backend.deadline.left())
            return Stream(
                ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._backend
            )
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(str(error)) from None
        except (OSError, ValueError) as error:
            self.close()
            raise httpcore.ConnectError(type(error).__name__) from None

    def close(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket):
            return self._socket
        return None
