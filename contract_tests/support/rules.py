"""The rules of operations: which class of refusal each code in ``x-problems`` is."""

import importlib
from functools import cache

from contract_tests.support.operations import OPERATIONS
from models.base.errors import RuleViolation, problem_types


@cache
def rule_violations() -> dict[str, type[RuleViolation]]:
    """The refusals that operations list in ``x-problems``, by code, with all modules of the operations there."""
    for operation in OPERATIONS:
        importlib.import_module(operation.node["x-openapi-router-controller"])
    return {code: cls for code, cls in problem_types().items() if issubclass(cls, RuleViolation)}


def statuses_of(codes) -> dict[int, list[str]]:
    """``{status: codes}`` of those of the codes that exist."""
    codes_by_status: dict[int, list[str]] = {}
    for code in codes:
        if code in rule_violations():
            codes_by_status.setdefault(rule_violations()[code].status, []).append(code)
    return codes_by_status
