"""Callers: who asks, with which scopes and roles, for which operation; and how one gets a row without forgetting to ask."""

from functools import cache, partial, reduce
from operator import or_

from peewee import SQL

from models.api_keys import ApiKey
from models.base.database import database
from models.base.errors import NotFound, PermissionDenied, StaleEtag, Unauthenticated
from models.base.secret import digest
from models.base.statements import any_of, rows, slot, statement
from models.consents import Consent
from models.events import Event
from models.organizations import Organization
from models.service_certificates import ServiceCertificate
from models.service_keys import ServiceKey
from models.sessions import Session
from security import policy, service_tokens, tokens
from security.access import NOWHERE, Access, access_of
from security.certificates import ServiceCertificateShown
from security.service_tokens import ServiceToken

# Who asks, and with it the wall: from here on the connection sees the rows of that person's organizations alone.
WHO = """
select u.id::text, u.rate_class, {extra}, now(), {unnoticed}, u.access_version,
       set_config('remit.places', u.places::text, false)
"""
BY_SESSION = (
    WHO.format(
        extra="s.id::text, null::text[], null::timestamptz",
        unnoticed="s.last_used_at < now() - interval '1 minute'",
    )
    + """
from sessions s join users u on u.id = s.user_id
where s.id = %s and u.token_epoch = %s and s.ended_at is null and s.expires_at > now() and u.disabled_at is null
"""
)
BY_KEY = (
    WHO.format(
        extra="null::text, k.scopes, k.expires_at",
        unnoticed="k.last_used_at is null or k.last_used_at < now() - interval '1 minute'"
        " or (k.secret_used_at is null and k.digest = %s)",
    )
    + """
from api_keys k join users u on u.id = k.user_id
where (k.digest = %s or (k.previous_digest = %s and k.overlap_ends_at > now()))
  and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and u.disabled_at is null
"""
)
# Programs, by their id and that of the key that has signed, or by the fingerprint of the certificate that was shown.
# The functions look behind the wall, which is open to nobody yet.
BY_SERVICE = (
    WHO.format(
        extra="null::text, c.scopes, c.expires_at",
        unnoticed="c.last_used_at is null or c.last_used_at < now() - interval '1 minute'",
    )
    + """
from %s c join users u on u.id = c.service_account_id
where c.revoked_at is null and (c.expires_at is null or c.expires_at > now()) and u.disabled_at is null
"""
)
BY_SERVICE_KEY = BY_SERVICE % "remit_service_key(%s, %s)"
BY_CERTIFICATE = BY_SERVICE % "remit_service_certificate(%s, %s)"
# What an app may do for somebody: what it was let do, as far as the app may do that still.
BY_TOKEN = (
    WHO.format(
        extra="null::text, array(select unnest(t.scopes) intersect select unnest(p.scopes)), t.expires_at",
        unnoticed="c.last_used_at is null or c.last_used_at < now() - interval '1 minute'",
    )
    + """
from oauth_tokens t join authorizations a on a.id = t.authorization_id join apps p on p.id = a.app_id
     join users u on u.id = a.user_id left join consents c on c.id = a.consent_id
where t.digest = %s and t.purpose = 'access' and t.expires_at > now() and t.epoch = u.token_epoch
      and a.revoked_at is null and p.status = 'active' and c.revoked_at is null and u.disabled_at is null
"""
)
TENANT = "tenant"
NOBODY = Access()


class Caller:
    """Who asks.

    ``scopes`` is None for a session, which has them all.  ``permission`` is what the operation needs; ``asked`` becomes
    true when it was asked for, and an operation that answers without it is a fault of ours.
    """

    user_id = None
    session_id = None
    rate_class = "public"
    scopes = None
    expires_at = (
        None  # when the API key or the app's token ends that is used; None for a session, or for never
    )
    access = NOBODY  # what the person may do, and of that what holds for this request
    reach = NOBODY.reach
    now = None

    def __init__(self, *, permission=None, locks=False, if_match=None, request_id="", address=""):
        self.permission = permission
        self.locks = locks
        self.if_match = if_match
        self.request_id = request_id
        self.address = address
        self.asked = permission is None
        self.checks = []  # what was asked of the policy, where an organization keeps that

    def identify(self, credential):
        """Learn who it is.  Refused when the session ended or the key does not hold."""
        found, notice = _known(credential)
        if not found:
            raise Unauthenticated("The session has ended, or the key or token does not hold.")
        self.user_id, self.rate_class, self.session_id, self.scopes, self.expires_at, *rest = found[0]
        self.now, unnoticed, version, _ = rest
        database.connection().sees = True
        if unnoticed:
            notice(self.address)
        self.access = access_of(self.user_id, version)
        self.reach = self.access.reached_by(self)

    def need_scopes(self, scopes):
        """Refuse when the credentials are not meant for this."""
        missing = [] if self.scopes is None else [scope for scope in scopes if scope not in self.scopes]
        if missing:
            raise PermissionDenied(f"The scope {missing[0]} is missing.", permission=missing[0])

    def rank_in(self, organization_id):
        """The rank of the caller's role in an organization; -1 outside."""
        return policy.RANK.get(self.access.roles.get(organization_id), -1)

    def role_in(self, organization_id):
        return self.access.roles[organization_id]

    def ask(self, permission):
        """Note that ``permission`` was thought of, where the query itself is the answer."""
        self.asked = self.asked or permission == self.permission

    def sources(self, table, within=None):
        """Where the caller finds rows of ``table``: ``{permission: {kind of place: ids}}``; see :class:`Viewer`."""
        return {
            permission: {
                kind: found
                for kind in kinds
                if (found := _narrowed(getattr(self.reach.places(permission), kind), within))
            }
            or {"organization": [NOWHERE]}
            for permission, kinds in needs(table)[0].items()
        }

    def shape(self, table, within=None):
        """What the SQL of what the caller sees of ``table`` depends on: the kinds of places, and where there is just one."""
        return tuple(
            (kind, len(ids) == 1)
            for found in self.sources(table, within).values()
            for kind, ids in found.items()
        )

    def viewer(self, table, within=None, *, in_turn=True):
        """Who stands for the caller while a query of the table is written.  See :class:`Viewer`."""
        one = {
            permission: {kind: len(ids) == 1 for kind, ids in found.items()}
            for permission, found in self.sources(table, within).items()
        }
        return Viewer(one, in_turn=in_turn and table.asked_in_turn)

    def values(self, table, within=None):
        """The values of the slots of a :class:`Viewer`; the permissions of the query count as asked."""
        found = {"caller.user_id": self.user_id, "caller.session_id": self.session_id}
        for permission in needs(table)[1]:
            self.ask(permission)
        for permission, sources in self.sources(table, within).items():
            self.ask(permission)
            for kind, ids in sources.items():
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
            self.checks.append((row.organization_id, permission, row.noun(), row.id, allowed, reason))

    def permit(self, row=None):
        """Refuse when the operation's permission is missing on ``row``."""
        self.asked = True
        if not self.may(self.permission, row):
            self.refuse(self.permission)
        return row

    def refuse(self, permission):
        raise PermissionDenied(f"The permission {permission} is missing.", permission=permission)

    def find(self, table, id):
        """The row, when the caller may know of it (else 404) and has the operation's permission on it (else 403).

        In a write the row is locked: for changing it when it is what the operation is about, and its ``If-Match`` is
        compared; else only against being deleted meanwhile.
        """
        subject = self.permission.partition(".")[0] == table.noun()
        row = self.see(
            table, id, f" FOR {'NO KEY UPDATE' if subject else 'KEY SHARE'} OF t1" if self.locks else ""
        )
        self.permit(row)
        if subject and self.if_match is not None:
            refuse_stale(row, self.if_match)
        return row

    def see(self, table, id, lock=""):
        """The row, when the caller may know of it (else 404).  What else they may do with it is not asked.

        It is looked for in the caller's organizations; whether it may be seen there is asked of the policy.
        """
        organizational, other = needs(table)
        one = len(self.access.tenants) == 1

        def build():
            viewer = Viewer({permission: {TENANT: one} for permission in organizational}, in_turn=False)
            sql, parameters = table.visible_to(viewer).where(table.id == slot("id")).sql()
            return sql + lock, parameters

        found = statement(("see", table, one, lock), build)
        values = {"caller.user_id": self.user_id, "caller.session_id": self.session_id, "id": id}
        for permission in other:
            self.ask(permission)
        for permission in organizational:
            values[f"{permission} {TENANT}"] = self.access.tenants[0] if one else self.access.tenants
        found = found.whole(table, values) if lock else found.shown(table, values)
        row = found[0] if found else None
        if row is None or not all(policy.allows(permission, self, row) for permission in organizational):
            raise NotFound(f"No {table.noun().replace('_', ' ')} has this id.")
        return row

    def seen(self, rows):
        """Those of ``rows`` that the caller may know of."""
        return [one for one in rows if policy.allows(f"{one.noun()}.read", self, one)]

    def within(self, organization_id):
        """The id of an organization to look into, where the caller has the operation's permission on something at least."""
        row = self.see(Organization, organization_id)
        self.asked = True
        allowed = self.reach.somewhere_in(self.permission, row.id)
        if not allowed:
            if self.access.audits:
                self._keep(self.permission, row, allowed)
            self.refuse(self.permission)
        return row.id


def _known(credential):
    """``(rows, notice)``: whom a credential is of, and what remembers an address that it is used from."""
    if isinstance(credential, ServiceToken):
        who = service_tokens.verified(credential)
        return rows(BY_SERVICE_KEY, who), partial(ServiceKey.notice, *who)
    if isinstance(credential, ServiceCertificateShown):
        return rows(BY_CERTIFICATE, credential), partial(ServiceCertificate.notice, *credential)
    credential = tokens.settled(credential)
    if credential is None:
        return [], None
    if credential.session_id:
        found = rows(BY_SESSION, (credential.session_id, credential.epoch))
        return found, partial(Session.notice, credential.session_id)
    if credential.token:
        token = digest(credential.token)
        return rows(BY_TOKEN, (token,)), lambda address: Consent.notice(token)
    secret = digest(credential.secret)
    return rows(BY_KEY, [secret] * 3), partial(ApiKey.notice, secret)


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


def _narrowed(places, within):
    """The ids of places, in order; within one organization those of it."""
    if within is None:
        return sorted(places)
    if isinstance(places, dict):
        return sorted(id for id, place in places.items() if place == within)
    return [within] if within in places else []


def refuse_stale(row, if_match):
    """Compare ``If-Match`` (RFC 9110 §13.1.1) with what is stored."""
    sent = [tag.strip() for tag in if_match.split(",")]
    if "*" in sent or row.etag in sent:
        return
    raise StaleEtag(
        f"You sent {if_match}; the stored one is {row.etag}.",
        current_etag=row.etag,
        changed_fields=Event.fields_changed_since(row, _version(sent[0])),
        headers={"ETag": row.etag},
    )


def _version(tag):
    """The version that an ETag of ours was made of; without one, nothing is known to have changed since."""
    number = tag.strip('"').partition(".")[0]
    return int(number) if number.isdecimal() and len(number) < 19 else 2**62
