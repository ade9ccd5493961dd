"""Replays: what the policy was asked for a write is kept with its answer, and asked again before the answer is repeated.

Access is decided as it is now.  A row that is still there is asked about as it is now; of one that is gone, as the write
itself may have deleted it, the facts are asked that were kept.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from models.base.errors import NotFound
from security import policy, viewers
from security.callers import Caller
from security.facts import Facts, Row, facts_of
from security.resources import table_of


class NothingToAskAgain(Exception):
    """The operation's permission was given in a way that a replay cannot ask for again."""


def checks_of(caller: Caller) -> list[dict[str, Any]]:
    """What the policy allowed, in order: ``[{permission, …facts}]``; the permission is None of rows that were only seen."""
    if caller.permission not in [permission for permission, _ in caller.permitted]:
        raise NothingToAskAgain(f"{caller.permission} was not asked by find, permit or need.")
    return [
        {"permission": permission, **(facts_of(row) if row is not None else {})}
        for permission, row in caller.permitted
    ]


def ask_again(caller: Caller, checks: Iterable[Mapping[str, Any]]) -> None:
    """Refuse as the request would be refused without its key: 404 for what is hidden by now, 403 for what is forbidden."""
    for check in checks:
        permission, facts = check["permission"], {**check}
        del facts["permission"]
        row = _row_or_facts(caller, Facts(**facts)) if facts else None
        if permission and not caller.may(permission, row):
            caller.refuse(permission)
    caller.asked = True


def _row_or_facts(caller: Caller, facts: Facts) -> Row:
    """The present row, or the facts when it is deleted; refused when the caller may not see it (any more)."""
    if facts.noun() == "user" and facts.id == caller.user_id:
        return facts  # the account itself, which is there because it asks
    table = table_of(facts.noun())
    if facts.organization_id is None or facts.organization_id in caller.access.roles:
        row = table.get_or_none(table.id == facts.id) or facts
        of_organizations, of_oneself = viewers.needs(table)
        if all(policy.allows(permission, caller, row) for permission in of_organizations or of_oneself):
            return row
    raise NotFound(f"No {facts.noun().replace('_', ' ')} has this ID.")
