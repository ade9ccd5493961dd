"""Refusals: why a request that was understood is not done.

A class is a type of problem: its name is the code, the first line of its docstring the title, its ``status`` the
status; ``Cause:``, ``Fix:`` and ``Try:`` in the docstring are its page in the catalogue.
"""

import inspect
import math
import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

RefusalType = TypeVar("RefusalType", bound="type[Refusal]")
BASES: set["type[Refusal]"] = set()


def abstract(cls: RefusalType) -> RefusalType:
    """Mark a base class, which is no type of problem itself."""
    BASES.add(cls)
    return cls


@abstract
class Refusal(Exception):
    """The request was understood and refused."""

    status = 409
    retryable = False
    # Whether what was written before it is raised stays, as the count of a wrong guess does; raised before all else.
    keeps = False

    def __init__(
        self,
        detail: str | None = None,
        *,
        permission: str | None = None,
        current_etag: str | None = None,
        changed_fields: Iterable[str] = (),
        errors: Iterable[dict[str, Any]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title())
        self.detail = detail or self.title()
        self.permission = permission
        self.current_etag = current_etag
        self.changed_fields = list(changed_fields)
        self.errors = list(errors)
        self.headers = headers or {}

    @classmethod
    def code(cls) -> str:
        """``TaskAlreadyDone`` is ``task_already_done``, in the problem, the catalogue and the logs."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @classmethod
    def section(cls, name: str) -> str:
        """The section ``name`` of the docstring (``Cause``, ``Fix`` or ``Try``), in one line."""
        match = re.search(rf"^{name}: (.*?)(?=^\w+: |\Z)", inspect.getdoc(cls) or "", re.S | re.M)
        return " ".join(match.group(1).split()) if match else ""


def fault(
    location: str, code: str, detail: str, *, pointer: str | None = None, parameter: str | None = None
) -> dict[str, Any]:
    """One entry of a problem's ``errors``.  Texts of the client are cut to the lengths that the contract allows."""
    return {
        "in": location,
        "pointer": pointer and without_nul(pointer[:1000]),
        "parameter": parameter and without_nul(parameter[:200]),
        "code": code,
        "detail": without_nul(detail[:1000]),
    }


def without_nul(text: str) -> str:
    """The text with a visible symbol for each NUL, which no response may contain."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}")


def problem_types(cls: type[Refusal] = Refusal) -> dict[str, type[Refusal]]:
    """Every type of problem that is defined, by code."""
    types = {} if cls in BASES else {cls.code(): cls}
    for child in cls.__subclasses__():
        types |= problem_types(child)
    return types


@cache
def problem_types_of(modules: tuple[str, ...]) -> dict[str, type[Refusal]]:
    """Every type of problem, once the modules are imported that answer operations: each is otherwise imported at first use."""
    for module in modules:
        import_module(module)
    return problem_types()


@abstract
class RuleViolation(Refusal):
    """A rule of the operation itself refuses the request; the contract lists the code in ``x-problems`` of the operation."""


@abstract
class Conflict(RuleViolation):
    """The present state of something refuses a valid request."""


@abstract
class InvalidValue(RuleViolation):
    """A rule about the values of the request itself refuses it: the request has to be changed, whatever is stored.

    ``fields`` are the properties of the body, ``parameters`` those of the query that have to be changed; ``reasons`` are
    sentences, of which each is an entry of ``errors`` for each of them (the detail, by default).
    """

    status = 422

    def __init__(
        self,
        detail: str | None = None,
        *,
        fields: Iterable[str] = (),
        parameters: Iterable[str] = (),
        reasons: Iterable[str] = (),
        **facts: Any,
    ) -> None:
        super().__init__(detail, **facts)
        for reason in reasons or [self.detail]:
            self.errors += [fault("body", self.code(), reason, pointer=f"/{name}") for name in fields]
            self.errors += [fault("query", self.code(), reason, parameter=name) for name in parameters]


@abstract
class QuotaExceeded(RuleViolation):
    """A quota of the operation is used up: the same request may succeed ``seconds`` later, which ``Retry-After`` says."""

    status = 429
    retryable = True

    def __init__(self, detail: str | None = None, *, seconds: float, **facts: Any) -> None:
        super().__init__(detail, **facts)
        self.headers = {**self.headers, "Retry-After": str(max(1, math.ceil(seconds)))}


class NotFound(Refusal):
    """Resource not found.

    Cause: No resource has this ID, or you may not know of it.
    Fix: Look up the ID in a list, or ask for access to the organization.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/tasks/00000000-0000-0000-0000-000000000000
    """

    status = 404


class PermissionDenied(Refusal):
    """You do not have the required permission.

    Cause: You may see the resource, but your role, or the scopes of your credential, do not allow the operation.
    Fix: Ask for the permission in `permission`, or use a credential with that scope.
    Try: curl -X PATCH --json '{"name": "Ada"}' -H "X-API-Key: $READ_ONLY_KEY" $BASE/users/me
    """

    status = 403


class Unauthenticated(Refusal):
    """Authentication is missing or invalid.

    Cause: No access token or API key was sent, or the one that was sent is unknown, expired, or revoked.
    Fix: Log in, or refresh the session, and send the new access token.
    Try: curl $BASE/users/me
    """

    status = 401


class StaleEtag(Refusal):
    """The resource was modified (ETag mismatch).

    Cause: `If-Match` does not contain the current ETag. The resource was changed after you read it, or the ETag is weak.
    Fix: Read the resource again, compare `changed_fields`, and send your change with the new ETag.
    Try: curl -X PATCH --json '{"title": "Renamed"}' -H 'If-Match: "0"' -H "Authorization: Bearer $TOKEN" $BASE/tasks/$TASK
    """

    status = 412


class InvalidRequest(Refusal):
    """The request is invalid.

    Cause: A parameter, a header, or a property is missing, unknown, or malformed, or several values violate different
    rules.
    Fix: Correct every fault in `errors`. The API reference has an example of the request.
    Try: curl "$BASE/health?no_such_parameter=1"
    """

    status = 422


class InternalError(Refusal):
    """Internal server error.

    Cause: The server encountered an unexpected condition.
    Fix: Send the same request again, with the same idempotency key. If the error persists, report the request ID.
    Try: No command produces it: the server answers it when it meets what it does not expect.
    """

    status = 500
    retryable = True

    def __init__(
        self, detail: str = "Nothing was saved. The error is logged with the request ID.", **facts: Any
    ) -> None:
        super().__init__(detail, **facts)


class Unavailable(Refusal):
    """The service is temporarily unavailable.

    Cause: The server is overloaded, or the database is starting, stopping, or unreachable.
    Fix: Send the same request again after `Retry-After`, with the same idempotency key.
    Try: No single command produces it: the server answers it under load, or while its database is out of reach.
    """

    status = 503
    retryable = True

    def __init__(self, detail: str = "Nothing was saved; try again.", **facts: Any) -> None:
        facts.setdefault("headers", {"Retry-After": "1"})
        super().__init__(detail, **facts)
