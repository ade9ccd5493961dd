"""Every test can fail: it asserts something itself, or by a function that it calls."""

import ast

from contract_tests.contract.house import files

# Of a library, and raises when something is wrong.
OF_LIBRARIES = {"openapi_spec_validator.validate"}
BY_PYTEST = {"pytest.fail", "pytest.raises", "pytest.warns"}


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def asserts_itself(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Assert | ast.Raise)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in OF_LIBRARIES | BY_PYTEST)
        for node in ast.walk(function)
    )


def called(function: ast.FunctionDef) -> set[str]:
    """The names of the functions that it calls, without methods: what ``answer.get()`` is cannot be read."""
    return {
        node.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def without_assertion(sources: dict[str, str]) -> list[str]:
    """The tests of these files that nothing can make fail: neither an assertion of theirs, nor one of a function of these
    files that they call, directly or by another one.
    """
    all_functions = [
        (path, function) for path, text in sources.items() for function in functions(ast.parse(text, path))
    ]
    asserting = {function.name for _, function in all_functions if asserts_itself(function)}
    while more := {
        function.name
        for _, function in all_functions
        if function.name not in asserting and called(function) & asserting
    }:
        asserting |= more
    return [
        f"{path}:{function.lineno} {function.name}"
        for path, function in all_functions
        if function.name.startswith("test_")
        and not asserts_itself(function)
        and not called(function) & asserting
    ]


def test_every_test_asserts_something():
    sources = {name: path.read_text("utf-8") for name, path in files(".py", below=("contract_tests/",))}
    silent = without_assertion(sources)
    assert not silent, f"assert what must hold in {', '.join(silent)}; what only reports is no test"


def test_a_test_without_an_assertion_is_found():
    helpers = "def agreed(load):\n    compared(load)\n\ndef compared(load):\n    assert load\n"
    tests = {
        "def test_prints(capsys):\n    print(len('cells'))": True,
        "def test_reads_only(client):\n    client.get('/tasks')": True,
        "def test_asserts():\n    assert agreed": False,
        "def test_refuses():\n    with pytest.raises(ValueError):\n        int('x')": False,
        "def test_asserts_by_a_helper(load):\n    agreed(load)": False,
    }
    for test, is_silent in tests.items():
        silent = without_assertion({"support.py": helpers, "test_one.py": test})
        assert bool(silent) is is_silent, f"{test}: {silent}"
