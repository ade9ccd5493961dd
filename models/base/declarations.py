"""Declarations: what a table states about itself, once, for everything that follows from it.

A table says it in its ``Meta``: ``declares = Declaration(tenant="organization", parent="project")``.  Values name fields of the
table.  A table that says nothing has :data:`UNDECLARED`.  Migrations never read declarations; a test compares a migrated
database with them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from peewee import Field, ForeignKeyField, Model, Node, Query

NEWEST = "-created_at"
# What stands in the place of a name and of an email address of somebody who was erased.
ANONYMOUS_NAME, ANONYMOUS_EMAIL = "Deleted user", "deleted@nobody.invalid"

History = Literal["event", "summary", "none"]


class DataSubject(Protocol):
    """The person whose data is exported."""

    id: str
    email: str | None

    @property
    def organization_ids(self) -> Node:
        """The organizations that the person is a member of, as a query."""

    @property
    def former_organization_ids(self) -> Node:
        """The organizations that the person is, or was, a member of, as a query."""


@dataclass(frozen=True)
class Export:
    """A file in the export of somebody's personal data.

    ``schema`` is the schema of its rows in the contract, None for rows that the contract does not have; ``columns`` are
    further columns.  The rows are those of the person's account or, with ``by``, those whose reference of that name is to
    the person, or those that ``query`` selects; they come in the declared order, the first first, unless the query is
    ordered.  Where rows are not the person's alone, ``permission`` is what the person needs now to read one: without it
    ``withheld`` is left out of the row, or the whole row where nothing is named.
    """

    file: str
    schema: str | None = None
    query: Callable[[DataSubject], Query] | None = None
    by: str | None = None
    columns: tuple[str, ...] = ()
    permission: str | None = None
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deletion:
    """Rows that an erasure deletes: where ``condition``, in SQL, holds.

    Its parameters are ``%(user)s``, ``%(addresses)s`` (that were the person's), ``%(since)s`` (when the erasure was
    requested) and ``%(last_mail)s``.  An erasure that is under way knows the deletion by its ``name``, which never changes.
    """

    name: str
    condition: str


@dataclass(frozen=True, kw_only=True)
class Personal:
    """What a table holds of people.

    ``exports``: the files of an export, or a sentence that says why there is none.
    ``erasure``: a sentence that says what an erasure leaves.
    ``is_deleted``: whether the rows of an erased account are deleted, at once.
    ``deletions``: further rows that an erasure deletes, in small transactions.
    ``replaced``: what stands in events in the place of the properties that tell of a person.  Ids stay.
    """

    exports: tuple[Export, ...] | str
    erasure: str
    is_deleted: bool = False
    deletions: tuple[Deletion, ...] = ()
    replaced: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """When rows are deleted because they are old: so many days after ``since``, an expression in SQL.

    ``days`` is a setting of the server or, in a table of a tenant, of the organization's retention.  ``where`` limits it.
    """

    days: str
    since: str
    where: str = "true"


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What a table states about itself.

    ``tenant``: the reference to the organization that owns each row, or ``id`` for the organization itself; None for rows
    of an account or of the server.
    ``account``: the reference to the account that owns each row, or the column with its id.  A log that is of a tenant or
    of an account has one column for both.
    ``policy``: the condition of row-level security, in SQL, where it is another than that the tenant or the account is
    the caller's.  ``unprotected`` says why a table has none.  ``is_written_unseen``: whether the server adds rows that it
    may not see.
    ``parent``: the reference to the row that a row is part of.  A grant on a row reaches its children.
    ``is_grantable``: whether a role can be granted on a row, and reaches the row and its children there; ``visible_to`` asks for
    that by ``caller.sees(permission, of=cls)``.
    ``order``: the default order of lists: the name of a field, after ``-`` when the greatest value comes first.
    ``history``: what a change leaves: ``event``, an event with the representation of the row; ``summary``, an event
    without it; ``none``, nothing.
    ``personal``: what is there of people; None where no column tells of anybody.
    ``write_only``: the columns that are loaded only with a row that is about to be changed: no answer shows them, and no rule of
    reading needs them.
    ``unviolated``: the unique indexes that no request can violate, each with the reason; any other is named after the
    refusal of who violates it.
    """

    tenant: str | None = None
    account: str | None = None
    policy: str | None = None
    unprotected: str | None = None
    is_written_unseen: bool = False
    parent: str | None = None
    is_grantable: bool = False
    order: str = NEWEST
    history: History = "event"
    personal: Personal | None = None
    expiry: Expiry | None = None
    write_only: frozenset[str] = frozenset()
    unviolated: Mapping[str, str] = field(default_factory=dict)


UNDECLARED = Declaration()
# Sentences that several tables need.
AT_ONCE = "Deleted at once."
BY_DIGEST = "It knows people by keyed digests alone, which nobody can turn back."
WITH_TENANT = "Stays; deleted with its organization."
OF_PROGRAMS = Personal(exports="It is of programs, which are no people.", erasure=WITH_TENANT)
DRAWN = "of a secret that was drawn"  # why a digest is unique


def declaration(table: type[Model]) -> Declaration:
    """The declaration of a table, or that of the table it inherits from."""
    return getattr(table._meta, "declares", UNDECLARED)


def field_of(table: type[Model], name: str) -> Field:
    """A field by its name, or by that of its column."""
    return table._meta.combined[name]


def order_of(table: type[Model]) -> tuple[Field, bool]:
    """The field of the default order, and whether the greatest value comes first."""
    order = declaration(table).order
    return field_of(table, order.removeprefix("-")), order.startswith("-")


def tenant_column(table: type[Model]) -> str | None:
    """The column with the id of the organization that owns a row."""
    name = declaration(table).tenant
    return field_of(table, name).column_name if name else None


def account_column(table: type[Model]) -> str | None:
    """The column with the id of the account that owns a row."""
    name = declaration(table).account
    return field_of(table, name).column_name if name else None


def is_owned(table: type[Model]) -> bool:
    """Whether each row belongs to an organization, by a reference; not so in logs, which are of accounts, too."""
    tenant = declaration(table).tenant
    return tenant is not None and isinstance(field_of(table, tenant), ForeignKeyField)


def is_organization(table: type[Model]) -> bool:
    """Whether each row is an organization."""
    return declaration(table).tenant == "id" and declaration(table).account is None


def is_account(table: type[Model]) -> bool:
    """Whether each row is an account."""
    return declaration(table).account == "id" and declaration(table).tenant is None


def is_cascaded(table: type[Model]) -> bool:
    """Whether the rows of an account are deleted with it."""
    account = declaration(table).account
    return account is not None and isinstance(field_of(table, account), ForeignKeyField)


def parent_of(table: type[Model]) -> ForeignKeyField | None:
    """The reference of a table to the row that a row of it is part of."""
    name = declaration(table).parent
    return table._meta.fields[name] if name else None


def ancestors(table: type[Model]) -> list[type[Model]]:
    """The tables that rows of a table are part of, the nearest first."""
    tables: list[type[Model]] = []
    while (reference := parent_of(table)) is not None:
        table = reference.rel_model
        tables.append(table)
    return tables
