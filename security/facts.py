"""Facts: what the policy asks of a row, kept for when the row itself has changed or is gone."""

from collections.abc import Collection, Iterable
from typing import Any, Protocol


class Row(Protocol):
    """What the policy is asked about: a row of a table, as it can be changed or as it was read, or :class:`Facts`.

    Reasons read further attributes, such as ``created_by_id``, where a row has them.
    """

    @property
    def id(self) -> str: ...

    @property
    def organization_id(self) -> str | None: ...

    @property
    def resource_path(self) -> tuple[str | None, ...]: ...

    def noun(self) -> str: ...


class Facts:
    """Stands for a row in front of the policy.  ``scope``, a name that stored facts have, is :attr:`Table.resource_path`."""

    user_id: str | None = None
    team_id: str | None = None
    created_by_id: str | None = None
    assignee_ids: Collection[str] = ()

    def __init__(
        self,
        noun: str,
        id: str,
        *,
        scope: Iterable[str | None] = (None,),
        stream_id: str | None = None,
        **relations: Any,
    ) -> None:
        self._noun, self.id = noun, id
        self.resource_path, self.stream_id = tuple(scope), stream_id
        for name, value in relations.items():
            setattr(self, name, value)

    def noun(self) -> str:
        return self._noun

    @property
    def organization_id(self) -> str | None:
        return self.resource_path[0]


RELATIONS = ("user_id", "team_id", "created_by_id")


def facts_of(row: Row) -> dict[str, Any]:
    """The facts of a row as JSON: the arguments of :class:`Facts`."""
    facts: dict[str, Any] = {"noun": row.noun(), "id": row.id, "stream_id": getattr(row, "stream_id", None)}
    if getattr(row, "organization_id", None):
        facts["scope"] = list(row.resource_path)
    facts |= {name: value for name in RELATIONS if (value := getattr(row, name, None))}
    if assignees := assignees_read(row):
        facts["assignee_ids"] = list(assignees)
    return facts


def assignees_read(row: Row) -> Collection[str]:
    """The assignees, where they were read with the row; they are not worth a statement of their own."""
    extra = getattr(row, "extra", None)
    return getattr(row, "assignee_ids", ()) if extra is None else extra.get("assignee_ids", ())
