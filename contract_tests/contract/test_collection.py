"""The ids of tests are the same in every process: workers are told which test to run by its place in the collection."""

import os
import subprocess
import sys

import pytest

from contract_tests.contract.tools import ROOT

CHANGING = {
    "the time": "time.time_ns()",
    "a random number": "random.random()",
    "the order of a set": "next(iter({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}))",
}
SUITE = """
import random, time
import pytest

@pytest.mark.parametrize("value", [{value}])
def test_something(value):
    pass
"""


def collected(folder, hash_seed):
    """The ids that a new process collects."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "xdist",
        "-p",
        "no:cacheprovider",
    ]
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    return [line for line in ended.stdout.splitlines() if "::" in line]


def test_another_process_collects_the_same_ids(request):
    here = [item.nodeid for item in request.session.items]
    there = collected(ROOT, 1)
    assert set(here) - set(there) == set()
    if len(here) == len(there):  # of a selection, the command line gives the order
        assert here == there


@pytest.mark.parametrize("value", CHANGING.values(), ids=CHANGING)
def test_ids_that_change_between_processes_are_found(tmp_path, value):
    (tmp_path / "test_something.py").write_text(SUITE.format(value=value))
    assert collected(tmp_path, 1) != collected(tmp_path, 2)
