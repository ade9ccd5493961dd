"""The plan of an operation: everything that the contract says of it, compiled once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from handlers.http.parameters import Parameters
from handlers.http.schemas import Validator
from models.base.value_rules import ValueRule


class ContractFault(Exception):
    """The contract says something that no server can keep."""


class BodyLimit(NamedTuple):
    """How large a body may be, how many values it may have, and the least mean rate at which it has to arrive."""

    bytes: int = 1_048_576
    values: int = 10_000
    bytes_per_second: int = 16_384


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """One documented answer: its required headers, and for each media type how its body is made and checked."""

    status: int
    required: frozenset[str]
    frame_headers: frozenset[str]  # those that the edge and the limits do not add
    media: dict[str, tuple[Callable | None, Validator]]  # projection and validator
    links: dict[str, dict]


@dataclass(slots=True, kw_only=True, eq=False)
class Plan:
    """What one operation is, needs and may answer."""

    operation_id: str
    path: str
    method: str
    handler: Callable
    takes: frozenset[str]  # the names of the handler's arguments
    asks_for: tuple[str, ...]  # those of them that are about the request itself
    unsafe: bool
    permission: str | None
    scopes: tuple[str, ...]
    scopes_of: dict[str, set[str]]  # by permission: the scopes of all its operations
    proof: str | None
    rate_class: str
    body_limit: BodyLimit
    is_exempt: bool  # from idempotency
    problems: frozenset[str]
    value_rules: tuple[ValueRule, ...]  # about the values of a request, which need nothing stored
    answers_faults: bool
    events: frozenset[str]
    hands_on: bool
    parameters: Parameters
    body_types: dict[str, tuple[Validator, Callable | None]]  # by media type: validator and conversion
    body_defaults: dict[str, dict[str, bytes]]  # by media type: what a property is that is left out, as JSON
    body_known: frozenset[str] | None  # the properties of a body that may have others too, which are ignored
    body_required: bool
    passwords: frozenset[str]  # the properties of the body that are passwords: checking one takes long
    responses: dict[int, ResponseSpec]
    statuses: frozenset[int]
    success: int
    offers: tuple[str, ...]  # the media types of successful answers
    location: (
        tuple[str, tuple[str, ...]] | None
    )  # how `Location` is made: a path, and the way to the id in the answer
    sheds: bool
    external_call: Callable[[dict], Any] | None = None  # what it asks an external service first
    deprecation_headers: dict[str, str] = field(
        default_factory=dict
    )  # of its successes; empty if not deprecated

    def __str__(self) -> str:
        return self.operation_id
