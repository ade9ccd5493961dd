"""The names of the house: functions, parameters, and variables say what they do or hold."""

import ast

import pytest

from contract_tests.contract.house import PRODUCT, files, written

# Participles and pronouns that fit every value, and therefore say nothing of it.
EMPTY_WORDS = frozenset({"told", "one", "found", "place", "shown", "kept", "given", "known", "noted", "said"})
ROOMS = (*PRODUCT, "scripts", "contract_tests")
PLANTED = """
KEPT = 24

def _told(one, *, given=None):
    with open(one) as found:
        return [place for place in found if (known := place)]

class Reader:
    said: str
    noted = lambda shown: shown

    async def kept(self, *told, **found):
        try:
            from json import loads as given
        except ValueError as one:
            raise
        match told:
            case [place, *shown]:
                self.place = place
            case {"name": noted, **said}:
                return given(noted)
"""
NAMED = """
class Origin(Table):
    place = TextField()

def origins(user_id, *, told_at=None):
    return [origin.place for origin in Origin.of(user_id, place=None, **{"known": told_at})]
"""


def is_column(node):
    """Whether the statement is a column of a table, whose name is data: ``name = SomeField(…)``."""
    value = getattr(node, "value", None)
    return (
        isinstance(node, ast.Assign)
        and isinstance(value, ast.Call)
        and ast.unparse(value.func).endswith("Field")
    )


def names_bound_by(node):
    """The names that a node of the syntax tree itself gives to a function, a parameter, or a variable."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ExceptHandler(name=name):
            return [name]
        case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.alias(asname=name):
            return [name]
        case ast.Attribute(attr=name, ctx=ast.Store()):
            return [name]
        case ast.MatchAs(name=name) | ast.MatchStar(name=name) | ast.MatchMapping(rest=name):
            return [name]
    return []


def empty_names(source):
    """``(line, name)`` of each function, parameter, and variable of a source text that is called by an empty word."""
    tree = ast.parse(source)
    columns = {
        target
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if is_column(statement)
        for target in statement.targets
    }
    return sorted(
        {
            (node.lineno, name)
            for node in ast.walk(tree)
            if node not in columns
            for name in names_bound_by(node)
            if name and name.strip("_").lower() in EMPTY_WORDS
        }
    )


def sources_of(room):
    """``(path from the root, source text)`` of the Python files of a room, commands without a suffix among them."""
    for name, path in files(below=(f"{room}/",)):
        if written(name) and path.suffix in (".py", ""):
            source = path.read_text("utf-8")
            if path.suffix == ".py" or "python" in source.partition("\n")[0]:
                yield name, source


@pytest.mark.parametrize("room", ROOMS)
def test_names_say_what_the_value_is(room):
    sources = dict(sources_of(room))
    assert sources, f"{room}/ has no Python files: correct ROOMS"
    complaints = [
        f"{file}:{line}: {name}: say what the value is"
        for file, source in sources.items()
        for line, name in empty_names(source)
    ]
    assert not complaints, "\n" + "\n".join(complaints)


def test_commands_without_a_suffix_are_read():
    assert "scripts/serve" in dict(sources_of("scripts"))


def test_every_kind_of_empty_name_is_found():
    assert empty_names(PLANTED) == [
        (2, "KEPT"),
        (4, "_told"),
        (4, "given"),
        (4, "one"),
        (5, "found"),
        (6, "known"),
        (6, "place"),
        (9, "said"),
        (10, "noted"),
        (10, "shown"),
        (12, "found"),
        (12, "kept"),
        (12, "told"),
        (14, "given"),
        (15, "one"),
        (18, "place"),
        (18, "shown"),
        (19, "place"),
        (20, "noted"),
        (20, "said"),
    ]


def test_columns_and_names_that_say_more_are_fine():
    assert empty_names(NAMED) == []
