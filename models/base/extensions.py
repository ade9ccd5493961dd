"""Extension points: where a context lets the contexts above it take part, without knowing them.

A context declares a point next to what it is about. A context above registers a function there when its package is imported:
``models/<context>/__init__.py`` imports the modules that do. Every function runs in the caller's transaction.
"""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

POINTS: dict[str, "ExtensionPoint"] = {}


class NothingRegistered(Exception):
    """A point was reached in a process that has not imported the contexts above it."""


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

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> list[Answer]:
        """Call every registered function, in the order of registration; their answers.

        Without any, the process lacks a context: what should have followed would be missing, and the request is refused.
        """
        if not self.functions:
            raise NothingRegistered(f"{self.name}: import the contexts that register here.")
        return [function(*args, **kwargs) for function in self.functions]
