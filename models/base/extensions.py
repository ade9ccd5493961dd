"""Extension points: where a context lets the contexts above it take part, without knowing them.

A context declares a point next to what it is about. A context above registers a function there when its module is imported,
at the latest when a point is first reached. Every function runs in the caller's transaction.
"""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

POINTS: dict[str, "ExtensionPoint"] = {}
# What imports every context; the package of models says how, which the base does not know.
importers: list[Callable[[], object]] = []


class NothingRegistered(Exception):
    """A point was reached at which no context has registered."""


class ExtensionPoint(Generic[Arguments, Answer]):
    """A named point; ``name`` is ``<context>.<what happens or is asked>``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.functions: list[Callable[Arguments, Answer]] = []
        POINTS[name] = self

    def register(self, function: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
        """Have ``function`` called whenever the point is reached; a decorator."""
        self.functions.append(function)
        return function

    def registered(self) -> list[Callable[Arguments, Answer]]:
        """Every function that a context registers, whichever contexts this process has needed so far."""
        for import_contexts in importers:
            import_contexts()
        return self.functions

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> list[Answer]:
        """Call every registered function, in the order of registration; their answers.

        Without any, what should have followed would be missing, and the request is refused.
        """
        functions = self.registered()
        if not functions:
            raise NothingRegistered(f"No context registers at {self.name}.")
        return [function(*args, **kwargs) for function in functions]
