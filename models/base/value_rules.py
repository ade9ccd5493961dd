"""Value rules: what an operation asks of the values of its request, beyond the contract and whatever is stored.

Models refuse by these rules when they are called.  An operation that names them has them looked at together with the faults
that the contract finds, and with each other, so that one answer names everything that is to be corrected.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from models.base.errors import InvalidRequest, InvalidValue


class ValueRule(NamedTuple):
    """``refuse`` is called with the values of the fields of these names, None for one that is absent, and raises an
    :class:`InvalidValue`, or an :class:`InvalidRequest` that names several faults."""

    refuse: Callable
    fields: tuple[str, ...]


def obeys(refuse: Callable, *fields: str) -> Callable:
    """Note on a handler that its operation obeys a rule about these fields of its body, or parameters of its query."""

    def note(handler):
        handler.value_rules = (ValueRule(refuse, fields), *getattr(handler, "value_rules", ()))
        return handler

    return note


def violations(rules: Iterable[ValueRule], values: Mapping[str, Any], faulty: Iterable[str]) -> list[dict]:
    """The ``errors`` of the rules that the values violate; a rule about a field that is ``faulty`` itself is not applied."""
    errors: list[dict] = []
    for rule in rules:
        if set(rule.fields) & set(faulty):
            continue
        try:
            rule.refuse(*map(values.get, rule.fields))
        except (InvalidValue, InvalidRequest) as refusal:
            errors += refusal.errors
    return errors
