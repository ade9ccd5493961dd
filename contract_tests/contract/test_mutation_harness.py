"""The mutation harness itself: what it takes for a proof, and what it refuses to take for one."""

import ast
import inspect
import logging
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from contract_tests.contract.mutants import every_module, harness  # noqa: F401
from contract_tests.contract.mutants.harness import why_not_caught
from contract_tests.contract.mutants.mutant import PROOFS, Mutant, Proof, in_code
from contract_tests.contract.mutants.scenes import Scene
from contract_tests.contract.mutants.transport import ServerErrors
from security import policy

FOLDER = Path(harness.__file__).parent
MESSAGE = "a guest may not write"


@pytest.fixture(scope="module")
def scene(live):
    return Scene(live.edge, ServerErrors())


def nothing(context):
    pass


def says(text):
    """A check that fails by an assertion."""

    def check(scene):
        raise AssertionError(text)

    return check


def looks_up_a_missing_key(scene):
    return {}["code"]


def several(scene):
    raise BaseExceptionGroup("of Schemathesis", [AssertionError(MESSAGE), AssertionError("another")])


def asks_the_policy(scene):
    assert not policy.allows("task.update", None, None), MESSAGE


def logs_an_error(scene):
    try:
        looks_up_a_missing_key(scene)
    except KeyError as error:
        logging.getLogger("remit.frame").error("unhandled", exc_info=error)
    raise AssertionError(MESSAGE)


def everything_is_allowed(context):
    context.replace(policy, "allows", lambda permission, caller, row: True)


def a_function_is_gone(context):
    context.replace(policy, "was_there_once", lambda: None)


def a_permission_is_gone(context):
    context.entry(policy.POLICY, "task.forget", [])


@pytest.mark.parametrize(
    ("change", "check"),
    [(nothing, says(MESSAGE)), (nothing, several), (everything_is_allowed, asks_the_policy)],
)
def test_a_mutant_is_caught_by_the_assertion_that_names_it(change, check, scene):
    allows = policy.allows
    assert why_not_caught(Proof(Mutant("mutant", change, False), check, MESSAGE), scene) is None
    assert policy.allows is allows, "what a mutant changed is undone"


@pytest.mark.parametrize(
    ("change", "check", "reason"),
    [
        (nothing, nothing, "the mutant survives"),
        (nothing, says("another rule holds"), "but not by"),
        (nothing, says(f"another\nassert '{MESSAGE}' == 'x'"), "but not by"),
        (nothing, looks_up_a_missing_key, "by KeyError, and not by an assertion"),
        (nothing, logs_an_error, "stumbles over the mutant"),
        (everything_is_allowed, says(MESSAGE), "nothing calls security.policy.allows"),
        (a_function_is_gone, says(MESSAGE), "cannot be applied: AttributeError"),
        (a_permission_is_gone, says(MESSAGE), "cannot be applied: LookupError"),
    ],
)
def test_anything_else_is_no_proof(change, check, reason, scene):
    assert reason in why_not_caught(Proof(Mutant("mutant", change, False), check, MESSAGE), scene)


def test_a_mutant_has_a_name_of_its_own_and_a_message():
    before = PROOFS.copy()
    with pytest.raises(ValueError, match="names no assertion"):
        in_code(says(MESSAGE), "")
    name = before[0].mutant.name
    with pytest.raises(ValueError, match=f"Two mutants are called {name}"):
        in_code(says(MESSAGE), MESSAGE)(type(nothing)(nothing.__code__, {}, name))
    assert before == PROOFS


def trees(folder):
    return [ast.parse(path.read_text("utf-8"), str(path)) for path in sorted(folder.glob("*.py"))]


def planted_twice(trees):
    """The bodies of functions that two mutants have in common."""
    bodies = Counter(
        "\n".join(map(ast.unparse, node.body))
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and "in_co" in "".join(map(ast.unparse, node.decorator_list))
    )
    return [body for body, count in bodies.items() if count > 1]


def without_a_message(trees):
    """The lines of assertions that say nothing when they fail."""
    return [
        node.lineno
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and not node.msg
    ]


def test_no_fault_is_planted_twice():
    assert planted_twice(trees(FOLDER)) == []
    pairs = Counter((proof.mutant.name, proof.check) for proof in PROOFS)
    assert [pair for pair, count in pairs.items() if count > 1] == []
    twice = "@in_code(check, 'message')\ndef {}(context):\n    context.replace(policy, 'allows', None)\n"
    assert planted_twice([ast.parse(twice.format("one") + twice.format("other"))]) != []


def test_each_assertion_of_a_check_has_a_message():
    assert without_a_message(trees(FOLDER / "checks")) == []
    assert without_a_message([ast.parse("assert True")]) == [1]


def messages(check):
    """The messages of the assertions of a check, without those that are made of values."""
    function = ast.parse(textwrap.dedent(inspect.getsource(check)))
    asserts = [node for node in ast.walk(function) if isinstance(node, ast.Assert)]
    return [node.msg.value for node in asserts if isinstance(node.msg, ast.Constant)]


def test_a_message_names_one_assertion_of_its_check():
    ambiguous = [
        str(proof)
        for proof in PROOFS
        if inspect.isfunction(proof.check)
        and sum(proof.message in message for message in messages(proof.check)) > 1
    ]
    assert not ambiguous, f"these messages fit several assertions of their checks: {ambiguous}"


def test_each_check_catches_a_mutant():
    defined = {
        node.name
        for tree in trees(FOLDER / "checks")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.args) == "scene" and node.name[0] != "_"
    }
    assert defined - {proof.check.__name__ for proof in PROOFS} == set()
