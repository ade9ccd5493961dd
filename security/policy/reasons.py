"""Reasons: why somebody has a permission. A role gives it everywhere in an organization; any other reason is a relation
between the caller and the row, ``reason(caller, row)``."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from models.access.members import ROLES
from security.facts import Row

if TYPE_CHECKING:
    from security.callers import Caller

RANK = {role: rank for rank, role in enumerate(ROLES)}


class Role:
    """Everybody who has this role, or a higher one, where the row is; and who was granted the permission there."""

    def __init__(self, name: str) -> None:
        self.name, self.rank = name, RANK[name]


Relation = Callable[["Caller", Any], bool]  # of the caller to a row, or to None where no row is asked about
Reasons = list[Role | Relation]
collaborator, guest, member, admin, owner = map(Role, ROLES)


def anybody(caller: "Caller", row: Row) -> bool:
    """Everybody who is logged in."""
    return True


def oneself(caller: "Caller", row: Row) -> bool:
    """The person whose account it is."""
    return getattr(row, "stream_id", None) == caller.user_id


def the_person(caller: "Caller", row: Row) -> bool:
    """The person whose membership it is."""
    return getattr(row, "user_id", None) == caller.user_id


def the_creator(caller: "Caller", row: Row) -> bool:
    """Who made it, while still a member."""
    made = getattr(row, "created_by_id", None) == caller.user_id
    return made and caller.rank_in(row.organization_id) >= RANK["member"]


def an_assignee(caller: "Caller", row: Row) -> bool:
    """A member who is to do it.  Who has left may still be named until the task is released."""
    return caller.user_id in getattr(row, "assignee_ids", ()) and row.organization_id in caller.access.roles


def the_invited(caller: "Caller", row: Row) -> bool:
    """The person whose verified address it was sent to, while it is open."""
    return getattr(row, "is_received", False)


def a_maintainer(caller: "Caller", row: Row) -> bool:
    """Who looks after the team."""
    return caller.access.teams.get(getattr(row, "team_id", None) or "") == "maintainer"
