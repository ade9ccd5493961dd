"""A new noun: what ``scripts/new`` writes passes the tests as it is, and is all that a noun needs."""

import os
import shutil
import subprocess
import sys

import pytest

from contract_tests.contract.house import ROOT, files

pytestmark = pytest.mark.slow
MOST_FILES, MOST_LINES = (
    8,
    220,
)  # of a noun with five operations; the recorded examples are not written by hand
RECORDED = "spec/examples.yaml"
JUDGES = (
    "test_style.py", "test_house.py", "test_house_imports.py", "test_house_tables.py", "test_house_declarations.py",
    "test_house_contexts.py", "test_examples.py",
)  # fmt: skip
GENERATED = ("test_statuses.py", "test_access.py")  # tests of each operation of the contract


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the house with a noun more, and what git says of it."""
    folder = tmp_path_factory.mktemp("house")
    for name, path in files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    (folder / "contract_tests" / "tools" / "node_modules").symlink_to(
        ROOT / "contract_tests" / "tools" / "node_modules"
    )
    run(folder, "git", "init", "-q")
    run(folder, "git", "add", "-A")
    run(
        folder,
        "git",
        "-c",
        "user.name=Remit",
        "-c",
        "user.email=remit@remit.example",
        "commit",
        "-qm",
        "house: begin",
    )
    run(folder, sys.executable, "scripts/new", "noun", "work/labels")
    changes = folder / "CHANGELOG.md"
    changes.write_text(changes.read_text("utf-8").replace("## 0.3.0", "## 0.3.0\n\n- Labels.", 1), "utf-8")
    run(folder, sys.executable, "scripts/publish", "examples")
    run(folder, "git", "add", "-A")
    return folder


def run(folder, *command):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("REMIT_", "PYTEST_"))
    }
    environment |= {
        "REMIT_ENVIRONMENT": "given",
        "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
    }
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, (
        f"{' '.join(map(str, command))}\n{ended.stdout[-8000:]}\n{ended.stderr[-2000:]}"
    )
    return ended.stdout


def test_a_noun_is_eight_files(copy):
    lines = {}
    for row in run(copy, "git", "diff", "--cached", "--numstat").splitlines():
        added, _, name = row.split("\t")
        lines[name] = int(added)
    written = {name: count for name, count in lines.items() if name != RECORDED}
    assert len(lines) <= MOST_FILES, sorted(lines)
    assert sum(written.values()) <= MOST_LINES, written


def test_the_skeleton_of_a_noun_passes_the_tests_and_its_operations_are_tested_without_a_line(copy):
    files = [f"contract_tests/contract/{name}" for name in (*JUDGES, *GENERATED)]
    files.append("contract_tests/behaviour/work/test_labels.py")
    names = " or ".join(("label", *(name.removesuffix(".py") for name in JUDGES)))
    output = run(copy, sys.executable, "scripts/test", "-v", "-n", "0", "-k", names, *files)
    passed = [line.partition("::") for line in output.splitlines() if "PASSED" in line]
    for name in (*JUDGES, *GENERATED, "test_labels.py"):
        assert any(file.endswith(name) for file, _, _ in passed), name
    assert all("label" in test for file, _, test in passed if file.endswith(GENERATED))
