"""Disclosure: what an event tells a reader.  The event log shows no more of a resource than the resource itself does.

Whoever may read events learns that something happened, to what, when and by whom.  The snapshot and the changes are shown only
to who may read the resource there: by the permission ``<noun>.read`` and, with an API key or an app, by the scope of the
operation that reads it.  Everything that shows events asks here: the list, a single event, exports, and what sends them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from models.base import declarations, lineage
from models.platform.events import Event
from security import policy, resources
from security.callers import Caller
from security.facts import RELATIONS, Facts

READ_AS = {"authorization": "consent"}  # what no operation reads by itself, and what it is a part of
NEVER = frozenset({"a scope that no credential has"})


class Disclosed:
    """An event as a reader sees it; an event that did not go through :func:`disclosed` has no ``is_withheld`` to answer."""

    def __init__(self, event: Event, is_withheld: bool) -> None:
        vars(self).update(zip(event._fields, event, strict=True))
        self.is_withheld = is_withheld
        self.changes = event.typed_changes
        self.etag = event.etag
        if is_withheld:
            self.changes, self.snapshot, self.etag = [], {}, f'{event.etag[:-1]}.withheld"'


def disclosed(caller: Caller, events: Iterable[Event]) -> list[Disclosed]:
    """The events, given as light rows, as the caller may see them.

    The decision is made in memory, once for each noun of an organization when it is the same for all its resources.  For the
    others, the people who are to do them are read in one statement for each noun of the whole page.
    """
    everywhere: dict[tuple[str, str], bool | None] = {}
    verdicts: list[tuple[Event, bool | None]] = []
    for event in events:
        key = event.stream_id, event.subject_type
        if key not in everywhere:
            everywhere[key] = _reads_all(caller, event)
        verdicts.append((event, everywhere[key]))
    undecided = [(event, _facts(event)) for event, reads in verdicts if reads is None]
    people = _assignees([facts for _, facts in undecided])
    readable: set[str] = set()
    for event, facts in undecided:
        # Of a row that is gone, those that it had.
        facts.assignee_ids = people.get(facts.id, facts.assignee_ids)
        if policy.allows(_permission(event), caller, facts):
            readable.add(event.id)
    return [
        Disclosed(event, not _is_readable(event, event.id in readable if reads is None else reads))
        for event, reads in verdicts
    ]


def _is_readable(event: Event, reads: bool) -> bool:
    return reads or not (
        event.snapshot or event.changes
    )  # where there is nothing to withhold, nothing is withheld


def _permission(event: Event) -> str:
    return f"{READ_AS.get(event.subject_type, event.subject_type)}.read"


def _reads_all(caller: Caller, event: Event) -> bool | None:
    """Whether the caller may read whatever has the noun of the event's subject there; None where it depends on which."""
    permission = _permission(event)
    noun = permission.partition(".")[0]
    if permission not in policy.POLICY or not policy.allows("event.read", caller, event):
        return False
    if caller.scopes is not None and not caller.read_scopes.get(noun, NEVER) <= set(caller.scopes):
        return False
    if event.organization_id is None:
        return policy.allows(permission, caller, Facts(noun, event.subject_id, stream_id=event.stream_id))
    if event.organization_id not in caller.access.roles:
        return False
    return event.organization_id in caller.effective_permissions.where(permission).organizations or None


def _assignees(undecided: Iterable[Facts]) -> dict[str, list[str]]:
    """The assignees of the rows that facts stand for: ``{id of the row: ids of people}``."""
    ids: dict[str, set[str]] = {}
    assignees: dict[str, list[str]] = {}
    for facts in undecided:
        ids.setdefault(facts.noun(), set()).add(facts.id)
    for noun, wanted in ids.items():
        if table := resources.tables().get(noun):
            assignees |= table.assignees_of(wanted)
    return assignees


def _facts(event: Event) -> Facts:
    """The facts of the subject that the policy asks for, as the event keeps them."""
    noun = event.subject_type
    subject = (event.snapshot or {}).get(noun) or {}
    return Facts(
        noun,
        event.subject_id,
        scope=(event.organization_id, *_parents(noun, subject), event.subject_id),
        stream_id=event.stream_id,
        assignee_ids=subject.get("assignee_ids") or (),
        **{name: subject.get(name) for name in RELATIONS},
    )


def _parents(noun: str, subject: Mapping[str, Any]) -> Iterator[str | None]:
    """The ids of what the subject of an event is part of, below its organization, as its snapshot tells them."""
    table = resources.tables().get(noun)
    for above in declarations.ancestors(table)[:-1] if table else ():
        through = lineage.path_to(table, above)
        if len(through) == 1:
            yield subject.get(through[0].column_name)
