"""Formats: which texts are valid, and the value that each valid text becomes before anything compares or stores it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from models.base import networks, text

# Names that the operating system has beside those of the IANA database, and the database's "no zone is set".
NOT_ZONES = {"localtime", "posixrules", "Factory"}


class Format(NamedTuple):
    """``is_valid(text)`` where the validator does not know the format itself; ``canonical(text)`` where values have a
    canonical form.  The value of ``canonical`` is what handlers get."""

    is_valid: Callable | None = None
    canonical: Callable | None = None


@cache
def time_zones() -> frozenset[str]:
    """The names of the IANA time zone database, those included that are kept for compatibility."""
    return (
        frozenset(name for name in available_timezones() if not name.startswith(("posix/", "right/")))
        - NOT_ZONES
    )


def is_time_zone(name: str) -> bool:
    return name in time_zones()


def moment(text: str) -> datetime:
    """RFC 3339 as an aware datetime in UTC.  A leap second is the second before it, as databases have it."""
    text = text.upper()
    if text[17:19] == "60":
        text = f"{text[:17]}59{text[19:]}"
    return datetime.fromisoformat(text).astimezone(UTC)


FORMATS = {
    "date": Format(canonical=date.fromisoformat),
    "date-time": Format(canonical=moment),
    "uuid": Format(canonical=str.lower),
    "email": Format(canonical=text.canonical_email),
    "time-zone": Format(is_time_zone),
    "ip-network": Format(networks.is_network, networks.canonical_network),
    "single-line": Format(text.is_line, text.canonical_line),
    "multi-line": Format(text.is_lines, text.canonical_lines),
}
CHECKS = {name: format.is_valid for name, format in FORMATS.items() if format.is_valid}
