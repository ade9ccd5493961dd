"""Preconditions: ``If-Match`` and ``If-None-Match``, compared with what is stored (RFC 9110 §13.1 and §13.2.2)."""

from collections.abc import Callable

from werkzeug.datastructures import ETags
from werkzeug.http import parse_etags

from models.base.errors import Refusal, StaleEtag


class EtagMatched(Refusal):
    """The resource matches `If-None-Match`.

    Cause: `If-None-Match` is `*` and the resource exists, or it contains the current ETag.
    Fix: Leave out the header to change the resource. To protect against lost updates, send `If-Match`.
    Try: curl -X PATCH --json '{"title": "Renamed"}' -H "If-None-Match: *" -H "Authorization: Bearer $TOKEN" $BASE/tasks/$TASK
    """

    status = 412


class Preconditions:
    """The conditions of a request, as they were sent; dates are ignored, because nothing has ``Last-Modified``."""

    __slots__ = ("if_match", "if_none_match", "pending")

    def __init__(self, if_match: str | None = None, if_none_match: str | None = None) -> None:
        self.if_match, self.if_none_match = if_match, if_none_match
        self.pending = if_match is not None or if_none_match is not None

    def check_write(self, etag: str | None, changed_since: Callable | None = None) -> None:
        """Refuse a write on what has ``etag``; None: it exists, and has none.

        ``changed_since(version)`` tells which fields have changed since a version.
        """
        self.pending = False
        self._check_match(etag, changed_since)
        if self._is_known(etag):
            detail = f"The current ETag is {etag}." if etag else "The resource exists."
            raise EtagMatched(detail, current_etag=etag, headers=_current(etag))

    def check_read(self, etag: str | None) -> bool:
        """Whether the client has what is stored (304); refused when it asked for something else."""
        self.pending = False
        self._check_match(etag)
        return etag is not None and self._is_known(etag)

    def _check_match(self, etag: str | None, changed_since: Callable | None = None) -> None:
        """Strong comparison: a weak tag never matches."""
        if self.if_match is None:
            return
        sent = parse_etags(self.if_match)
        if sent.star_tag or (etag and sent.is_strong(_opaque(etag))):
            return
        stored = f"the current one is {etag}" if etag else "the resource has none"
        raise StaleEtag(
            f"You sent {self.if_match}; {stored}.",
            current_etag=etag,
            changed_fields=changed_since(_version(sent)) if changed_since else (),
            headers=_current(etag),
        )

    def _is_known(self, etag: str | None) -> bool:
        """Weak comparison."""
        if self.if_none_match is None:
            return False
        sent = parse_etags(self.if_none_match)
        return sent.star_tag or (etag is not None and sent.contains_weak(_opaque(etag)))


def _opaque(etag: str) -> str:
    return etag.strip('"')


def _current(etag: str | None) -> dict[str, str]:
    return {"ETag": etag} if etag else {}


def _version(sent: ETags) -> int:
    """The newest version that the ETags, of ours, were made of; without one, nothing is known to have changed since."""
    numbers = [(tag or "").partition(".")[0] for tag in sent.as_set(include_weak=True)]
    return max((int(number) for number in numbers if number.isdecimal() and len(number) < 19), default=2**62)
