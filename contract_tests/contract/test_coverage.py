"""Every documented answer of every operation was given in this run, and none that is not documented."""

import time

import pytest
from prometheus_client import REGISTRY

from contract_tests.contract.test_statuses import PAIRS
from contract_tests.support.operations import BY_ID, CONTRACT

DOCUMENTED = {(operation.id, status) for operation, status in PAIRS}
# What is answered before an operation is known, and to OPTIONS.
WITHOUT_AN_OPERATION = {("none", int(status)) for status in CONTRACT["x-transport-responses"]} | {
    ("none", 204)
}
# Every operation takes conditions (`x-transport-parameters`); what has no ETag meets none.
WITH_CONDITIONS = {(operation, 412) for operation in BY_ID}
ALLOWED = DOCUMENTED | WITHOUT_AN_OPERATION | WITH_CONDITIONS
SECONDS = 2  # an answer is counted after it was sent


def produced():
    """The pairs that the server has counted since the run began."""
    samples = (sample for metric in REGISTRY.collect() for sample in metric.samples)
    found = {
        (sample.labels["operation"], int(sample.labels["status"])): sample.value
        for sample in samples
        if sample.name == "remit_requests_total"
    }
    return {pair for pair, count in found.items() if count and (pair[0] in BY_ID or pair[0] == "none")}


def missing(documented, found):
    """What was documented and not found, one line for each operation."""
    absent = {}
    for operation, status in sorted(documented - found):
        absent.setdefault(operation, []).append(str(status))
    return [f"{operation} never answered {', '.join(statuses)}" for operation, statuses in absent.items()]


def was_asked_for(session):
    """How many of the documented pairs were among the tests of this run."""
    chosen = (getattr(item, "callspec", None) for item in session.items)
    pairs = {
        (str(one.params["pair"][0]), one.params["pair"][1]) for one in chosen if one and "pair" in one.params
    }
    return len(pairs & DOCUMENTED)


@pytest.mark.last
def test_every_documented_answer_was_given_and_no_other(live, request, capsys):
    asked = was_asked_for(request.session)
    found = produced()
    with capsys.disabled():
        if asked < len(DOCUMENTED):
            print(
                f"\n{asked} of {len(DOCUMENTED)} documented answers were asked for: whether all are given is not judged."
            )
            return
        until = time.monotonic() + SECONDS
        while (absent := missing(DOCUMENTED, found)) and time.monotonic() < until:
            time.sleep(0.05)
            found = produced()
        print(
            f"\n{len(DOCUMENTED & found)} of {len(DOCUMENTED)} documented answers of {len(BY_ID)} operations were given."
        )
    assert not absent, "Documented, but given by no test:\n" + "\n".join(absent)
    assert not undocumented(found)


def undocumented(found):
    """What was given and is not documented, one line for each operation."""
    return [one.replace("never answered", "answered") for one in missing(found, ALLOWED)]


def test_an_answer_that_nobody_gave_is_named():
    """The test above could fail: here are an operation and a status more than there are."""
    pretended = DOCUMENTED | {("paint_task", 200), ("get_task", 418)}
    assert missing(pretended, DOCUMENTED) == ["get_task never answered 418", "paint_task never answered 200"]
    assert missing(DOCUMENTED, DOCUMENTED) == []
    assert undocumented({("get_task", 418), ("get_task", 412)}) == ["get_task answered 418"]
