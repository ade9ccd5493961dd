"""Deprecation: the headers by which successful responses of a deprecated operation say so (RFC 9745, RFC 8594)."""

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from handlers.http.answers import Answer

# Where people read what takes the place of the operation.
CHANGELOG_LINK = '</docs/guides/changelog>; rel="deprecation"; type="text/html"'


def deprecation_headers(operation: dict[str, Any]) -> dict[str, str]:
    """``Deprecation`` as a date of RFC 9651 (seconds since 1970), ``Sunset`` as an HTTP date, and ``Link``; of an operation
    without ``x-deprecation``, none.  Both days begin at midnight UTC."""
    deprecation = operation.get("x-deprecation")
    if not deprecation:
        return {}
    return {
        "Deprecation": f"@{int(_midnight(deprecation['deprecated_on']).timestamp())}",
        "Sunset": format_datetime(_midnight(deprecation["sunset_on"]), usegmt=True),
        "Link": CHANGELOG_LINK,
    }


def add_deprecation(answer: Answer, headers: dict[str, str]) -> None:
    """Add the headers of a deprecated operation to one of its answers, beside the links that it has."""
    links = [link for link in (answer.headers.get("Link"), headers["Link"]) if link]
    answer.headers.update(headers | {"Link": ", ".join(links)})


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)
