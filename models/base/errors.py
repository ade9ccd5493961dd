"""Refusals: why a request that was understood is not done.

A class is a type of problem: its name is the code, the first line of its docstring the title, its ``status`` the
status; ``Cause:``, ``Fix:`` and ``Try:`` in the docstring are its page in the catalogue.
"""

import inspect
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
class Conflict(Refusal):
    """A rule, or the present state, refuses a valid request."""


class NotFound(Refusal):
    """There is no such thing here.

    Cause: nothing has this id, or you may not know of it.
    Fix: look the id up in a list; ask for access to its organization.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/organizations
    """

    status = 404


class PermissionDenied(Refusal):
    """You may not do this.

    Cause: you can see it, but your role, or the scope of your key, does not allow the operation.
    Fix: ask for the permission that is named in `permission`, or use a key with that scope.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/organizations/$ORGANIZATION/members
    """

    status = 403


class Unauthenticated(Refusal):
    """Authentication is required.

    Cause: no access token or API key was sent, or it is unknown, expired, revoked, or its session ended.
    Fix: log in or refresh the session, and send the new access token.
    Try: curl -X POST -H "Content-Type: application/json" -d '{"email":"…","password":"…"}' $BASE/sessions
    """

    status = 401


class StaleEtag(Refusal):
    """The resource was modified (ETag mismatch).

    Cause: `If-Match` does not name the current ETag: somebody else stored a change after you read it, or the tag is weak.
    Fix: read the resource again, look at `changed_fields`, and send your change with the new ETag.
    Try: curl -i -X DELETE -H 'If-Match: "0"' -H "Authorization: Bearer $TOKEN" $BASE/tasks/$TASK
    """

    status = 412


class InvalidRequest(Refusal):
    """The request breaks the contract.

    Cause: a parameter, a header or a property is missing, unknown or not as the contract says; `errors` names each.
    Fix: mend every fault in `errors`; the contract has the shape and an example of the request.
    Try: curl $BASE/openapi.json
    """

    status = 422


class InternalError(Refusal):
    """A fault of ours.

    Cause: the server met something that it does not expect, or was about to break its contract.
    Fix: send the same request again, with the same Idempotency-Key; report the request id if it stays.
    Try: curl $BASE/health
    """

    status = 500
    retryable = True

    def __init__(self, detail="Nothing was stored. The fault is logged under the request id.", **facts):
        super().__init__(detail, **facts)


class Unavailable(Refusal):
    """The service cannot answer now.

    Cause: too many requests at once, or the database is starting, stopping or out of reach.
    Fix: send the same request again after `Retry-After`, with the same Idempotency-Key.
    Try: curl -i $BASE/health/ready
    """

    status = 503
    retryable = True

    def __init__(self, detail="Nothing was stored; try again.", **facts):
        facts.setdefault("headers", {"Retry-After": "1"})
        super().__init__(detail, **facts)
