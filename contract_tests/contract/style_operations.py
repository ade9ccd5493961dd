"""Rules of the contract's style: what operations are called, and where they are written."""

import collections
import importlib
import inspect

from contract_tests.contract.reading import SNAKE, rule

# How an operation that reads or updates begins; others begin with any verb but these.
VERBS = {"get": {"get", "list"}, "patch": {"update"}}
OF_OTHERS = {verb for verbs in VERBS.values() for verb in verbs}
ALONE = {"log_in", "log_out"}  # verbs that need no noun


@rule()
def operations_are_named_by_verb_and_noun(reading):
    """``operationId`` is ``verb_noun``, with a verb that fits the method, and no two are the same."""
    seen = collections.Counter(one.id for one in reading.operations)
    for one in reading.operations:
        if seen[one.id] > 1:
            yield one.id, "two operations have this name; give each its own."
        verb, _, noun = one.id.partition("_")
        fits = verb in VERBS[one.method] if one.method in VERBS else verb not in OF_OTHERS
        if not SNAKE.fullmatch(one.id) or not fits or not (noun or one.id in ALONE):
            verbs = " or ".join(sorted(VERBS.get(one.method, {"a verb of its own"})))
            yield one.id, f"a {one.method.upper()} is called verb_noun and begins with {verbs}."


@rule()
def operations_have_a_handler(reading):
    """Each operation is a function of its name in ``handlers/<file>``, and takes its parameters."""
    for one in reading.operations:
        module = importlib.import_module(one.node["x-openapi-router-controller"])
        handler = getattr(module, one.id, None)
        if not inspect.isfunction(handler) or handler.__module__ != module.__name__:
            yield one.id, f"write the function {one.id} in {module.__name__}."
            continue
        takes = inspect.signature(handler).parameters
        for name in (each["name"] for each in one.parameters if each["in"] == "path"):
            if name not in takes:
                yield one.id, f"let the handler take {name}, as its address says."


@rule()
def external_calls_come_first(reading):
    """An operation with ``x-external-call``, a sentence, is a write with a body, exempt from idempotency, since a retry would
    ask again; and a function in ``<noun>_external.py`` as well."""
    for one in reading.operations:
        if "x-external-call" not in one.node:
            continue
        name = f"{one.node['x-openapi-router-controller']}_external"
        if not inspect.isfunction(getattr(importlib.import_module(name), one.id, None)):
            yield one.id, f"write the function {one.id} in {name}."
        if not one.body or not one.node["x-external-call"].endswith("."):
            yield one.id, "say in a sentence what is asked of whom; a reading asks nobody."
        if "x-idempotency" not in one.node:
            yield one.id, "exempt it from idempotency, or leave the external service to a queue task."


@rule()
def handlers_are_operations(reading):
    """Each public function of a handler module is an operation of the contract."""
    ids = {one.id for one in reading.operations}
    for name in sorted({one.node["x-openapi-router-controller"] for one in reading.operations}):
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
    for one in reading.operations:
        noun = one.node["x-openapi-router-controller"].rpartition(".")[2]
        used.add(noun)
        if one.node.get("tags") != [noun]:
            yield one.id, f"give it the one tag {noun}, by which generated clients group it."
    for name in used ^ described:
        yield name, "describe each tag that operations have, and no other, in openapi.yaml."


@rule()
def operations_are_told_in_sentences(reading):
    """Each operation has a description in sentences, the last of which ends with a full stop."""
    for one in reading.operations:
        if not one.node.get("description", "").rstrip().endswith("."):
            yield one.id, "write its description as a sentence that ends with a full stop."
