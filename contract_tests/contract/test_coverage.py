"""A run fails whose tests leave a documented answer out, give another, or look at less than ever, in one process or in more."""

import os
import re
import subprocess
import sys
from collections import Counter

import pytest

from contract_tests.contract.coverage import LEAST, allowed, documented, judge, missing, undocumented
from contract_tests.contract.tools import ROOT
from contract_tests.support.judging import Evidence

DOCUMENTED = documented()


def faults(evidence):
    """What is judged, by its name, and what is wrong with it."""
    judgements, _ = judge(evidence)
    return {judgement.nodeid.partition("::")[2]: judgement.faults for judgement in judgements}


def test_an_answer_that_nobody_gave_is_named():
    pretended = DOCUMENTED | {("paint_task", 200), ("get_task", 418)}
    assert missing(pretended, DOCUMENTED) == ["get_task never answered 418", "paint_task never answered 200"]
    assert missing(DOCUMENTED, DOCUMENTED) == []


def test_an_answer_that_is_not_documented_is_named():
    assert undocumented({("get_task", 418), ("get_task", 412)}, allowed()) == ["get_task answered 418"]


def test_whether_all_are_given_is_judged_when_all_were_requested():
    whole = Evidence(DOCUMENTED - {("get_task", 404)}, DOCUMENTED, Counter(LEAST))
    assert faults(whole) == {
        "no_answer_was_given_that_is_not_documented": [],
        "every_documented_answer_was_given": ["get_task never answered 404"],
        "as_much_was_looked_at_as_ever": [],
    }
    some = Evidence({("get_task", 418)}, DOCUMENTED - {("get_task", 200)}, Counter())
    assert faults(some) == {"no_answer_was_given_that_is_not_documented": ["get_task answered 418"]}


def test_a_run_that_looks_at_less_than_ever_is_found():
    fewer = Counter(LEAST) - Counter({"cells of grants": 1})
    assert faults(Evidence(DOCUMENTED, DOCUMENTED, fewer))["as_much_was_looked_at_as_ever"] == [
        "only 499 cells of grants were looked at, and 500 are the least"
    ]


# A suite of its own: its tests are about all documented answers, and pretend that a server has given them, except some.
CONFTEST = """
from contract_tests.contract import coverage
from contract_tests.support.judging import Judging

def pytest_configure(config):
    config.pluginmanager.register(Judging(coverage.gather, coverage.judge))
"""
SUITE = """
import pytest
from contract_tests.contract.coverage import LEAST, documented
from contract_tests.support.judging import looked_at
from handlers.http.watch import REQUESTS

PAIRS = sorted(documented())

@pytest.mark.parametrize("pair", PAIRS[{part}::2], ids=str)
def test_an_answer(pair):
    if pair not in {left_out}:
        REQUESTS.labels(operation=pair[0], status=str(pair[1])).inc()

def test_other_answers_and_cells():
    for operation, status in {others}:
        REQUESTS.labels(operation=operation, status=status).inc()
    for what, number in LEAST.items():
        looked_at(what, number)
"""


@pytest.mark.parametrize(
    "processes, left_out, others, complaints",
    [
        (0, [], [], []),
        (
            2,
            [("get_task", 404)],
            [("get_task", "418")],
            ["get_task never answered 404", "get_task answered 418"],
        ),
    ],
    ids=["one process, all answers", "two processes, two faults"],
)
def test_a_run_fails_whose_answers_are_not_those_of_the_contract(
    tmp_path, processes, left_out, others, complaints
):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for part in (0, 1):
        suite = SUITE.format(part=part, left_out=left_out, others=others if part else [])
        (tmp_path / f"test_part_{part}.py").write_text(suite)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-p", "no:cacheprovider", str(tmp_path)]
    options = ["-n", str(processes), "--dist=loadfile"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT}/scripts", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(
        [*command, *options], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    failed, passed = len(complaints), len(DOCUMENTED) + 2 + 3 - len(complaints)
    assert re.search(rf"{f'{failed} failed, ' if failed else ''}{passed} passed", ended.stdout), ended.stdout
    assert f"{len(DOCUMENTED) - len(left_out)} of {len(DOCUMENTED)} documented answers" in ended.stdout
    assert ended.returncode == bool(complaints)
    assert all(line in ended.stdout for line in complaints)
