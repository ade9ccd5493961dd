"""Answers: what a handler returned, as the contract documents it: projected, checked, with its headers."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import orjson

from handlers.http.plan import Plan, ResponseSpec
from handlers.http.preconditions import Preconditions
from handlers.http.request_context import RequestContext
from models.base.bodies import FileBody
from models.base.errors import Refusal, RuleViolation

PRECONDITION_FAILED = 412  # of any operation (RFC 9110 §13), whatever its contract lists
# Refusals of the frame itself, which any write with an Idempotency-Key may meet.
OF_THE_FRAME = frozenset({"request_in_progress"})


class ContractViolation(Exception):
    """The answer is not one that the contract documents."""


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


def is_documented(plan: Plan, refusal: Refusal) -> bool:
    """Whether the contract lists the refusal on the operation."""
    if isinstance(refusal, RuleViolation) and refusal.code() not in plan.problems | OF_THE_FRAME:
        return False
    return refusal.status in plan.statuses or refusal.status == PRECONDITION_FAILED


def build(
    plan: Plan, context: RequestContext, result: Any, dry: bool, preconditions: Preconditions
) -> Answer:
    """The :class:`Answer` to a handler's ``result``: a value, or a value with a status and headers."""
    value, status, headers = Result(*result) if type(result) is tuple else Result(result)
    body: bytes | FileBody = b""
    status = status or plan.success
    headers = dict(headers)
    if dry and status in (201, 202):
        status = 200
    response_spec = plan.responses.get(status)
    if response_spec is None:
        raise ContractViolation(f"{plan} answered {status}, which its contract does not list.")
    _describe(plan, context, value, response_spec, headers)
    if preconditions.pending and context.method == "GET" and preconditions.check_read(headers.get("ETag")):
        return Answer(
            304, {name: headers[name] for name in ("ETag", "Cache-Control") if name in headers}, b""
        )
    body = _body(plan, context, value, response_spec, headers)
    missing = plan.responses[status].frame_headers - {name.lower() for name in headers}
    if missing:
        raise ContractViolation(f"{plan} answered {status} without {sorted(missing)}.")
    return Answer(status, headers, body)


def _describe(
    plan: Plan, context: RequestContext, value: Any, response_spec: ResponseSpec, headers: dict[str, str]
) -> None:
    """Add the headers that the contract names and the value has."""
    if "etag" in response_spec.required and "ETag" not in headers:
        headers["ETag"] = value_etag(value)
    if response_spec.status in (201, 202) and plan.location:
        prefix, way = plan.location
        headers["Location"] = prefix + "".join(_reach(value, way)) if way else prefix
    if "cache-control" in response_spec.required:
        headers.setdefault("Cache-Control", "no-store")
    if isinstance(value, dict) and value.get("next_cursor"):
        pairs = [
            pair for pair in parse_qsl(context.query.decode(), keep_blank_values=True) if pair[0] != "cursor"
        ]
        following = urlencode([*pairs, ("cursor", value["next_cursor"])])
        headers["Link"] = f'<{context.path}?{following}>; rel="next"'


def value_etag(value: Any) -> str:
    """The validator of a row, or of the row in an envelope."""
    if isinstance(value, dict):
        value = next(member for member in value.values() if hasattr(member, "etag"))
    return value.etag


def _reach(value: Any, way: Any) -> str:
    for step in way:
        value = value[step] if isinstance(value, dict) else getattr(value, step)
    return str(value)


def _says_no_charset(media_type: str) -> bool:
    """JSON is always UTF-8 (RFC 8259), and files are no text."""
    return media_type.endswith(("json", "/zip", "/octet-stream"))


def _body(
    plan: Plan, context: RequestContext, value: Any, response_spec: ResponseSpec, headers: dict[str, str]
) -> bytes | FileBody:
    if not response_spec.media:
        if value is not None:
            raise ContractViolation(
                f"{plan} answered {response_spec.status} with a body, which its contract does not have."
            )
        return b""
    media_type = headers.get("Content-Type") or context.media_type
    if media_type not in response_spec.media:
        media_type = next(iter(response_spec.media))
    headers["Content-Type"] = media_type if _says_no_charset(media_type) else f"{media_type}; charset=utf-8"
    project, validator = response_spec.media[media_type]
    if isinstance(
        value, bytes | FileBody
    ):  # a document, made and checked when the process started; or a file
        return value
    content = project(value) if project else value
    if not validator.is_valid(content):
        error = next(validator.iter_errors(content))
        pointer = "/".join(str(step) for step in error.instance_path)
        raise ContractViolation(
            f"{plan} answered {response_spec.status} with a fault at /{pointer}: {error.kind.name}."
        )
    return orjson.dumps(content) if media_type.endswith("json") else content.encode()
