"""Callers: who asks, with which scopes and roles, for which operation; and how one gets a row without forgetting to ask."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NoReturn, TypeVar

from peewee import Model

from models.access.organizations import Organization
from models.base.database import database
from models.base.errors import NotFound, PermissionDenied, Unauthenticated
from models.base.ids import new_id
from models.base.statements import any_of, slot, statement, without_write_only
from models.platform.events import Event
from security import identification, policy, viewers
from security.access import Access, access_of
from security.facts import Facts, Row

AnyRow = TypeVar("AnyRow", bound=Row)
AskedRow = TypeVar("AskedRow", bound=Row | None)

NO_ACCESS = Access()


class Caller:
    """Who asks.

    ``scopes`` is None for a session, which has them all.  ``permission`` is what the operation needs; ``asked`` becomes
    true when it was asked for, and an operation that answers without it is a fault of ours.  ``permitted`` is what was
    given, for a replay: ``(permission, row)``, with None for a row that was only seen.

    ``client_id`` tells apart who acts for one user: an API key, through its rotations, or an app.  It is None for all of a
    person's sessions, and for all signatures and certificates of a service account.
    """

    # None for nobody, who asks for public operations alone: whatever needs a permission has an identified caller.
    user_id: str = None  # type: ignore[assignment]
    now: datetime = None  # type: ignore[assignment]
    permission: str
    client_id: str | None = None  # of an API key or an app; None for sessions, signatures, and certificates
    session_id: str | None = None
    rate_class = "public"
    scopes: list[str] | None = None
    # When the API key ends that is used, or the token of an app that acts for somebody; None for never.
    expires_at: datetime | None = None
    access = NO_ACCESS  # what the person may do, and of that what holds for this request
    effective_permissions = NO_ACCESS.effective_permissions
    has_compared = False  # whether what is handed on was compared with what the caller has

    def __init__(
        self,
        *,
        permission: str | None = None,
        locks: bool = False,
        preconditions: Any = None,
        request_id: str = "",
        address: str = "",
        read_scopes: Mapping[str, frozenset[str]] | None = None,
        scopes_of: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.permission = permission  # type: ignore[assignment]  # None for a public operation, which asks for none
        self.scopes_of = scopes_of or {}  # the scopes that each permission is used with
        self.locks = locks
        self.preconditions = preconditions  # the frame's, compared with what the request is about
        self.request_id = request_id
        self.address = address
        self.asked = permission is None
        self.read_scopes = read_scopes or {}  # by noun: the scopes that it takes to read one
        self.permitted: list[tuple[str | None, Row | None]] = []
        self.is_proven = False  # whether the person has proven again who they are
        # What was asked, where it is audited: (id, organization_id, permission, noun, row id, is_allowed, reason)
        self.checks: list[tuple[str, str, str, str, str, bool, str | None]] = []

    def identify(self, credential: identification.AnyCredential) -> None:
        """Read whose the credential is, and what that person may do.  Refused when it does not hold (any more)."""
        rows, notice = identification.authenticate(credential)
        if not rows or rows[0][0] is None:
            raise Unauthenticated("The access token or API key is invalid or has expired.")
        self.user_id, self.rate_class, self.session_id, self.scopes, self.expires_at, *rest = rows[0]
        self.client_id, self.now, unnoticed, version = rest
        database.connection().has_tenants = True
        if unnoticed:
            notice(self.address)
        self.access = access_of(self.user_id, version)
        self.effective_permissions = self.access.effective_for(self)

    @property
    def account(self) -> Facts:
        """The caller's own account, as the policy asks about it."""
        return Facts("user", self.user_id, stream_id=self.user_id)

    def need_scopes(self, scopes: Iterable[str]) -> None:
        """Refuse when the credentials are not meant for this."""
        missing = [] if self.scopes is None else [scope for scope in scopes if scope not in self.scopes]
        if missing:
            raise PermissionDenied(f"The scope {missing[0]} is missing.", permission=missing[0])

    def rank_in(self, organization_id: str | None) -> int:
        """The rank of the caller's role in an organization; -1 outside."""
        return policy.RANK.get(self.access.roles.get(organization_id or "", ""), -1)

    def role_in(self, organization_id: str | None) -> str:
        """The caller's role in an organization; KeyError outside."""
        return self.access.roles[organization_id or ""]

    def ask(self, permission: str) -> None:
        """Record that ``permission`` was asked for, where the query itself is the check."""
        self.asked = self.asked or permission == self.permission

    def permission_scopes(self, table: type[Model], within: str | None = None) -> viewers.ScopeIds:
        """The scopes in which the caller sees rows of ``table``: ``{permission: {kind: IDs}}``.  See :mod:`security.viewers`."""
        return self.effective_permissions.scope_ids(table, within)

    def shape(self, table: type[Model], within: str | None = None) -> tuple[tuple[str, bool], ...]:
        """What the SQL of a list depends on: ``(kind, whether there is one)`` for each kind of scope of the caller."""
        return tuple(
            (kind, len(ids) == 1)
            for scopes in self.permission_scopes(table, within).values()
            for kind, ids in scopes.items()
        )

    def viewer(
        self, table: type[Model], within: str | None = None, *, split_by_scope: bool = True
    ) -> viewers.Viewer:
        """The :class:`security.viewers.Viewer` that stands for the caller while a query of the table is written."""
        kinds = {
            permission: {kind: len(ids) == 1 for kind, ids in scopes.items()}
            for permission, scopes in self.permission_scopes(table, within).items()
        }
        return viewers.Viewer(kinds, split_by_scope=split_by_scope and table.split_by_scope)

    def values(self, table: type[Model], within: str | None = None) -> viewers.Values:
        """The values of the slots of a :class:`security.viewers.Viewer`; the permissions of the query count as asked."""
        values: viewers.Values = {"caller.user_id": self.user_id, "caller.session_id": self.session_id}
        for permission in viewers.needs(table)[1]:
            self.ask(permission)
        for permission, scopes in self.permission_scopes(table, within).items():
            self.ask(permission)
            for kind, ids in scopes.items():
                values[f"{permission} {kind}"] = ids[0] if len(ids) == 1 else ids
        return values

    def may(self, permission: str, row: Row | None) -> bool:
        """Whether the caller has ``permission`` on ``row``; kept where the organization audits its checks."""
        allowed = policy.allows(permission, self, row)
        if self.access.audits and row is not None:
            self._audit(permission, row, allowed)
        return allowed

    def _audit(self, permission: str, row: Row, allowed: bool) -> None:
        organization_id = getattr(row, "organization_id", None) or ""
        audit = self.access.audits.get(organization_id)
        if audit == "all" or (audit and not allowed):
            reason = policy.why(permission, self, row) if allowed else "no reason"
            subject = row.noun(), row.id
            self.checks.append((new_id(), organization_id, permission, *subject, allowed, reason))

    def permit(self, row: Row | None = None) -> Any:
        """Refuse when the operation's permission is missing on ``row``."""
        self.asked = True
        return self.need(self.permission, row)

    def need(self, permission: str, row: AskedRow) -> AskedRow:
        """Refuse when ``permission``, which may be another than the operation's, is missing on ``row``."""
        if not self.may(permission, row):
            self.refuse(permission)
        self.permitted.append((permission, row))
        return row

    def shows(self, row: AnyRow) -> AnyRow:
        """The row, which the answer shows though its permission was asked without a row: who may not see it any more gets
        no replay."""
        self.permitted.append((None, row))
        return row

    def refuse(self, permission: str) -> NoReturn:
        raise PermissionDenied(f"The permission {permission} is missing.", permission=permission)

    def find(self, table: type[Model], id: str) -> Any:
        """The row, when the caller may know of it (else 404) and has the operation's permission on it (else 403).

        In a write the row is locked: for changing it when it is what the operation is about, and preconditions are
        compared with it; else only against being deleted meanwhile.
        """
        subject = self.permission.partition(".")[0] == table.noun()
        row = self.see(
            table, id, f" FOR {'NO KEY UPDATE' if subject else 'KEY SHARE'} OF t1" if self.locks else ""
        )
        self.permit(row)
        if subject and self.locks and self.preconditions and self.preconditions.pending:
            self.preconditions.check_write(row.etag, partial(Event.fields_changed_since, row))
        return row

    def find_organization(self, id: str) -> Organization:
        """The organization, as of :meth:`find`, for what knows no organizations itself."""
        return self.find(Organization, id)

    def find_all(self, table: type[Model], ids: list[str]) -> list[Any]:
        """The rows with these IDs, each as of :meth:`find`, by one query.  For reads, which lock nothing."""
        return [self.permit(row) for row in self._see_all(table, ids)] if ids else []

    def see(self, table: type[Model], id: str, lock: str = "") -> Any:
        """The row, when the caller may know of it (else 404).  What else they may do with it is not asked.

        It is looked for in the caller's organizations; whether it may be seen there is asked of the policy.
        """
        return self._see_all(table, [id], lock)[0]

    def _see_all(self, table: type[Model], ids: list[str], lock: str = "") -> list[Any]:
        """The rows with these IDs, in their order, each as of :meth:`see`."""
        organizational, other = viewers.needs(table)
        tenants, is_single, is_one = self.access.tenants, len(self.access.tenants) == 1, len(ids) == 1

        def build() -> tuple[str, Collection[Any]]:
            kinds = {permission: {viewers.TENANT: is_single} for permission in organizational}
            sought = slot("id") if is_one else any_of("id", "uuid[]")
            query = table.visible_to(viewers.Viewer(kinds, split_by_scope=False)).where(table.id == sought)
            sql, parameters = (query if lock else without_write_only(query)).sql()
            return sql + lock, parameters

        query = statement(("see", table, is_single, is_one, lock), build)
        values: viewers.Values = {"caller.user_id": self.user_id, "caller.session_id": self.session_id}
        values["id"] = ids[0] if is_one else ids
        for permission in other:
            self.ask(permission)
        for permission in organizational:
            values[f"{permission} {viewers.TENANT}"] = tenants[0] if is_single else tenants
        read = query.as_models if lock else query.as_rows
        by_id = {row.id: row for row in read(table, values)}
        for id in ids:
            row = by_id.get(id)
            if row is None or not all(policy.allows(permission, self, row) for permission in organizational):
                raise NotFound(f"No {table.noun().replace('_', ' ')} has this ID.")
            self.shows(row)
        return [by_id[id] for id in ids]

    def seen(self, rows: Iterable[AnyRow]) -> list[AnyRow]:
        """Those of ``rows`` that the caller may know of."""
        return [row for row in rows if policy.allows(f"{row.noun()}.read", self, row)]

    def within(self, organization_id: str) -> str:
        """The id of an organization to look into, where the caller has the operation's permission on something at least."""
        row = self.see(Organization, organization_id)
        self.asked = True
        if not self.effective_permissions.somewhere_in(self.permission, row.id):
            if self.access.audits:
                self._audit(self.permission, row, False)
            self.refuse(self.permission)
        return row.id
