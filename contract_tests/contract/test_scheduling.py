"""Several processes run the tests in an order, and end cleanly: seen in a small suite of its own."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from contract_tests.contract.tools import ROOT
from contract_tests.support import scheduling

CONFTEST = """
import json, os, pathlib, time
import pytest
from contract_tests.support.scheduling import *

def pytest_configure(config):
    for mark in ORDER:
        config.addinivalue_line("markers", mark)

@pytest.fixture(autouse=True)
def moment(request, worker_id):
    began = time.time()
    yield
    entry = [request.node.name, worker_id, began, time.time()]
    with open(pathlib.Path(__file__).with_name("moments"), "a") as file:
        file.write(json.dumps(entry) + "\\n")
"""
MODULE = """
import os, pytest, time

{mark}
def test_{name}_1():
    time.sleep({seconds})

{mark}
def test_{name}_2():
    time.sleep({seconds})

@pytest.mark.alone
def test_{name}_alone():
    pass
"""
MARKS = {"c": "@pytest.mark.first", "d": "@pytest.mark.slow", "a": "", "b": "", "e": ""}


@pytest.fixture
def suite(tmp_path):
    """The folder of five modules with a test that is to run alone in each."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for name, mark in MARKS.items():
        module = MODULE.format(name=name, mark=mark, seconds=0.6 if name == "e" else 0.1)
        (tmp_path / f"test_{name}.py").write_text(module)
    return tmp_path


def started(suite, *arguments):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "xdist",
        "-p",
        "no:cacheprovider",
        "-n",
        "2",
        "--dist=loadfile",
        *arguments,
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.Popen(
        command, cwd=suite, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, preexec_fn=_hears_ctrl_c,
    )  # fmt: skip


def _hears_ctrl_c():
    """Also where the tests run in the background of a shell, which has its commands ignore the signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def moments(suite):
    """What ran: name, worker, begin, end."""
    return [json.loads(line) for line in (suite / "moments").read_text().splitlines()]


def test_modules_are_handed_out_in_order_and_what_is_to_run_alone_runs_alone(suite):
    output, _ = started(suite).communicate(timeout=60)
    assert "15 passed" in output, output
    ran = sorted(moments(suite), key=lambda moment: moment[2])
    others = [moment for moment in ran if not moment[0].endswith("_alone")]
    assert {name for name, *_ in others[:2]} == {"test_c_1", "test_d_1"}
    assert len({worker for _, worker, *_ in others}) == 2
    for name in MARKS:
        assert len({worker for test, worker, *_ in others if test.startswith(f"test_{name}_")}) == 1
    alone = ran[len(others) :]
    assert len(alone) == len(MARKS)
    assert len({worker for _, worker, *_ in alone}) == 1
    assert min(begin for _, _, begin, _ in alone) >= max(end for *_, end in others)


def test_a_worker_that_dies_fails_the_run(suite):
    module = suite / "test_d.py"
    module.write_text(module.read_text().replace("time.sleep(0.1)", "os._exit(3)", 1))
    running = started(suite, "--max-worker-restart=0")
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "crashed while running 'test_d.py::test_d_1'" in output


def test_ctrl_c_ends_all_processes(suite):
    module = suite / "test_d.py"
    module.write_text(module.read_text().replace("time.sleep(0.1)", "time.sleep(50)", 1))
    running = started(suite)
    while not (suite / "moments").exists():
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    output, _ = running.communicate(timeout=40)
    assert running.returncode == 2
    assert "KeyboardInterrupt" in output
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


@pytest.mark.parametrize(
    "arguments, cores, workers",
    [
        ([], 4, 5),
        ([], 1, 0),
        (["contract_tests/contract"], 4, 5),
        (["contract_tests/behaviour/access/test_teams.py"], 4, 0),
        (["contract_tests/behaviour/access/test_teams.py::test_x"], 4, 0),
        (["-k", "teams"], 4, 0),
        (["--collect-only"], 4, 0),
        (["--long"], 2, 3),
    ],
    ids=str,
)
def test_there_is_a_process_for_each_core_and_one_more_and_one_for_a_selection(
    pytestconfig, monkeypatch, arguments, cores, workers
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    monkeypatch.chdir(ROOT)
    option = pytestconfig._parser.parse_known_args(arguments)
    config = type("Config", (), {"option": option, "args": option.file_or_dir or ["contract_tests"]})
    assert scheduling.pytest_xdist_auto_num_workers(config) == workers
