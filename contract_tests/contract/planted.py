"""Planted faults: what is done to the contract or the code of an application, and the probe that must notice it.

A probe is a short story told to an application, as the tests of this folder tell it to the real server: each of its
answers is checked against the true contract.  It passes on the clean application, and fails on the planted one.
"""

from typing import NamedTuple
from unittest.mock import patch

import orjson

from contract_tests.support.stored_functions import changed

ROLES = ("owner", "admin", "member", "guest", "stranger")
MANY = 30
PRIORITIES = ("none", "low", "medium", "high", "urgent")
PLANTS = []


class Plant(NamedTuple):
    """A fault in a sentence, how it is planted, and the probe that must notice it."""

    sentence: str
    probe: object
    plant: object
    in_contract: bool

    def __str__(self):
        return self.sentence.replace(" ", "_")


def refused(answer):
    """The status of an answer and the code of its problem; no code when it is none."""
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else None


def in_contract(probe):
    """Mark a fault of the contract that the server is compiled from: a function that changes the document."""
    return _marked(probe, in_contract=True)


def in_code(probe):
    """Mark a fault of the code: a function that changes a :class:`Site`."""
    return _marked(probe, in_contract=False)


def _marked(probe, in_contract):
    def mark(plant):
        PLANTS.append(Plant(plant.__name__.replace("_", " "), probe, plant, in_contract))
        return plant

    return mark


class Site:
    """An application in which a fault is planted.  Everything is undone when the fault is taken out again."""

    def __init__(self, edge, undo):
        self.edge, self.undo = edge, undo
        self.plans = edge.compiled.plans

    def replace(self, holder, name, value):
        """Put ``value`` in place of an attribute; returns what was there."""
        old = getattr(holder, name)
        self.undo.enter_context(patch.object(holder, name, value))
        return old

    def entry(self, mapping, key, value):
        self.undo.enter_context(patch.dict(mapping, {key: value}))

    def function(self, name, before, after):
        """Change a function of the database."""
        self.undo.enter_context(changed(name, before, after))

    def handler(self, operation_id, around):
        """``around(handler, **arguments)`` is called in place of the handler."""
        plan = self.plans[operation_id]
        handler = plan.handler
        self.replace(plan, "handler", lambda **arguments: around(handler, **arguments))

    def answered(self, operation_id, edit):
        """``edit(answer)`` changes what leaves the frame, before the response gate sees it."""
        views = self.edge.bridge.views
        view = views[operation_id]

        def edited(exchange):
            answer = view(exchange)
            edit(answer)
            return answer

        self.entry(views, operation_id, edited)

    def shown(self, operation_id, edit):
        """``edit(value)`` changes the JSON of a successful answer that leaves the frame, or gives another value."""

        def change(answer):
            if answer.status < 300 and answer.body:
                value = orjson.loads(answer.body)
                other = edit(value)
                answer.body = orjson.dumps(value if other is None else other)

        self.answered(operation_id, change)

    def sent(self, edit):
        """``edit(answer)`` changes what the response gate has let through."""
        send = self.edge._send

        async def edited(exchange, answer, scope, channel):
            edit(answer)
            await send(exchange, answer, scope, channel)

        self.replace(self.edge, "_send", edited)
