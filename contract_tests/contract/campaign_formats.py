"""The formats of the contract for Schemathesis: how their values are made, and how long they are.

Schemathesis asks for texts of exact lengths, and filters what it is given: without knowing that a format can be made in
any length, it draws thousands of texts for each limit and finds none.  Its tables of lengths have no public interface.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

import schemathesis
import yaml
from hypothesis import strategies as st
from schemathesis.core import deserialization
from schemathesis.core.media_types import YAML_MEDIA_TYPES
from schemathesis.specs.openapi import formats

from handlers.http.formats import CHECKS, time_zones

MAX_DRAWN = 20  # random characters of a text that is to have a certain length; the others are alike
MAX_USUAL = 200  # characters of a text whose length nobody asks about
Within = Callable[[int, float], st.SearchStrategy[str] | None]
LINE = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))


def register() -> None:
    """Tell Schemathesis the formats of the contract."""
    zones = sorted(time_zones())
    _register_listed("time-zone", zones)
    networks = st.ip_addresses().map(lambda address: f"{address}/{address.max_prefixlen}")
    _register("ip-network", networks, len("0.0.0.0/32"), 43)
    moments = st.builds(  # in the years that there are, wherever on earth
        "{}T{}{}".format,
        st.dates(date(2, 1, 1), date(9998, 1, 1)),
        st.times(),
        st.sampled_from(("Z", "+00:00", "-23:59", "+14:00")),
    )
    _register("date-time", moments, len("2027-01-01T00:00:00Z"), len("2027-01-01T00:00:00.000000+00:00"))
    for name, shortest in (("single-line", 1), ("multi-line", 0)):
        _register_text(name, shortest, CHECKS[name])


def _register(
    name: str, values: st.SearchStrategy[str], shortest: int, longest: int, within: Within | None = None
) -> None:
    """``within(low, high)`` makes values of a length between these, None when there are none."""
    schemathesis.openapi.format(name, values)
    formats.get_default_format_strategies()[name] = formats.STRING_FORMATS[name]
    formats.FORMAT_LENGTHS[name] = (shortest, longest)
    formats.FORMAT_NARROWERS.pop(name, None)
    if within:
        formats.FORMAT_NARROWERS[name] = within


def _register_listed(name: str, values: list[str]) -> None:
    def within(low: int, high: float) -> st.SearchStrategy[str] | None:
        fitting = [value for value in values if low <= len(value) <= high]
        return st.sampled_from(fitting) if fitting else None

    lengths = [len(value) for value in values]
    _register(name, st.sampled_from(values), min(lengths), max(lengths), within)


def _register_text(name: str, shortest: int, is_valid: Callable[[str], bool]) -> None:
    def within(low: int, high: float) -> st.SearchStrategy[str] | None:
        """Texts whose length is one end of the window."""
        low = max(low, shortest)
        if low > high:
            return None
        lengths = sorted({low, int(min(high, max(low, MAX_USUAL)))})
        return st.one_of([_of_length(length).filter(is_valid) for length in lengths])

    _register(name, st.text(max_size=MAX_USUAL).filter(is_valid), shortest, MAX_USUAL, within)


def _of_length(length: int) -> st.SearchStrategy[str]:
    return st.text(LINE, max_size=min(length, MAX_DRAWN)).map(lambda head: head.ljust(length, "a"))


@lru_cache(maxsize=8)
def _parsed(text: str) -> object:
    return yaml.load(text, deserialization.get_yaml_loader())


@schemathesis.deserializer(*YAML_MEDIA_TYPES)
def _deserialize_yaml(context: Any, response: Any) -> object:
    """The contract in YAML takes a second to be parsed, and is asked for a hundred times."""
    return _parsed(response.content.decode(response.encoding or "utf-8"))
