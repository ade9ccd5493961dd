"""Callers: who asks, with which scopes and roles, for which operation; and how one gets a row without forgetting to ask."""
from models.base.database import database
from models.base.errors import NotFound, PermissionDenied, StaleEtag, Unauthenticated
from models.base.secret import digest
from models.events import Event
from security import policy

WHO = """
select u.id::text, u.rate_class, {extra}, now(),
       coalesce((select json_object_agg(m.organization_id, m.role) from members m where m.user_id = u.id), '{{}}')
"""
BY_SESSION = WHO.format(extra="s.id::text, null::text[]") + """
from sessions s join users u on u.id = s.user_id
where s.id = %s and s.ended_at is null and s.expires_at > now()
"""
BY_KEY = WHO.format(extra="null::text, k.scopes") + """
from api_keys k join users u on u.id = k.user_id
where k.digest = %s and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
"""


class Caller:
    """Who asks.

    ``scopes`` is None for a session, which has them all.  ``permission`` is what the operation needs; ``asked`` becomes
    true when it was asked for, and an operation that answers without it is a fault of ours.
    """

    user_id = None
    session_id = None
    rate_class = "public"
    scopes = None
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
        """Learn who it is.  Refused when the session ended or the key does not hold."""
        if credential.session_id:
            found = database.rows(BY_SESSION, (credential.session_id,))
        else:
            found = database.rows(BY_KEY, (digest(credential.secret),))
        if not found:
            raise Unauthenticated("The session has ended, or the key does not hold.")
        self.user_id, self.rate_class, self.session_id, self.scopes, self.now, self.roles = found[0]

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

    def organizations_with(self, permission, column):
        """The condition that ``column`` is an organization where the caller has ``permission`` by role."""
        self.ask(permission)
        least = policy.rank_for(permission)
        found = sorted(place for place, role in self.roles.items() if policy.RANK[role] >= least)
        return column == found[0] if len(found) == 1 else column.in_(found)

    def permit(self, row=None):
        """Refuse when the operation's permission is missing on ``row``."""
        self.asked = True
        if not policy.allows(self.permission, self, row):
            raise PermissionDenied(f"The permission {self.permission} is missing.", permission=self.permission)
        return row

    def find(self, table, id):
        """The row, when the caller may know of it (else 404) and has the operation's permission on it (else 403).

        In a write the row is locked: for changing it when it is what the operation is about, and its ``If-Match`` is
        compared; else only against being deleted meanwhile.
        """
        query = table.visible_to(self).where(table.id == id)
        subject = self.permission.partition(".")[0] == table.noun()
        if self.locks:
            query = query.for_update(f'FOR {"NO KEY UPDATE" if subject else "KEY SHARE"} OF t1')
        row = query.first()
        if row is None:
            raise NotFound(f"No {table.noun().replace('_', ' ')} has this id.")
        self.permit(row)
        if subject and self.if_match is not None:
            refuse_stale(row, self.if_match)
        return row


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
