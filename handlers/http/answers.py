"""Answers: what a handler returned, as the contract promises it: projected, checked, with its headers."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import orjson

from handlers.http.exchange import Exchange
from handlers.http.plan import Plan, Promise
from handlers.http.preconditions import Preconditions
from models.base.bodies import FileBody
from models.base.errors import Refusal

PRECONDITION_FAILED = 412  # of any operation (RFC 9110 §13), whatever its contract lists
# Refusals of the frame itself, which any write with an Idempotency-Key may meet.
OF_THE_FRAME = frozenset({"request_in_progress"})


class BrokenPromise(Exception):
    """The answer is not one that the contract promises."""


@dataclass(slots=True, repr=False)  # a body may hold tokens
class Answer:
    """A whole answer: headers by name, and a body in bytes or in a file."""

    status: int
    headers: dict[str, str]
    body: bytes | FileBody


class Result(NamedTuple):
    value: Any
    status: int | None = None
    headers: dict = {}


def promised(plan: Plan, refusal: Refusal) -> bool:
    """Whether the contract lists the refusal on the operation."""
    if refusal.status == 409 and refusal.code() not in plan.problems | OF_THE_FRAME:
        return False
    return refusal.status in plan.statuses or refusal.status == PRECONDITION_FAILED


def build(plan: Plan, exchange: Exchange, result: Any, dry: bool, preconditions: Preconditions) -> Answer:
    """The :class:`Answer` to a handler's ``result``: a value, or a value with a status and headers."""
    value, status, headers = Result(*result) if type(result) is tuple else Result(result)
    body: bytes | FileBody = b""
    status = status or plan.success
    headers = dict(headers)
    if dry and status in (201, 202):
        status = 200
    promise = plan.promises.get(status)
    if promise is None:
        raise BrokenPromise(f"{plan} answered {status}, which its contract does not list.")
    _describe(plan, exchange, value, promise, headers)
    if preconditions.pending and exchange.method == "GET" and preconditions.check_read(headers.get("ETag")):
        return Answer(
            304, {name: headers[name] for name in ("ETag", "Cache-Control") if name in headers}, b""
        )
    body = _body(plan, exchange, value, promise, headers)
    missing = plan.promises[status].frame_headers - {name.lower() for name in headers}
    if missing:
        raise BrokenPromise(f"{plan} answered {status} without {sorted(missing)}.")
    return Answer(status, headers, body)


def _describe(plan: Plan, exchange: Exchange, value: Any, promise: Promise, headers: dict[str, str]) -> None:
    """Add the headers that the promise names and the value has."""
    if "etag" in promise.required and "ETag" not in headers:
        headers["ETag"] = value_etag(value)
    if promise.status in (201, 202) and plan.location:
        prefix, way = plan.location
        headers["Location"] = prefix + "".join(_reach(value, way)) if way else prefix
    if "cache-control" in promise.required:
        headers.setdefault("Cache-Control", "no-store")
    if isinstance(value, dict) and value.get("next_cursor"):
        pairs = [
            pair for pair in parse_qsl(exchange.query.decode(), keep_blank_values=True) if pair[0] != "cursor"
        ]
        following = urlencode([*pairs, ("cursor", value["next_cursor"])])
        headers["Link"] = f'<{exchange.path}?{following}>; rel="next"'


def value_etag(value: Any) -> str:
    """The validator of a row, or of the row in an envelope."""
    if isinstance(value, dict):
        value = next(one for one in value.values() if hasattr(one, "etag"))
    return value.etag


def _reach(value: Any, way: Any) -> str:
    for step in way:
        value = value[step] if isinstance(value, dict) else getattr(value, step)
    return str(value)


def _says_no_charset(media_type: str) -> bool:
    """JSON is always UTF-8 (RFC 8259), and files are no text."""
    return media_type.endswith(("json", "/zip", "/octet-stream"))


def _body(
    plan: Plan, exchange: Exchange, value: Any, promise: Promise, headers: dict[str, str]
) -> bytes | FileBody:
    if not promise.media:
        if value is not None:
            raise BrokenPromise(
                f"{plan} answered {promise.status} with a body, which its contract does not have."
            )
        return b""
    media_type = headers.get("Content-Type") or exchange.media_type
    if media_type not in promise.media:
        media_type = next(iter(promise.media))
    headers["Content-Type"] = media_type if _says_no_charset(media_type) else f"{media_type}; charset=utf-8"
    project, validator = promise.media[media_type]
    if isinstance(
        value, bytes | FileBody
    ):  # a document, made and checked when the process started; or a file
        return value
    shown = project(value) if project else value
    if not validator.is_valid(shown):
        error = next(validator.iter_errors(shown))
        place = "/".join(str(step) for step in error.instance_path)
        raise BrokenPromise(f"{plan} answered {promise.status} with a fault at /{place}: {error.kind.name}.")
    return orjson.dumps(shown) if media_type.endswith("json") else shown.encode()
