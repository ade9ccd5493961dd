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


class PageViewer(RowViewer, Protocol):
    """A viewer whose scopes a page can be split by: one query for each kind of scopes, or for each scope of a kind."""

    current_kind: Any  # the kind of scopes that a query is written for; None for all
    iterated_slot: Any  # the name of the slot whose scopes are queried one by one; None for none

    def scope_kinds(self) -> list[Any]:
        """The kinds of scopes that a page is a union of; [None] when one condition covers all."""


class PageCaller(Protocol):
    """Whose pages :func:`models.base.pages.page` reads."""

    def shape(self, table: type[Model], within: str | None = None) -> tuple:
        """What the SQL of a list depends on: the kinds of scopes of the caller, and of which there is just one."""

    def viewer(
        self, table: type[Model], within: str | None = None, *, split_by_scope: bool = True
    ) -> PageViewer:
        """The viewer that stands for the caller while a query of the table is written."""

    def values(self, table: type[Model], within: str | None = None) -> dict[str, Any]:
        """The values of the viewer's slots; the permissions of the query count as asked."""
