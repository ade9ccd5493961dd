"""Callers: who asks, with which scopes and roles, for which operation; and how one gets a row without forgetting to ask."""

from functools import partial

from models.access.organizations import Organization
from models.base.database import database
from models.base.errors import NotFound, PermissionDenied, Unauthenticated
from models.base.ids import new_id
from models.base.statements import slot, statement
from models.platform.events import Event
from security import identification, policy, viewers
from security.access import Access, access_of
from security.effective_permissions import NIL_UUID
from security.facts import Facts

NO_ACCESS = Access()


class Caller:
    """Who asks.

    ``scopes`` is None for a session, which has them all.  ``permission`` is what the operation needs; ``asked`` becomes
    true when it was asked for, and an operation that answers without it is a fault of ours.  ``permitted`` is what was
    given, for a replay: ``(permission, row)``, with None for a row that was only seen.

    ``client_id`` tells apart who acts for one user: an API key, through its rotations, or an app.  It is None for all of a
    person's sessions, and for all signatures and certificates of a service account.
    """

    user_id = None
    client_id = None  # of an API key or an app; None for sessions, signatures, and certificates
    session_id = None
    rate_class = "public"
    scopes = None
    # When the API key ends that is used, or the token of an app that acts for somebody; None for never.
    expires_at = None
    access = NO_ACCESS  # what the person may do, and of that what holds for this request
    effective_permissions = NO_ACCESS.effective_permissions
    now = None
    has_compared = False  # whether what is handed on was compared with what the caller has

    def __init__(
        self,
        *,
        permission=None,
        locks=False,
        preconditions=None,
        request_id="",
        address="",
        read_scopes=None,
        scopes_of=None,
    ):
        self.permission = permission
        self.scopes_of = scopes_of or {}  # the scopes that each permission is used with
        self.locks = locks
        self.preconditions = preconditions  # of the request, compared with what it is about
        self.request_id = request_id
        self.address = address
        self.asked = permission is None
        self.read_scopes = read_scopes or {}  # by noun: the scopes that it takes to read one
        self.permitted = []
        self.is_proven = False  # whether the person has proven again who they are
        self.checks = []  # what was asked of the policy, where an organization keeps that

    def identify(self, credential):
        """Learn who it is.  Refused when the session ended or the key does not hold."""
        found, notice = identification.authenticate(credential)
        if not found or found[0][0] is None:
            raise Unauthenticated("The access token or API key is invalid or has expired.")
        self.user_id, self.rate_class, self.session_id, self.scopes, self.expires_at, *rest = found[0]
        self.client_id, self.now, unnoticed, version = rest
        database.connection().has_tenants = True
        if unnoticed:
            notice(self.address)
        self.access = access_of(self.user_id, version)
        self.effective_permissions = self.access.effective_for(self)

    @property
    def account(self):
        """The caller's own account, as the policy asks about it."""
        return Facts("user", self.user_id, stream_id=self.user_id)

    def need_scopes(self, scopes):
        """Refuse when the credentials are not meant for this."""
        missing = [] if self.scopes is None else [scope for scope in scopes if scope not in self.scopes]
        if missing:
            raise PermissionDenied(f"The scope {missing[0]} is missing.", permission=missing[0])

    def rank_in(self, organization_id):
        """The rank of the caller's role in an organization; -1 outside."""
        return policy.RANK.get(self.access.roles.get(organization_id, ""), -1)

    def role_in(self, organization_id):
        return self.access.roles[organization_id]

    def ask(self, permission):
        """Note that ``permission`` was asked for, where the query itself is the check."""
        self.asked = self.asked or permission == self.permission

    def permission_scopes(self, table, within=None):
        """The scopes in which the caller sees rows of ``table``: ``{permission: {kind: IDs}}``.  See :mod:`security.viewers`."""
        return {
            permission: {
                kind: found
                for places in (self.effective_permissions.where(permission).by_kind,)
                for kind in kinds
                if (found := viewers.narrowed(places.get(kind, ()), within))
            }
            or {"organization": [NIL_UUID]}
            for permission, kinds in viewers.needs(table)[0].items()
        }

    def shape(self, table, within=None):
        """What the SQL of a list depends on: the kinds of scopes of the caller, and of which there is just one."""
        return tuple(
            (kind, len(ids) == 1)
            for found in self.permission_scopes(table, within).values()
            for kind, ids in found.items()
        )

    def viewer(self, table, within=None, *, split_by_scope=True):
        """Who stands for the caller while a query of the table is written.  See :class:`security.viewers.Viewer`."""
        one = {
            permission: {kind: len(ids) == 1 for kind, ids in found.items()}
            for permission, found in self.permission_scopes(table, within).items()
        }
        return viewers.Viewer(one, split_by_scope=split_by_scope and table.split_by_scope)

    def values(self, table, within=None):
        """The values of the slots of a :class:`security.viewers.Viewer`; the permissions of the query count as asked."""
        found = {"caller.user_id": self.user_id, "caller.session_id": self.session_id}
        for permission in viewers.needs(table)[1]:
            self.ask(permission)
        for permission, scopes in self.permission_scopes(table, within).items():
            self.ask(permission)
            for kind, ids in scopes.items():
                found[f"{permission} {kind}"] = ids[0] if len(ids) == 1 else ids
        return found

    def may(self, permission, row):
        """Whether the caller has ``permission`` on ``row``; kept where the organization audits its checks."""
        allowed = policy.allows(permission, self, row)
        if self.access.audits and row is not None:
            self._keep(permission, row, allowed)
        return allowed

    def _keep(self, permission, row, allowed):
        audit = self.access.audits.get(getattr(row, "organization_id", None))
        if audit == "all" or (audit and not allowed):
            reason = policy.why(permission, self, row) if allowed else "no reason"
            self.checks.append(
                (new_id(), row.organization_id, permission, row.noun(), row.id, allowed, reason)
            )

    def permit(self, row=None):
        """Refuse when the operation's permission is missing on ``row``."""
        self.asked = True
        return self.need(self.permission, row)

    def need(self, permission, row):
        """Refuse when ``permission``, which may be another than the operation's, is missing on ``row``."""
        if not self.may(permission, row):
            self.refuse(permission)
        self.permitted.append((permission, row))
        return row

    def shows(self, row):
        """The row, which the answer shows though its permission was asked without a row: who may not see it any more gets
        no replay."""
        self.permitted.append((None, row))
        return row

    def refuse(self, permission):
        raise PermissionDenied(f"The permission {permission} is missing.", permission=permission)

    def find(self, table, id):
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

    def find_organization(self, id):
        """The organization, as of :meth:`find`, for what knows no organizations itself."""
        return self.find(Organization, id)

    def see(self, table, id, lock=""):
        """The row, when the caller may know of it (else 404).  What else they may do with it is not asked.

        It is looked for in the caller's organizations; whether it may be seen there is asked of the policy.
        """
        organizational, other = viewers.needs(table)
        one = len(self.access.tenants) == 1

        def build():
            viewer = viewers.Viewer(
                {permission: {viewers.TENANT: one} for permission in organizational}, split_by_scope=False
            )
            sql, parameters = table.visible_to(viewer).where(table.id == slot("id")).sql()
            return sql + lock, parameters

        query = statement(("see", table, one, lock), build)
        values = {"caller.user_id": self.user_id, "caller.session_id": self.session_id, "id": id}
        for permission in other:
            self.ask(permission)
        for permission in organizational:
            values[f"{permission} {viewers.TENANT}"] = self.access.tenants[0] if one else self.access.tenants
        matches = query.as_models(table, values) if lock else query.as_rows(table, values)
        row = matches[0] if matches else None
        if row is None or not all(policy.allows(permission, self, row) for permission in organizational):
            raise NotFound(f"No {table.noun().replace('_', ' ')} has this ID.")
        return self.shows(row)

    def seen(self, rows):
        """Those of ``rows`` that the caller may know of."""
        return [one for one in rows if policy.allows(f"{one.noun()}.read", self, one)]

    def within(self, organization_id):
        """The id of an organization to look into, where the caller has the operation's permission on something at least."""
        row = self.see(Organization, organization_id)
        self.asked = True
        allowed = self.effective_permissions.somewhere_in(self.permission, row.id)
        if not allowed:
            if self.access.audits:
                self._keep(self.permission, row, allowed)
            self.refuse(self.permission)
        return row.id
