"""Rules of the contract's style: what operations are called, and where they are written."""

import collections
import importlib
import inspect
from datetime import date, timedelta

from contract_tests.contract.reading import SNAKE, rule

NOTICE = timedelta(days=180)  # for how long a deprecated operation is kept, at the least
# How an operation that reads or updates begins; others begin with any verb but these.
VERBS = {"get": {"get", "list"}, "patch": {"update"}}
OF_OTHERS = {verb for verbs in VERBS.values() for verb in verbs}
ALONE = {"log_in", "log_out"}  # verbs that need no noun


@rule()
def operations_are_named_by_verb_and_noun(reading):
    """``operationId`` is ``verb_noun``, with a verb that fits the method, and no two are the same."""
    seen = collections.Counter(operation.id for operation in reading.operations)
    for operation in reading.operations:
        if seen[operation.id] > 1:
            yield operation.id, "two operations have this name; give each its own."
        verb, _, noun = operation.id.partition("_")
        fits = verb in VERBS[operation.method] if operation.method in VERBS else verb not in OF_OTHERS
        if not SNAKE.fullmatch(operation.id) or not fits or not (noun or operation.id in ALONE):
            verbs = " or ".join(sorted(VERBS.get(operation.method, {"a verb of its own"})))
            yield operation.id, f"a {operation.method.upper()} is called verb_noun and begins with {verbs}."


@rule()
def operations_have_a_handler(reading):
    """Each operation is a function of its name in ``handlers/<file>``, and takes its parameters."""
    for operation in reading.operations:
        module = importlib.import_module(operation.node["x-openapi-router-controller"])
        handler = getattr(module, operation.id, None)
        if not inspect.isfunction(handler) or handler.__module__ != module.__name__:
            yield operation.id, f"write the function {operation.id} in {module.__name__}."
            continue
        takes = inspect.signature(handler).parameters
        for name in (each["name"] for each in operation.parameters if each["in"] == "path"):
            if name not in takes:
                yield operation.id, f"let the handler take {name}, as its address says."


@rule()
def external_calls_come_first(reading):
    """An operation with ``x-external-call``, a sentence, is a write with a body, exempt from idempotency, since a retry would
    ask again; and a function in ``<noun>_external.py`` as well."""
    for operation in reading.operations:
        if "x-external-call" not in operation.node:
            continue
        name = f"{operation.node['x-openapi-router-controller']}_external"
        if not inspect.isfunction(getattr(importlib.import_module(name), operation.id, None)):
            yield operation.id, f"write the function {operation.id} in {name}."
        if not operation.body or not operation.node["x-external-call"].endswith("."):
            yield operation.id, "say in a sentence what is asked of whom; a reading asks nobody."
        if "x-idempotency" not in operation.node:
            yield operation.id, "exempt it from idempotency, or leave the external service to a queue task."


@rule()
def handlers_are_operations(reading):
    """Each public function of a handler module is an operation of the contract."""
    ids = {operation.id for operation in reading.operations}
    for name in sorted({operation.node["x-openapi-router-controller"] for operation in reading.operations}):
        module = importlib.import_module(name)
        for function, value in inspect.getmembers(module, inspect.isfunction):
            own = value.__module__ == name and not function.startswith("_")
            if own and function not in ids:
                yield (
                    f"{name}.{function}",
                    "the contract has no such operation; begin its name with an underscore.",
                )


@rule()
def operations_have_the_tag_of_their_file(reading):
    """Each operation has one tag, the name of its file, and every tag is described and used."""
    described = {tag["name"] for tag in reading.document["tags"] if tag.get("description")}
    used = set()
    for operation in reading.operations:
        noun = operation.node["x-openapi-router-controller"].rpartition(".")[2]
        used.add(noun)
        if operation.node.get("tags") != [noun]:
            yield operation.id, f"give it the one tag {noun}, by which generated clients group it."
    for name in used ^ described:
        yield name, "describe each tag that operations have, and no other, in openapi.yaml."


@rule()
def operations_are_told_in_sentences(reading):
    """Each operation has a description in sentences, the last of which ends with a full stop."""
    for operation in reading.operations:
        if not operation.node.get("description", "").rstrip().endswith("."):
            yield operation.id, "write its description as a sentence that ends with a full stop."


@rule()
def deprecations_give_notice(reading):
    """``x-deprecation`` has the days of the deprecation and of the sunset, at least 180 days later, and may name the operation
    that takes its place, which is not deprecated itself."""
    lasting = {operation.id for operation in reading.operations if "x-deprecation" not in operation.node}
    for operation in reading.operations:
        deprecation = operation.node.get("x-deprecation")
        if deprecation is None:
            continue
        if (
            not {"deprecated_on", "sunset_on"}
            <= deprecation.keys()
            <= {"deprecated_on", "sunset_on", "successor"}
        ):
            yield operation.id, "say deprecated_on, sunset_on, and successor where there is one."
        elif "successor" in deprecation and deprecation["successor"] not in lasting:
            yield operation.id, f"name an operation that lasts, not {deprecation['successor']}."
        elif (
            date.fromisoformat(deprecation["sunset_on"]) - date.fromisoformat(deprecation["deprecated_on"])
            < NOTICE
        ):
            yield operation.id, f"keep it for {NOTICE.days} days at least."
