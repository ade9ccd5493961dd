"""Apps: programs of partners, which act for people who agree, or for themselves."""

import hmac
import re
from datetime import timedelta

from peewee import ForeignKeyField, TextField

from models.access.members import Member, refuse_above
from models.access.organizations import Organization
from models.apps.redirect_uris import fault_of, faults_of
from models.base.declarations import Declaration, Export, Personal
from models.base.errors import Conflict, InvalidRequest, InvalidValue, fault
from models.base.fields import TextArrayField, UtcField
from models.base.secret import digest
from models.base.statements import rows
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.users import User

# An app on somebody's device listens on whatever port is free (RFC 8252 §7.3).
ON_THE_DEVICE = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?((?:[/?].*)?)")
PARTS = ("client_type", "redirect_uris", "grant_types", "service_role")


class AppNotWhole(InvalidValue):
    """The app configuration is inconsistent.

    Cause: The app has no redirect URI for people to return to, no secret to act for itself, or a role without a use.
    Fix: Add a redirect URI, make the app confidential, or remove the grant type or the role, as `detail` says.
    Try: curl -X PATCH --json '{"grant_types": ["client_credentials"]}' -H "Authorization: Bearer $TOKEN" $BASE/apps/$PUBLIC_APP
    """


class AppIsPublic(Conflict):
    """A public app has no client secret.

    Cause: A public app runs in a browser or on the device of a person, where a secret cannot be kept.
    Fix: Register a confidential app for software that runs on a server.
    Try: curl --json '{"overlap_seconds": 0, "password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN"
        $BASE/apps/$PUBLIC_APP/secrets
    """


class App(Table):
    """``secret_digest`` is the SHA-256 of the secret; the former one is good until ``former_secret_ends_at``.
    ``service_user`` is whom the app is when it acts for itself."""

    organization = ForeignKeyField(
        Organization, column_name="organization_id", backref="apps", on_delete="CASCADE"
    )
    name = TextField()
    homepage = TextField(null=True)
    client_type = TextField()
    redirect_uris = TextArrayField()
    scopes = TextArrayField()
    grant_types = TextArrayField()
    status = TextField(default="active")
    service_user = ForeignKeyField(User, column_name="service_user_id", null=True, on_delete="SET NULL")
    secret_prefix = TextField(null=True)
    secret_digest = TextField(null=True)
    former_secret_digest = TextField(null=True)
    former_secret_ends_at = UtcField(null=True)
    created_by = ForeignKeyField(User, column_name="created_by_id", on_delete="RESTRICT", index=False)

    FILTERS: dict = {}

    class Meta:
        table_name = "apps"
        declares = Declaration(
            tenant="organization",
            write_only=frozenset({"secret_digest", "former_secret_digest"}),
            parent="organization",
            # Of one's own organizations, shown by its id, or agreed to.
            policy="""organization_id = any ((select remit_places())::uuid[])
                or id = any ((select remit_accounts())::uuid[]) or id in (select app_id from consents)""",
            personal=Personal(
                exports=(Export("apps_registered", "App", by="created_by", permission="app.read"),),
                erasure="Stays, by id; deleted with its organization.",
            ),
        )

    @classmethod
    def visible_to(cls, caller):
        return cls.select().where(caller.sees("app.read", organization=cls.organization))

    @classmethod
    def register(cls, organization, by, *, secret, service_role=None, **fields):
        """A new app.  ``by`` is the role of who registers it; ``secret`` is not used for a public one."""
        refuse_parts(service_role=service_role, **fields)
        if service_role:
            refuse_above(service_role, by)
            fields["service_user"] = service_user(fields["name"])
            Member.enrol(organization, fields["service_user"], service_role)
        if fields["client_type"] == "confidential":
            fields |= {"secret_prefix": secret[:13], "secret_digest": digest(secret)}
        return cls.add("app.created", organization=organization, **fields)

    @property
    def is_active(self):
        return self.status == "active"

    @property
    def acts_for_itself(self):
        """Whether it has an account of its own, which is a member still and not disabled.  Needs no tenant to be allowed."""
        user = self.service_user if self.service_user_id else None
        return user is not None and user.disabled_at is None and self.organization_id in user.places

    @property
    def organization_name(self):
        """The name of the organization that owns the app, which people who are no members see, too."""
        return rows("select remit_organization_name(%s)", (self.organization_id,))[0][0]

    @property
    def membership(self):
        """The membership of the app's service user; None without one."""
        return (
            Member.select()
            .where(Member.organization == self.organization_id, Member.user == self.service_user_id)
            .first()
        )

    def change(self, **fields):
        parts = ("client_type", "redirect_uris", "grant_types")
        refuse_parts(**{name: getattr(self, name) for name in parts} | fields, sent=fields)
        if self.service_user_id and "name" in fields:
            self.service_user.change(name=fields["name"])
        return self.record("app.updated", **fields)

    def is_widened_by(self, fields):
        """Whether a change would add scopes, grant types, or redirect URIs, or activate the app."""
        lists = ("scopes", "grant_types", "redirect_uris")
        grows = any(set(fields.get(name, ())) - set(getattr(self, name)) for name in lists)
        return grows or (fields.get("status") == "active" and not self.is_active)

    def rotate_secret(self, secret, overlap_seconds):
        """Make ``secret`` the valid one; the present one stays valid for ``overlap_seconds``."""
        if self.client_type == "public":
            raise AppIsPublic()
        ends_at = now() + timedelta(seconds=overlap_seconds)
        return self.record(
            "app.secret_rotated",
            secret_prefix=secret[:13],
            secret_digest=digest(secret),
            former_secret_digest=self.secret_digest if overlap_seconds else None,
            former_secret_ends_at=ends_at if overlap_seconds else None,
        )

    def accepts(self, secret):
        """Whether ``secret`` is that of the app, or the former one while that is valid."""
        valid_digests = [self.secret_digest or ""]
        if self.former_secret_digest and self.former_secret_ends_at > now():
            valid_digests.append(self.former_secret_digest)
        return any(hmac.compare_digest(valid_digest, digest(secret)) for valid_digest in valid_digests)

    def may_send_to(self, uri):
        """Whether people may be sent back to ``uri``: it is registered, letter by letter; on a device with any port."""
        is_registered = uri in self.redirect_uris or (
            is_on_the_device(uri) and without_port(uri) in map(without_port, self.redirect_uris)
        )
        return is_registered and fault_of(uri) is None


def refuse_parts(client_type, redirect_uris, grant_types, service_role=None, sent=PARTS, **_):
    """Refuse an app whose parts do not fit together.  ``sent`` has the names of those that are in the request."""
    unsound = faults_of(redirect_uris)
    errors = [*unsound] + [
        fault("body", AppNotWhole.code(), reason, pointer=f"/{part}")
        for reason, parts in _misfits(client_type, redirect_uris, grant_types, service_role)
        for part in parts
        if part in sent
    ]
    if unsound:
        raise InvalidRequest(errors[0]["detail"], errors=errors)
    if errors:
        raise AppNotWhole(" ".join(dict.fromkeys(error["detail"] for error in errors)), errors=errors)


def _misfits(client_type, redirect_uris, grant_types, service_role):
    """``(reason, names of the parts)`` of each inconsistency of an app."""
    if "authorization_code" in grant_types and not redirect_uris:
        yield "`authorization_code` requires a redirect URI.", ("grant_types", "redirect_uris")
    if "client_credentials" in grant_types and client_type == "public":
        reason = "A public app cannot authenticate, and therefore cannot use `client_credentials`."
        yield reason, ("client_type", "grant_types")
    if service_role and "client_credentials" not in grant_types:
        yield "`service_role` requires `client_credentials`.", ("grant_types", "service_role")


def service_user(name):
    """The account of an app: of no person, and so without an address or a password."""
    return User.add("user.registered", kind="service", name=name)


def is_on_the_device(uri):
    return ON_THE_DEVICE.fullmatch(uri) is not None


def without_port(uri):
    match = ON_THE_DEVICE.fullmatch(uri)
    return "".join(match.groups()) if match else uri
