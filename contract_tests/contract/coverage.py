"""Every documented answer of every operation is given in a whole run, and none that is not documented."""

from collections.abc import Iterable

import pytest
from prometheus_client import REGISTRY

from contract_tests.support.judging import LOOKED_AT, Evidence, Judgement, is_imported

HERE = "contract_tests/contract/test_coverage.py"
# How much a whole run looks at, at the least: far fewer mean that a test has lost its cases.
LEAST = {
    "cells of access": 3_800,
    "cells of mass assignment": 9_000,
    "cells of bad credentials": 3_000,
    "cells of grants": 500,
}


def documented() -> set[tuple[str, int]]:
    """The pairs of an operation and a status that the contract has."""
    from contract_tests.support.operations import OPERATIONS

    return {(operation.id, status) for operation in OPERATIONS for status in operation.answers}


def allowed() -> set[tuple[str, int]]:
    """These, and what is answered before an operation is known, to OPTIONS, and to conditions, which each operation takes
    (`x-transport-parameters`)."""
    from contract_tests.support.operations import BY_ID, CONTRACT

    transport = {("none", int(status)) for status in CONTRACT["x-transport-responses"]} | {("none", 204)}
    return documented() | transport | {(operation, 412) for operation in BY_ID}


def gather(session: pytest.Session) -> Evidence:
    """What this process has answered, and which documented answers its tests are about."""
    return Evidence(produced(), requested(session.items), LOOKED_AT)


def produced() -> set[tuple[str, int]]:
    """The pairs that the server of this process has counted since it began."""
    if not is_imported("handlers.http.watch"):
        return set()
    from contract_tests.support.operations import BY_ID

    samples = (sample for metric in REGISTRY.collect() for sample in metric.samples)
    counts = {
        (sample.labels["operation"], int(sample.labels["status"])): sample.value
        for sample in samples
        if sample.name == "remit_requests_total"
    }
    return {pair for pair, count in counts.items() if count and (pair[0] in BY_ID or pair[0] == "none")}


def requested(items: Iterable[pytest.Item]) -> set[tuple[str, int]]:
    """The pairs that stand in the parameters of these tests."""
    parameters = (item.callspec.params for item in items if hasattr(item, "callspec"))
    pairs = (params["pair"] for params in parameters if "pair" in params)
    return {(str(operation), status) for operation, status in pairs if isinstance(status, int)}


def missing(documented: set[tuple[str, int]], answered: set[tuple[str, int]]) -> list[str]:
    """What was documented and not given, one line for each operation."""
    absent: dict[str, list[str]] = {}
    for operation, status in sorted(documented - answered):
        absent.setdefault(operation, []).append(str(status))
    return [f"{operation} never answered {', '.join(statuses)}" for operation, statuses in absent.items()]


def undocumented(answered: set[tuple[str, int]], allowed: set[tuple[str, int]]) -> list[str]:
    """What was given and is not documented, one line for each operation."""
    return [line.replace("never answered", "answered") for line in missing(answered, allowed)]


def judge(evidence: Evidence) -> tuple[list[Judgement], list[str]]:
    """The judgements of a whole run; of a selection of tests, those that have failed."""
    if not evidence.answers:
        return [], []
    pairs = documented()
    lines = [f"{number} {what}" for what, number in sorted(evidence.looked_at.items())]
    against = undocumented(evidence.answers, allowed())
    judgements = [Judgement(f"{HERE}::no_answer_was_given_that_is_not_documented", against)]
    if not pairs <= evidence.requested:
        return [judgement for judgement in judgements if judgement.faults], lines
    lines.append(f"{len(pairs & evidence.answers)} of {len(pairs)} documented answers")
    absent = missing(pairs, evidence.answers)
    short = [
        f"only {evidence.looked_at[what]} {what} were looked at, and {least} are the least"
        for what, least in LEAST.items()
        if evidence.looked_at[what] < least
    ]
    judgements.append(Judgement(f"{HERE}::every_documented_answer_was_given", absent))
    judgements.append(Judgement(f"{HERE}::as_much_was_looked_at_as_ever", short))
    return judgements, lines
