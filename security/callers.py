"""Callers: who asks, with which scopes and roles, for which operation; and how one gets a row without forgetting to ask."""

from functools import cache

from peewee import SQL

from models.api_keys import ApiKey
from models.base.errors import NotFound, PermissionDenied, StaleEtag, Unauthenticated
from models.base.secret import digest
from models.base.statements import any_of, rows, slot, statement
from models.events import Event
from models.sessions import Session
from security import policy, tokens

NOWHERE = "00000000-0000-0000-0000-000000000000"
WHO = """
select u.id::text, u.rate_class, {extra}, now(), {unnoticed},
       coalesce((select json_object_agg(m.organization_id, m.role) from members m where m.user_id = u.id), '{{}}')
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
# What an app may do for somebody: what it was let do, as far as the app may do that still.
BY_TOKEN = (
    WHO.format(
        extra="null::text, array(select unnest(t.scopes) intersect select unnest(p.scopes)), t.expires_at",
        unnoticed="false",
    )
    + """
from oauth_tokens t join authorizations a on a.id = t.authorization_id join apps p on p.id = a.app_id
     join users u on u.id = a.user_id left join consents c on c.id = a.consent_id
where t.digest = %s and t.purpose = 'access' and t.expires_at > now() and a.revoked_at is null
      and p.status = 'active' and c.revoked_at is null and u.disabled_at is null
"""
)


class Caller:
    """Who asks.

    ``scopes`` is None for a session, which has them all.  ``permission`` is what the operation needs; ``asked`` becomes
    true when it was asked for, and an operation that answers without it is a fault of ours.
    """

    user_id = None
    session_id = None
    rate_class = "public"
    scopes = None
    expires_at = None  # when the key or the app's token ends that is used; None for a session, or for never
    roles: dict = {}
    now = None

    def __init__(self, *, permission=None, locks=False, if_match=None, request_id="", address=""):
        self.permission = permission
        self.locks = locks
        self.if_match = if_match
        self.request_id = request_id
        self.address = address
        self.asked = permission is None

    def identify(self, credential):
        """Learn who it is.  Refused when the session ended, or the key or the app's token does not hold."""
        credential, found = tokens.settled(credential), None
        if credential and credential.session_id:
            found = rows(BY_SESSION, (credential.session_id, credential.epoch))
        elif credential and credential.token:
            found = rows(BY_TOKEN, (digest(credential.token),))
        elif credential:
            found = rows(BY_KEY, [digest(credential.secret)] * 3)
        if not found:
            raise Unauthenticated("The session has ended, or the key or token does not hold.")
        self.user_id, self.rate_class, self.session_id, self.scopes, self.expires_at, *rest = found[0]
        self.now, unnoticed, self.roles = rest
        if unnoticed and self.session_id:
            Session.notice(self.session_id, self.address)
        elif unnoticed:
            ApiKey.notice(digest(credential.secret), self.address)

    def need_scopes(self, scopes):
        """Refuse when the credentials are not meant for this."""
        missing = [] if self.scopes is None else [scope for scope in scopes if scope not in self.scopes]
        if missing:
            raise PermissionDenied(f"The scope {missing[0]} is missing.", permission=missing[0])

    def rank_in(self, organization_id):
        """The rank of the caller's role in an organization; -1 outside."""
        return policy.RANK.get(self.roles.get(organization_id), -1)

    def role_in(self, organization_id):
        return self.roles[organization_id]

    def ask(self, permission):
        """Note that ``permission`` was thought of, where the query itself is the answer."""
        self.asked = self.asked or permission == self.permission

    def places(self, permission):
        """The ids of the organizations where the caller has ``permission`` by role, in order."""
        least = policy.rank_for(permission)
        return sorted(place for place, role in self.roles.items() if policy.RANK[role] >= least)

    def shape(self, table):
        """What the SQL of what the caller sees of ``table`` depends on: in which needs there is just one organization."""
        return tuple(len(self.places(permission)) == 1 for permission in needs(table)[0])

    def viewer(self, table, within=None, *, in_turn=True):
        """Who stands for the caller while a query of the table is written.  See :class:`Viewer`."""
        one = [bool(within) or len(self.places(permission)) == 1 for permission in needs(table)[0]]
        return Viewer(dict(zip(needs(table)[0], one, strict=True)), in_turn=in_turn and table.asked_in_turn)

    def values(self, table, within=None):
        """The values of the slots of a :class:`Viewer`; the permissions of the query count as asked."""
        organizational, other = needs(table)
        found = {"caller.user_id": self.user_id, "caller.session_id": self.session_id}
        for permission in (*organizational, *other):
            self.ask(permission)
        for permission in organizational:
            places = self.places(permission)
            if within is not None:
                places = [place for place in places if place == within] or [NOWHERE]
            found[permission] = places[0] if len(places) == 1 else places
        return found

    def permit(self, row=None):
        """Refuse when the operation's permission is missing on ``row``."""
        self.asked = True
        if not policy.allows(self.permission, self, row):
            raise PermissionDenied(
                f"The permission {self.permission} is missing.", permission=self.permission
            )
        return row

    def find(self, table, id):
        """The row, when the caller may know of it (else 404) and has the operation's permission on it (else 403).

        In a write the row is locked: for changing it when it is what the operation is about, and its ``If-Match`` is
        compared; else only against being deleted meanwhile.
        """
        subject = self.permission.partition(".")[0] == table.noun()
        lock = f" FOR {'NO KEY UPDATE' if subject else 'KEY SHARE'} OF t1" if self.locks else ""

        def build():
            query = table.visible_to(self.viewer(table, in_turn=False)).where(table.id == slot("id"))
            sql, parameters = query.sql()
            return sql + lock, parameters

        found = statement(("find", table, self.shape(table), lock), build)
        values = {**self.values(table), "id": id}
        found = found.whole(table, values) if self.locks else found.shown(table, values)
        row = found[0] if found else None
        if row is None:
            raise NotFound(f"No {table.noun().replace('_', ' ')} has this id.")
        self.permit(row)
        if subject and self.if_match is not None:
            refuse_stale(row, self.if_match)
        return row


class Viewer:
    """Stands for a caller in ``Table.visible_to`` while a query is written: slots where a caller has values.

    ``is_one`` says of each permission whether there is one organization, which is asked as equality so that indexes
    give rows in order.  Of several, a page is answered from each in turn, and ``in_turn`` becomes the name of their slot.
    """

    def __init__(self, is_one, *, in_turn):
        self.is_one = is_one
        self.may_turn = in_turn and len(is_one) == 1
        self.in_turn = None
        self.organizational, self.other = [], []
        self.user_id, self.session_id = slot("caller.user_id", "uuid"), slot("caller.session_id", "uuid")

    def ask(self, permission):
        self.other.append(permission)

    def organizations_with(self, permission, column):
        """The condition that ``column`` is an organization where the caller has ``permission`` by role."""
        self.organizational.append(permission)
        if self.is_one.get(permission):
            return column == slot(permission)
        if self.may_turn:
            self.in_turn = permission
            return column == SQL("place.id")
        return column == any_of(permission, "uuid[]")


@cache
def needs(table):
    """The permissions that ``table.visible_to`` asks for: by organization, and otherwise."""
    viewer = Viewer({}, in_turn=False)
    table.visible_to(viewer)
    return tuple(viewer.organizational), tuple(viewer.other)


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
