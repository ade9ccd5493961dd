"""Document templates: how the documents of an organization look."""

import base64
import binascii
import hashlib
from typing import Any

from peewee import SQL, BlobField, BooleanField, ForeignKeyField, TextField

from models.access.organizations import Organization
from models.base.database import database
from models.base.declarations import WITH_TENANT, Declaration, Personal
from models.base.errors import InvalidValue
from models.base.fields import TextArrayField
from models.base.table import Table
from models.services import logos

# One request at a time makes a template of an organization the default.
TURN = "select pg_advisory_xact_lock(hashtextextended('document_templates.default ' || %s, 0))"


class LogoNotUsable(InvalidValue):
    """The logo cannot be used.

    Cause: `logo` is not a complete PNG file in base64, or is larger than 48 KiB or 1,024 pixels on a side.
    Fix: Send a smaller file, as PNG.
    Try: curl --json '{"name": "Letter", "logo": "R0lGODlhAQABAAAAACw="}' -H "Authorization: Bearer $TOKEN"
        $BASE/organizations/$ORGANIZATION/document-templates
    """


class DocumentTemplate(Table):
    """``logo`` is a PNG file, and ``logo_sha256`` its digest, by which it is known in answers and events."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    name = TextField()
    locale = TextField()
    paper = TextField()
    accent_color = TextField()
    header_text = TextField(null=True)
    footer_text = TextField(null=True)
    sections = TextArrayField()
    is_default = BooleanField()
    logo = BlobField(null=True)
    logo_sha256 = TextField(null=True)

    FILTERS: dict = {}

    class Meta:
        table_name = "document_templates"
        declares = Declaration(
            tenant="organization",
            parent="organization",
            personal=Personal(exports="It tells of an organization, and of no person.", erasure=WITH_TENANT),
            write_only=frozenset({"logo"}),
            unviolated={
                "document_templates_default": "the one before is cleared first, one request at a time"
            },
        )
        indexes = ((("id", "organization"), True), (("organization", "created_at", "id"), False))

    @classmethod
    def visible_to(cls, caller):
        return cls.select().where(caller.sees("document_template.read", of=cls))

    @classmethod
    def default_of(cls, organization_id: str) -> "DocumentTemplate | None":
        """The template of documents that name none."""
        return cls.get_or_none(cls.organization == organization_id, cls.is_default)

    @classmethod
    def create_in(cls, organization, **fields):
        if fields["is_default"]:
            cls._clear_default(organization.id)
        return cls.add("document_template.created", organization=organization.id, **_with_logo(fields))

    def change(self, **fields):
        if fields.get("is_default") and not self.is_default:
            self._clear_default(self.organization_id)
        fields = _with_logo(fields)
        if fields.get("logo_sha256") == self.logo_sha256:
            fields.pop("logo", None)
        return self.record("document_template.updated", **fields)

    def remove(self):
        self.erase("document_template.deleted")

    def style(self) -> dict[str, Any]:
        """What rendering takes of it: the fields of its ``Style``."""
        language, _, region = self.locale.partition("_")
        return {
            "locale": f"{language}-{region.upper()}",
            "paper": self.paper,
            "accent_color": self.accent_color,
            "header_text": self.header_text or "",
            "footer_text": self.footer_text or "",
            "sections": tuple(self.sections),
            "logo": bytes(self.logo) if self.logo else None,
        }

    @classmethod
    def _clear_default(cls, organization_id: str) -> None:
        database.execute_sql(TURN, [str(organization_id)])
        for template in cls.locked(cls.select().where(cls.organization == organization_id, cls.is_default)):
            template.record("document_template.updated", is_default=False)


DocumentTemplate.add_index(
    DocumentTemplate.organization,
    where=SQL("is_default"),
    unique=True,
    name="document_templates_default",
)


def check_logo(logo: str | None) -> None:
    """Refuse what is no logo."""
    if logo is not None:
        _decoded(logo)


def _with_logo(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with the logo as bytes, and its digest."""
    if "logo" not in fields:
        return fields
    content = None if fields["logo"] is None else _decoded(fields["logo"])
    return {**fields, "logo": content, "logo_sha256": content and hashlib.sha256(content).hexdigest()}


def _decoded(logo: str) -> bytes:
    try:
        content = base64.b64decode(logo, validate=True)
        logos.check(content)
    except (binascii.Error, logos.UnusableLogo) as fault:
        raise LogoNotUsable(f"{fault}".rstrip(".") + ".", fields=["logo"]) from None
    return content
