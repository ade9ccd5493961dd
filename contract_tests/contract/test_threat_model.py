"""The threat model: each mitigation is held by tests that there are, and every kind of threat is thought of."""

import re

from contract_tests.contract.house import ROOT, files

PAGE = ROOT / "security" / "threat_model.md"
ROW = re.compile(r"^\| \*\*([STRIDE])\*\* \| [^|]+ \| [^|]+ \| ([^|]+) \|$", re.M)
NAME = re.compile(r"`(test_\w+)`")


def unheld(text):
    """The rows of a page that no test holds, by their number, and the tests that are not there."""
    tests = {
        name for _, path in files(".py", below=("contract_tests/",)) for name in _tests(path.read_text())
    }
    for number, (_, cell) in enumerate(ROW.findall(text), 1):
        names = NAME.findall(cell)
        if not names:
            yield f"row {number}"
        yield from (name for name in names if name not in tests)


def _tests(source):
    return re.findall(r"^def (test_\w+)", source, re.M)


def test_each_mitigation_is_held_by_a_test():
    assert list(unheld(PAGE.read_text())) == []


def test_every_row_is_read_and_every_kind_of_threat_has_one():
    text = PAGE.read_text()
    assert [kind for kind, _ in ROW.findall(text)] == re.findall(r"^\| \*\*(\w)\*\*", text, re.M)
    assert {kind for kind, _ in ROW.findall(text)} == set("STRIDE")


def test_a_mitigation_that_nothing_holds_is_found():
    row = "| **S** | Somebody comes | Nothing | {} |\n"
    assert list(unheld(row.format("nothing"))) == ["row 1"]
    assert list(unheld(row.format("`test_of_nothing`"))) == ["test_of_nothing"]
