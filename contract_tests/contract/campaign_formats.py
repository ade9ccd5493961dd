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
LINE = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))


def register() -> None:
    """Tell Schemathesis the formats of the contract."""
    schemathesis.openapi.format("time-zone", st.sampled_from(sorted(time_zones())))
    schemathesis.openapi.format(
        "ip-network", st.ip_addresses().map(lambda address: f"{address}/{address.max_prefixlen}")
    )
    schemathesis.openapi.format(
        "date-time",  # in the years that there are, wherever on earth
        st.builds(
            "{}T{}{}".format,
            st.dates(date(2, 1, 1), date(9998, 1, 1)),
            st.times(),
            st.sampled_from(("Z", "+00:00", "-23:59", "+14:00")),
        ),
    )
    for name, shortest in (("single-line", 1), ("multi-line", 0)):
        _register_text(name, shortest, CHECKS[name])


def _register_text(name: str, shortest: int, is_valid: Callable[[str], bool]) -> None:
    usual = st.text(max_size=MAX_USUAL).filter(is_valid)

    def within(low: int, high: float) -> st.SearchStrategy[str] | None:
        """Texts whose length is one end of the window."""
        low = max(low, shortest)
        if low > high:
            return None
        lengths = sorted({low, int(min(high, max(low, MAX_USUAL)))})
        return st.one_of([_of_length(length).filter(is_valid) for length in lengths])

    schemathesis.openapi.format(name, usual)
    formats.get_default_format_strategies()[name] = usual
    formats.FORMAT_LENGTHS[name] = (shortest, MAX_USUAL)
    formats.FORMAT_NARROWERS[name] = within


def _of_length(length: int) -> st.SearchStrategy[str]:
    return st.text(LINE, max_size=min(length, MAX_DRAWN)).map(lambda head: head.ljust(length, "a"))


@lru_cache(maxsize=8)
def _parsed(text: str) -> object:
    return yaml.load(text, deserialization.get_yaml_loader())


@schemathesis.deserializer(*YAML_MEDIA_TYPES)
def _deserialize_yaml(context: Any, response: Any) -> object:
    """The contract in YAML takes a second to be parsed, and is asked for a hundred times."""
    return _parsed(response.content.decode(response.encoding or "utf-8"))
