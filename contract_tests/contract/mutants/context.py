"""What a mutant can change in an application of this process.  Leaving the context undoes everything."""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType
from typing import Any
from unittest.mock import patch

import orjson

from contract_tests.support.stored_functions import changed
from models.base.database import database


class MutantContext:
    """One application, ``edge``, and what was patched in it.

    ``never_ran`` names the patched functions that nothing has called: the patch of a function that nobody calls any more is
    a mutant that proves nothing.  A patched constant has no such record; that the check fails shows that it is read.
    """

    def __init__(self, edge: Any, undo: ExitStack) -> None:
        self.edge, self.undo = edge, undo
        self.never_ran: set[str] = set()

    @property
    def plans(self):
        """The compiled operations by id."""
        return self.edge.compiled.plans

    def enter(self, change: AbstractContextManager) -> None:
        """Apply a change that is a context manager."""
        self.undo.enter_context(change)

    def replace(self, holder: Any, name: str, value: Any) -> Any:
        """Put ``value`` in place of an attribute that is there; returns what was there."""
        old = getattr(holder, name)
        holder_name = getattr(holder, "__name__", type(holder).__name__)
        self.enter(patch.object(holder, name, self._recorded(f"{holder_name}.{name}", value)))
        return old

    def entry(self, mapping: Any, key: Any, value: Any) -> None:
        """Put ``value`` in place of the value of a key that is there."""
        if key not in mapping:
            raise LookupError(f"There is no {key!r} to change.")
        self.enter(patch.dict(mapping, {key: self._recorded(str(key), value)}))

    def function(self, name: str, before: str, after: str) -> None:
        """Change the text of a function of the database, which must contain ``before``."""
        self.enter(changed(name, before, after))

    def sql(self, change: str, undo: str) -> None:
        """Change the database by a statement, and back by another one."""
        _execute(change)
        self.undo.callback(_execute, undo)

    def handler(self, operation_id: str, instead: Callable) -> None:
        """Call ``instead(handler, **arguments)`` in place of the handler."""
        plan = self.plans[operation_id]
        handler = plan.handler
        self.replace(plan, "handler", lambda **arguments: instead(handler, **arguments))

    def view(self, operation_id: str, instead: Callable) -> None:
        """Call ``instead(view, request)`` in place of the frame around the handler."""
        views = self.edge.bridge.views
        view = views[operation_id]
        self.entry(views, operation_id, lambda request: instead(view, request))

    def answer(self, operation_id: str, edit: Callable) -> None:
        """Change by ``edit(answer)`` what leaves the frame, before the response gate sees it."""

        def edited(view, request):
            answer = view(request)
            edit(answer)
            return answer

        self.view(operation_id, edited)

    def json(self, operation_id: str, edit: Callable) -> None:
        """Change by ``edit(value)`` the JSON of a successful answer that leaves the frame; it may return another value."""

        def change(answer):
            if answer.status < 300 and answer.body:
                value = orjson.loads(answer.body)
                other = edit(value)
                answer.body = orjson.dumps(value if other is None else other)

        self.answer(operation_id, change)

    def sent(self, edit: Callable) -> None:
        """Change by ``edit(answer)`` what the response gate has let through."""
        send = self.edge._send

        async def edited(request, answer, scope, channel):
            edit(answer)
            await send(request, answer, scope, channel)

        self.replace(self.edge, "_send", edited)

    def _recorded(self, name: str, value: Any) -> Any:
        """The same value; if it is a function, one that removes its name from ``never_ran`` when it is called."""
        if isinstance(value, classmethod):
            return classmethod(self._recorded(name, value.__func__))
        if isinstance(value, property):
            return property(self._recorded(name, value.fget))
        if not isinstance(value, FunctionType | MethodType | BuiltinFunctionType | MethodDescriptorType):
            return value
        self.never_ran.add(name)
        if not isinstance(value, FunctionType):
            return _Unbound(self.never_ran, name, value)

        @functools.wraps(value)
        def run(*arguments, **options):
            self.never_ran.discard(name)
            return value(*arguments, **options)

        return run


class _Unbound:
    """Calls what no class binds to its instances, and records the call."""

    def __init__(self, never_ran: set[str], name: str, value: Callable) -> None:
        self.never_ran, self.name, self.value = never_ran, name, value

    def __call__(self, *arguments, **options):
        self.never_ran.discard(self.name)
        return self.value(*arguments, **options)


def _execute(sql: str) -> None:
    with database.connection_context():
        database.execute_sql(sql)
