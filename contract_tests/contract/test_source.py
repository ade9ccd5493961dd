"""The source against the formatter, the linter and the type checker; each is seen to find a fault."""

import pytest

from contract_tests.contract import tools

FORMAT = ("ruff", "format", "--check", "--config", tools.ROOT / ".ruff.toml")
LINT = ("ruff", "check", "--config", tools.ROOT / ".ruff.toml")
TYPES = ("mypy", "--config-file", tools.ROOT / "setup.cfg")


def test_the_source_is_formatted():
    ended = tools.python(*FORMAT, ".", cwd=tools.ROOT)
    assert ended.returncode == 0, tools.output(ended)


def test_the_linter_finds_nothing():
    ended = tools.python(*LINT, ".", cwd=tools.ROOT)
    assert ended.returncode == 0, tools.output(ended)


def test_the_type_checker_finds_nothing():
    ended = tools.python(*TYPES, cwd=tools.ROOT)
    assert ended.returncode == 0, tools.output(ended)


@pytest.mark.parametrize(
    ("gate", "fault", "complaint"),
    [
        (FORMAT, "answer = {  'a':1 }\n", "would be reformatted"),
        (LINT, "import os\n", "F401"),
        (LINT, "def add(item, to=[]):\n    return [*to, item]\n", "B006"),
        (LINT, "import datetime\n\nNOW = datetime.datetime.now()\n", "DTZ005"),
        (TYPES, "def half(number: int) -> int:\n    return str(number)\n", "return-value"),
        (TYPES, "import struct\n\n\ndef size():\n    return struct.sise('<i')\n", "attr-defined"),
    ],
)
def test_what_is_planted_in_the_source_is_found(gate, fault, complaint, tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text(fault, "utf-8")
    ended = tools.python(*gate, planted, cwd=tmp_path)
    assert ended.returncode == 1
    assert complaint in tools.output(ended)
