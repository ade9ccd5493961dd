"""Viewers: what stands for a caller in the queries of what callers see, so that each query is written once."""

from functools import cache, reduce
from operator import or_

from peewee import SQL

from models.base.statements import any_of, slot

TENANT = "tenant"


class Viewer:
    """Stands for a caller in ``Table.visible_to`` while a query is written: slots where a caller has values.

    ``sources`` says for each permission in which kinds of places the caller has it, and whether there is one of a kind,
    which is asked as equality so that indexes give rows in order.  A page is answered from each source ``at`` a time, and of
    several places from each in turn; else all of them are one condition.
    """

    def __init__(self, sources, *, in_turn):
        self.sources = sources
        self.may_turn = in_turn and len(sources) == 1
        self.at = None
        self.in_turn = None  # the name of the slot of the places that are asked in turn
        self.organizational, self.other = {}, []
        self.user_id, self.session_id = slot("caller.user_id", "uuid"), slot("caller.session_id", "uuid")

    def ask(self, permission):
        self.other.append(permission)

    def kinds(self):
        """The kinds of places that a page is made of; [None] when all are one condition."""
        return list(*self.sources.values()) if self.may_turn else [None]

    def sees(self, permission, *, organization, project=None, task=None, related=None, own=None):
        """The condition that the caller has ``permission`` on a row: by the columns of its organization, project and task,
        and by the conditions that it is related to the caller, or the caller's own."""
        ways = {"organization": (organization, None), "project": (project, None), "task": (task, None)}
        ways |= {"related": (organization, related), "own": (organization, own), "own_project": (project, own),
                 "own_task": (task, own)}  # fmt: skip
        beside = {"related": related, "own": own, "own_project": own, "own_task": own}
        known = {
            kind: way
            for kind, way in ways.items()
            if way[0] is not None and beside.get(kind, kind) is not None
        }
        self.organizational[permission] = tuple(known)
        known[TENANT] = (organization, None)
        sources = self.sources.get(permission, {"organization": True})
        chosen = [self.at] if self.at else sources
        return reduce(or_, (self._is_at(permission, kind, *known[kind], sources[kind]) for kind in chosen))

    def _is_at(self, permission, kind, column, beside, is_one):
        name = f"{permission} {kind}"
        if is_one:
            found = column == slot(name, "uuid")
        elif self.at:
            self.in_turn = name
            found = column == SQL("place.id")
        else:
            found = column == any_of(name, "uuid[]")
        return found if beside is None else found & beside


@cache
def needs(table):
    """What ``table.visible_to`` asks for: ``{permission: kinds of places}``, and the permissions of one's own."""
    viewer = Viewer({}, in_turn=False)
    table.visible_to(viewer)
    return viewer.organizational, tuple(viewer.other)


def narrowed(places, within):
    """The ids of places, in order; within one organization those of it."""
    if within is None:
        return sorted(places)
    if isinstance(places, dict):
        return sorted(id for id, place in places.items() if place == within)
    return [within] if within in places else []
