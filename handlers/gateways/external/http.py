"""HTTP with an external service: bounded in time and size, without redirects or proxies, and repeated where that is safe."""

import contextlib
import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpcore
import httpx
import orjson
import stamina

from handlers.gateways.external import watch
from handlers.gateways.external.deadlines import Deadline
from handlers.gateways.external.failures import Declined, Forbidden, Malformed, NoAnswer, NotCalled, TimedOut
from handlers.gateways.external.services import Service
from handlers.gateways.external.streams import Backend
from models.base.public_addresses import AddressNotAllowed

MAX_ANSWER_BYTES = 262_144
# A retry waits 0.1 s, then 0.2 s, …, and by chance up to 0.3 s more, so that those who failed together come back apart.
FIRST_WAIT, LONGEST_WAIT, JITTER = 0.1, 2.0, 0.3
MAX_RETRY_AFTER = 3600.0
HOST = re.compile(rb"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]+")
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "remit"}
# The library would log and count by itself, arguments included.
stamina.instrumentation.set_on_retry_hooks([])


class Answer(NamedTuple):
    """What a service answered; names of headers are in lower case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The value of the body; ValueError when it is no JSON."""
        return orjson.loads(self.content)

    @property
    def retry_after(self) -> float | None:
        """The seconds that the service wants to be left alone: a number, or a date (RFC 9110 §10.2.3)."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdecimal():
            return min(float(value[:9]), MAX_RETRY_AFTER)
        with contextlib.suppress(ValueError):
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
            return max(0.0, min(seconds, MAX_RETRY_AFTER))
        return None


class Request(NamedTuple):
    """A request that may be repeated ``is_idempotent``, else only if the service has surely not read it.

    ``label`` names the address in messages and ``host`` in logs: neither may have a secret.  Without ``needs_body`` a body that
    is too long, or in an encoding, is cut off and not a failure.  ``understand(answer)`` may refuse it as no answer.
    """

    method: str
    url: str
    label: str
    host: str | None = None
    headers: Mapping[str, str] = {}
    content: bytes | None = None
    is_idempotent: bool = False
    max_bytes: int = MAX_ANSWER_BYTES
    needs_body: bool = True
    understand: Callable[[Answer], Any] = lambda answer: None


def ask(
    service: Service, request: Request, deadline: Deadline, backend: Callable[[Deadline], Backend] = Backend
) -> Answer:
    """The answer, of a status below 300; else a :class:`NoAnswer`, with the answer when there is one."""
    number = 1
    attempts = stamina.retry_context(
        on=lambda error: _wait(error, request, deadline, number),
        attempts=service.attempts,
        timeout=None,
        wait_initial=FIRST_WAIT,
        wait_max=LONGEST_WAIT,
        wait_jitter=JITTER,
    )
    for attempt in attempts:
        with attempt:
            number = attempt.num
            if number > 1:
                watch.RETRIES.labels(service.name).inc()
            return _attempt(service, request, deadline, backend(deadline))
    raise AssertionError("stamina raises what the last attempt raised")


def _wait(error: Exception, request: Request, deadline: Deadline, number: int) -> bool | float:
    """Whether the request is sent again after attempt ``number``: in the rhythm above, or after so many seconds."""
    if not isinstance(error, NoAnswer) or isinstance(error, NotCalled):
        return False
    if not request.is_idempotent and error.is_sent:
        return False
    if error.answer is not None and error.answer.status_code < 400:  # it would send us elsewhere again
        return False
    if error.retry_after is not None:
        wait = error.retry_after + random.uniform(0, JITTER)  # noqa: S311 - no secret
        return wait if deadline.has(wait) else False
    return bool(error.is_failure) and deadline.has(min(FIRST_WAIT * 2 ** (number - 1) + JITTER, LONGEST_WAIT))


def _attempt(service: Service, request: Request, deadline: Deadline, backend: Backend) -> Answer:
    label = request.label
    with service.attempt(deadline, request.host):
        try:
            headers = watch.trace_headers() if service.is_trusted else {}
            answer = _exchange(request, backend, headers)
        except AddressNotAllowed as error:
            raise Forbidden(str(error)) from None
        except (httpcore.TimeoutException, TimeoutError):
            raise TimedOut(f"{label} took too long", is_sent=backend.is_sent) from None
        except (httpcore.LocalProtocolError, httpx.InvalidURL, ValueError) as error:
            raise Malformed(f"{label} cannot be asked: {type(error).__name__}") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            why = type(error).__name__
            raise NoAnswer(f"{label} cannot be asked: {why}", is_sent=backend.is_sent) from None
        status = answer.status_code
        if 400 <= status < 500:
            raise Declined(f"{label} answered {status}", retry_after=answer.retry_after, answer=answer)
        if not 200 <= status < 300:
            raise NoAnswer(f"{label} answered {status}", retry_after=answer.retry_after, answer=answer)
        request.understand(answer)
        return answer


def _exchange(request: Request, backend: Backend, trace_headers: Mapping[str, str]) -> Answer:
    url = httpx.URL(request.url)
    if url.scheme not in ("http", "https") or not HOST.fullmatch(url.raw_host):
        raise httpx.InvalidURL("no address of HTTP")
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    origin = httpcore.Origin(url.raw_scheme, url.raw_host, port)
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    sent = {**HEADERS, **request.headers, **trace_headers}
    with (
        httpcore.HTTPConnection(origin, ssl_context=backend.context, network_backend=backend) as connection,
        connection.stream(
            request.method,
            target,
            headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in sent.items()],
            content=request.content,
        ) as response,
    ):
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
        }
        return Answer(response.status, headers, _body(request, response, headers))


def _body(request: Request, response: httpcore.Response, headers: Mapping[str, str]) -> bytes:
    """The body as it was sent, whatever encoding its header names: nothing is unpacked."""
    if "content-encoding" in headers:
        if not request.needs_body:
            return b""
        raise NoAnswer(f"{request.label} answered in an encoding that was not asked for")
    content = bytearray()
    for piece in response.iter_stream():
        content += piece
        if len(content) > request.max_bytes:
            if not request.needs_body:
                return bytes(content[: request.max_bytes])
            raise NoAnswer(f"{request.label} answered more than {request.max_bytes} bytes")
    return bytes(content)
