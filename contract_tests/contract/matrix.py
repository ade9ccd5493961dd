"""The access matrix: every operation, asked by everybody, about objects of their own, of others, and of nobody.

What is expected stands in ``permissions``.
"""

from contract_tests.contract.permissions import ANYBODY, MAY, OF_ONES_OWN, READ_BY
from contract_tests.support import table_fingerprints
from contract_tests.support.world import ASKERS, CANARY, CREATORS

NAMES_AT_ONCE = 150  # in one body: an answer names 200 faults at most
# What differs between two answers to the same question.
OF_THE_MOMENT = {"request-id", "ratelimit", "date"}


class Cells:
    """What was looked at: how many cells, and which of them were not as they should be."""

    def __init__(self):
        self.count, self.faults = 0, []

    def expect(self, condition, operation, asker, what, answer):
        self.count += 1
        if not condition:
            self.faults.append(f"{operation} by {asker}, {what}: {answer.status_code} {answer.text[:300]}")


def examine(world, operation, askers=ASKERS):
    """The :class:`Cells` of one operation."""
    cells = Cells()
    noun = (operation.permission or "").partition(".")[0]
    if operation.takes("cursor") and noun in CREATORS:
        world.make(
            noun, world.foreign, world.foreign.client
        )  # the newest of all, so that a list that leaks begins with it
    foreign = {world.foreign.organization_id, world.foreign.client.person.id, *world.foreign.ids.values()}
    before = table_fingerprints.that_mention(*foreign)
    for asker in askers:
        _own(world, operation, asker, cells)
        for reference in operation.references:
            _references(world, operation, asker, reference, cells)
        if operation.takes("include") or operation.takes("text"):
            _searched(world, operation, asker, cells)
    if tables := table_fingerprints.changed(before, table_fingerprints.that_mention(*foreign)):
        cells.faults.append(
            f"{operation} changed rows of the foreign organization, or made rows that refer to it: {tables}"
        )
    return cells


def expected(operation, asker, reference=None):
    """The status, as a class or a number, about objects of the asker's own side."""
    if asker == "key" and not operation.is_public:
        return 403
    bound = (
        reference
        if reference and not reference.narrows
        else next((ref for ref in operation.references if ref.is_required), None)
    )
    if operation.is_public or bound is None:
        return 200
    named = [bound, *(ref for ref in operation.references if ref.is_required)]
    if any(asker not in MAY.get(READ_BY.get(ref.noun, f"{ref.noun}.read"), ANYBODY) for ref in named):
        return 404  # who may not even know that it is there, though it is in their organization
    if (operation.id, asker) in OF_ONES_OWN:
        return 200
    return 200 if asker in MAY[operation.permission] else 403


def _own(world, operation, asker, cells):
    answer = world.ask(operation, asker)
    _judge(operation, asker, "own", answer, expected(operation, asker), cells)
    if answer.status_code == 200 and operation.takes("cursor"):
        organization_ids = {item.get("organization_id") for item in answer.json()["items"]} - {None}
        cells.expect(
            organization_ids <= world.memberships(asker),
            operation,
            asker,
            "in organizations of their own",
            answer,
        )
    for reference in operation.references:
        if not reference.is_required:
            answer = world.ask(operation, asker, "own", reference)
            _judge(operation, asker, f"own {reference}", answer, expected(operation, asker, reference), cells)


def _judge(operation, asker, what, answer, status, cells):
    # A browser that is sent on was not refused.
    good = 200 <= answer.status_code < 304 if status == 200 else answer.status_code == status
    if good and status == 403:
        missing = operation.scopes[0] if asker == "key" else operation.permission
        good = answer.json()["permission"] == missing
    cells.expect(good and not _leaks(answer), operation, asker, f"{what}, where {status} is right", answer)


def _references(world, operation, asker, reference, cells):
    """Somebody else's object and none at all are answered alike: not found, or nothing found."""
    foreign, missing = (world.ask(operation, asker, owner, reference) for owner in ("foreign", "missing"))
    own = expected(operation, asker, reference)
    for owner, answer in (("foreign", foreign), ("missing", missing)):
        if asker == "key" or (reference.narrows and own != 200):
            good = answer.status_code == own
        elif reference.narrows:
            good = answer.status_code == 200 and answer.json().get("items") == []
        elif own == 200 or reference.where == "path":
            good = answer.status_code == 404
        else:  # refused for a reason that comes first
            good = answer.status_code in (403, 404)
        cells.expect(good and not _leaks(answer), operation, asker, f"{owner} {reference}", answer)
    cells.expect(
        _observable(foreign) == _observable(missing),
        operation,
        asker,
        f"{reference}: foreign is told from missing",
        foreign,
    )


def _searched(world, operation, asker, cells):
    """Lists with all that they can include, and a search for foreign words."""
    request = world.request(operation, asker)
    for parameter in operation.parameters:
        if parameter["name"] == "include":
            answer = world.send(request.asking(include=parameter["schema"]["items"]["enum"]))
            cells.expect(not _leaks(answer), operation, asker, "with everything included", answer)
        if parameter["name"] == "text":
            answer = world.send(request.asking(text=CANARY))
            good = asker == "key" or answer.json().get("items") == []
            cells.expect(good and not _leaks(answer), operation, asker, "searching foreign words", answer)


def _leaks(answer):
    return CANARY.lower() in f"{answer.text} {answer.headers}".lower()


def _observable(answer):
    """All that the asker learns from an answer."""
    body = (
        {name: value for name, value in answer.json().items() if name != "instance"}
        if answer.content
        else None
    )
    return (
        answer.status_code,
        body,
        {name: text for name, text in answer.headers.items() if name not in OF_THE_MOMENT},
    )


def assign_everything(world, operation):
    """Every property that is the server's, in an otherwise valid body: each is refused by name, and nothing changes."""
    cells = Cells()
    owned = (
        {*operation.response_schema().get("properties", {})}
        | table_fingerprints.columns()
        | {"is_admin", "permissions", "scopes"}
    ) - {*operation.schema["properties"]}
    request = world.request(operation)
    before, valid = table_fingerprints.everything(), request.body
    every = sorted(owned)
    for start in range(0, len(every), NAMES_AT_ONCE):
        names = every[start : start + NAMES_AT_ONCE]
        request.body = valid | dict.fromkeys(names, "owner")
        answer = world.send(request)
        is_refused = answer.status_code == 422
        named = {error["pointer"] for error in answer.json().get("errors", ())} if is_refused else set()
        for name in names:
            cells.expect(f"/{name}" in named, operation, "owner", f"assigning {name}", answer)
    if tables := table_fingerprints.changed(before, table_fingerprints.everything()):
        cells.faults.append(f"{operation} stored what was to be refused: {tables}")
    return cells
