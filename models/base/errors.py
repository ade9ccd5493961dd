"""Refusals: why a request that was understood is not done.

A class is a type of problem: its name is the code, the first line of its docstring the title, its ``status`` the
status; ``Cause:``, ``Fix:`` and ``Try:`` in the docstring are its page in the catalogue.
"""

import inspect
import math
import re

BASES = set()


def abstract(cls):
    """Mark a class that is a family of problems and none itself."""
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
        self, detail=None, *, permission=None, current_etag=None, changed_fields=(), errors=(), headers=None
    ):
        super().__init__(detail or self.title())
        self.detail = detail or self.title()
        self.permission = permission
        self.current_etag = current_etag
        self.changed_fields = list(changed_fields)
        self.errors = list(errors)
        self.headers = headers or {}

    @classmethod
    def code(cls):
        """``TaskAlreadyDone`` is ``task_already_done``, in the problem, the catalogue and the logs."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def title(cls):
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @classmethod
    def section(cls, name):
        """What the docstring says under ``name`` (``Cause``, ``Fix`` or ``Try``), in one line."""
        found = re.search(rf"^{name}: (.*?)(?=^\w+: |\Z)", inspect.getdoc(cls) or "", re.S | re.M)
        return " ".join(found.group(1).split()) if found else ""


def fault(place, code, detail, *, pointer=None, parameter=None):
    """One entry of a problem's ``errors``.  Names that a client made up are told as far as the contract has room."""
    return {
        "in": place,
        "pointer": pointer and shown(pointer[:1000]),
        "parameter": parameter and shown(parameter[:200]),
        "code": code,
        "detail": shown(detail[:1000]),
    }


def shown(text):
    """The text without NUL, which no answer may have."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}")


def problem_types(cls=Refusal):
    """Every type of problem that is defined, by code."""
    found = {} if cls in BASES else {cls.code(): cls}
    for child in cls.__subclasses__():
        found |= problem_types(child)
    return found


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

    def __init__(self, detail=None, *, fields=(), parameters=(), reasons=(), **facts):
        super().__init__(detail, **facts)
        for reason in reasons or [self.detail]:
            self.errors += [fault("body", self.code(), reason, pointer=f"/{name}") for name in fields]
            self.errors += [fault("query", self.code(), reason, parameter=name) for name in parameters]


@abstract
class QuotaExceeded(RuleViolation):
    """A quota of the operation is used up: the same request may succeed ``seconds`` later, which ``Retry-After`` says."""

    status = 429
    retryable = True

    def __init__(self, detail=None, *, seconds: float, **facts):
        super().__init__(detail, **facts)
        self.headers = {**self.headers, "Retry-After": str(max(1, math.ceil(seconds)))}


class NotFound(Refusal):
    """There is no such thing here.

    Cause: nothing has this id, or you may not know of it.
    Fix: look the id up in a list; ask for access to its organization.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/tasks/00000000-0000-0000-0000-000000000000
    """

    status = 404


class PermissionDenied(Refusal):
    """You may not do this.

    Cause: you can see it, but your role, or the scope of your key, does not allow the operation.
    Fix: ask for the permission that is named in `permission`, or use a key with that scope.
    Try: curl -X PATCH --json '{"name": "Ada"}' -H "X-API-Key: $READ_ONLY_KEY" $BASE/users/me
    """

    status = 403


class Unauthenticated(Refusal):
    """Authentication is required.

    Cause: no access token or API key was sent, or it is unknown, expired, revoked, or its session ended.
    Fix: log in or refresh the session, and send the new access token.
    Try: curl $BASE/users/me
    """

    status = 401


class StaleEtag(Refusal):
    """The resource was modified (ETag mismatch).

    Cause: `If-Match` does not name the current ETag: somebody else stored a change after you read it, or the tag is weak.
    Fix: read the resource again, look at `changed_fields`, and send your change with the new ETag.
    Try: curl -X PATCH --json '{"title": "Renamed"}' -H 'If-Match: "0"' -H "Authorization: Bearer $TOKEN" $BASE/tasks/$TASK
    """

    status = 412


class InvalidRequest(Refusal):
    """The request is invalid.

    Cause: a parameter, a header or a property is missing, unknown or not as the contract says, or several values are
    refused by different rules; `errors` names each.
    Fix: correct every fault in `errors`; the contract has the shape and an example of the request.
    Try: curl "$BASE/health?no_such_parameter=1"
    """

    status = 422


class InternalError(Refusal):
    """A fault of ours.

    Cause: the server met something that it does not expect, or was about to break its contract.
    Fix: send the same request again, with the same Idempotency-Key; report the request id if it stays.
    Try: No command produces it: the server answers it when it meets what it does not expect.
    """

    status = 500
    retryable = True

    def __init__(self, detail="Nothing was stored. The fault is logged under the request id.", **facts):
        super().__init__(detail, **facts)


class Unavailable(Refusal):
    """The service cannot answer now.

    Cause: too many requests at once, or the database is starting, stopping or out of reach.
    Fix: send the same request again after `Retry-After`, with the same Idempotency-Key.
    Try: No single command produces it: the server answers it under load, or while its database is out of reach.
    """

    status = 503
    retryable = True

    def __init__(self, detail="Nothing was stored; try again.", **facts):
        facts.setdefault("headers", {"Retry-After": "1"})
        super().__init__(detail, **facts)
