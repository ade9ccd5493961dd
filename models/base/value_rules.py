"""Value rules: what an operation requires of the values of its request, beyond the contract and whatever is stored.

Models refuse by these rules when they are called.  An operation that declares them has them checked together with the
request's violations of the contract, so that one response names everything that has to be corrected.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from models.base.errors import InvalidRequest, InvalidValue

Handler = TypeVar("Handler", bound=Callable[..., Any])


class ValueRule(NamedTuple):
    """``refuse`` is called with the values of the fields of these names, None for one that is absent, and raises an
    :class:`InvalidValue`, or an :class:`InvalidRequest` that names several faults."""

    refuse: Callable[..., object]
    fields: tuple[str, ...]


def obeys(refuse: Callable[..., object], *fields: str) -> Callable[[Handler], Handler]:
    """Declare that a handler's operation has a rule about these fields of its body, or parameters of its query; a decorator."""

    def declare(handler: Any) -> Any:
        handler.value_rules = (ValueRule(refuse, fields), *getattr(handler, "value_rules", ()))
        return handler

    return declare


def violations(
    rules: Iterable[ValueRule], values: Mapping[str, Any], faulty: Iterable[str]
) -> list[dict[str, Any]]:
    """The ``errors`` of the rules that the values violate; a rule about a field that is ``faulty`` itself is not applied."""
    errors: list[dict[str, Any]] = []
    for rule in rules:
        if set(rule.fields) & set(faulty):
            continue
        try:
            rule.refuse(*map(values.get, rule.fields))
        except (InvalidValue, InvalidRequest) as refusal:
            errors += refusal.errors
    return errors
