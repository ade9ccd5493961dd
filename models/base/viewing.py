"""What tables and lists need to know of a caller; the classes in :mod:`security.viewers` and :mod:`security.callers` have it."""

from typing import Any, Protocol

from peewee import Expression, Field, Model, Node


class RowViewer(Protocol):
    """What ``Table.visible_to`` writes its query with."""

    # The ids of the caller's account and session, or the slots where they will stand.
    user_id: Any
    session_id: Any

    def ask(self, permission: str) -> None:
        """Note that the query itself checks ``permission``."""

    def sees(
        self,
        permission: str,
        *,
        of: type[Model] | None = None,
        organization: Field | None = None,
        related: Node | None = None,
        own: Node | None = None,
    ) -> Expression:
        """The condition that the caller has ``permission`` on a row."""
