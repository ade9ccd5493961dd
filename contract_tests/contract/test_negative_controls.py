"""The proof that the proof can fail: faults are planted in the contract and in the code, and are noticed."""

import pytest
from schemathesis.core.failures import FailureGroup

from contract_tests.contract import (  # noqa: F401
    planted_access,
    planted_answers,
    planted_constraints,
    planted_contract,
    planted_delegation,
    planted_lists,
    planted_oauth,
    planted_proof,
    planted_replays,
    planted_values,
    planted_writes,
)
from contract_tests.contract.planted import PLANTS
from contract_tests.contract.stage import Stage
from contract_tests.judging import looked_at

pytestmark = pytest.mark.slow
LEAST, SHARE = 45, 0.95
# Whatever makes a test fail has noticed the fault: that the probes themselves work, the clean application shows.
NOTICED = (Exception, FailureGroup)


@pytest.fixture(scope="module")
def stage(live, contract):
    return Stage(live.base_url, contract)


@pytest.fixture(scope="module")
def probes():
    return list(dict.fromkeys(one.probe for one in PLANTS))


def test_probes_raise_no_false_alarm(stage, probes):
    for probe in probes:
        probe(stage)


def test_F14_contract_tests_can_fail(stage, probes, monkeypatch):
    # The answers of a planted fault are not counted among those that the product gives.
    monkeypatch.setattr("handlers.http.watch.observe", lambda *_: None)
    missed = []
    for one in PLANTS:
        with stage.planted(one):
            try:
                one.probe(stage)
            except NOTICED:
                continue
        missed.append(str(one))
    caught = len(PLANTS) - len(missed)
    looked_at("planted faults", len(PLANTS))
    looked_at("planted faults caught", caught)
    assert len(PLANTS) >= LEAST
    assert caught >= SHARE * len(PLANTS), missed
    for probe in probes:  # nothing of a fault is left behind
        probe(stage)
