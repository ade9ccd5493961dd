"""What tables declare, against what they are: who forgets to say it is told."""

import re
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest
from peewee import ForeignKeyField, TextField

import models
from models import CONTEXTS, tables
from models.access.organizations import Organization
from models.base.declarations import (
    UNDECLARED,
    Declaration,
    account_column,
    ancestors,
    declaration,
    field_of,
    is_organization,
    order_of,
    tenant_column,
)
from models.base.settings import Settings
from models.base.table import Table
from models.identity.users import User
from models.privacy.export_parts import parts
from models.privacy.retentions import Retention
from models.work.assignments import Assignment
from models.work.projects import Project
from models.work.tasks import Task

# What a column is called that may tell of a person.
PERSONAL = re.compile(
    "address|agent|birth|email|locale|password|phone|recipient|time_zone|(user|actor|owner|member|inviter|creator|person)(_id)?$"
)


def faults(table):
    """What a table says of itself that is not so, or does not say."""
    declared, name = declaration(table), table.__name__
    columns = {field.column_name: field for field in table._meta.sorted_fields}
    if "organization_id" in columns and tenant_column(table) is None:
        yield f'{name}: declare tenant="organization"'
    is_log = declared.tenant and declared.account
    if declared.tenant and not is_organization(table) and not is_log and not _has_organization(table):
        yield f"{name}: organization_id, a reference, stands in every table of a tenant"
    telling = [column for column, field in columns.items() if PERSONAL.search(column) or _is_of_a_user(field)]
    if telling and declared.personal is None:
        yield f"{name}: declare what an export tells, and an erasure leaves, of {', '.join(telling)}"
    for reference in (declared.tenant, declared.account, declared.parent):
        if reference and reference not in table._meta.combined:
            yield f"{name} has no {reference}"
    if declared.history != "none" and not issubclass(table, Table):
        yield f'{name}: history="none" is what a plain model has'
    if hasattr(table, "visible_to"):
        order_of(table)
    if declared.expiry and not hasattr(Retention if declared.tenant else _Settings, declared.expiry.days):
        yield f"{name}: no setting or retention is called {declared.expiry.days}"


class _Settings:
    """The names of the settings."""


for _name in Settings.model_fields:
    setattr(_Settings, _name, None)


def _has_organization(table):
    field = field_of(table, declaration(table).tenant)
    return isinstance(field, ForeignKeyField) and (field.column_name, field.rel_model) == (
        "organization_id",
        Organization,
    )


def _is_of_a_user(field):
    return isinstance(field, ForeignKeyField) and field.rel_model is User


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.__name__)
def test_a_table_declares_what_it_is(table):
    assert list(faults(table)) == []


class Note(Table):
    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    author_email = TextField()

    class Meta:
        table_name = "notes"
        declares = Declaration(tenant="organization")


class Label(Table):
    """What nothing is personal of."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    name = TextField()
    color = TextField()

    class Meta:
        table_name = "labels"
        declares = Declaration(tenant="organization", parent="organization")


@pytest.mark.parametrize(
    ("declared", "complaint"),
    [
        (Declaration(), 'Note: declare tenant="organization"'),
        (Declaration(tenant="organization"), "Note: declare what an export tells, and an erasure leaves, of author_email"),
        (Declaration(tenant="organization", parent="project"), "Note has no project"),
        (Declaration(tenant="created_at"), "Note: organization_id, a reference, stands in every table of a tenant"),
    ],
)  # fmt: skip
def test_what_is_not_declared_is_told(monkeypatch, declared, complaint):
    monkeypatch.setattr(Note._meta, "declares", declared)
    assert complaint in list(faults(Note))


def test_a_plain_model_that_promises_events_is_told(monkeypatch):
    monkeypatch.setattr(Assignment._meta, "declares", replace(declaration(Assignment), history="event"))
    assert list(faults(Assignment)) == ['Assignment: history="none" is what a plain model has']


def test_a_table_of_a_tenant_that_tells_of_nobody_says_whose_it_is_and_no_more():
    assert list(faults(Label)) == []


def test_a_declaration_refuses_what_it_does_not_know():
    with pytest.raises(TypeError):
        Declaration(tennant="organization")
    with pytest.raises(FrozenInstanceError):
        UNDECLARED.tenant = "organization"


def strange(folder):
    """The packages of models that no context is."""
    names = {path.parent.name for path in Path(folder).glob("*/__init__.py")} - {"base", "migrations"}
    return names - set().union(*CONTEXTS)


def test_every_folder_of_models_is_a_context(tmp_path):
    assert not strange(models.__path__[0]), "name it in models.CONTEXTS: its tables are not found"
    (tmp_path / "warehouses").mkdir()
    (tmp_path / "warehouses" / "__init__.py").touch()
    assert strange(tmp_path) == {"warehouses"}


def test_parents_lead_to_the_organization():
    assert ancestors(Task) == [Project, Organization]
    assert ancestors(Assignment) == [Task, Project, Organization]
    for table in tables():
        if declaration(table).tenant and declaration(table).parent:
            assert ancestors(table)[-1] is Organization


def test_files_of_an_export_have_names_of_their_own():
    names = [part.file for part in parts()]
    assert sorted(set(names)) == sorted(names)
    for part in parts():
        assert part.export.query or part.export.by or account_column(part.table), f"{part.file}: whose rows?"


@pytest.mark.parametrize(("history", "count"), [("event", 1), ("summary", 1), ("none", 0)])
def test_history_is_what_the_table_declares(monkeypatch, owner, task, history, count):
    monkeypatch.setattr(Task._meta, "declares", replace(declaration(Task), history=history))
    assert owner.patch(f"/tasks/{task['id']}", {"title": "Renamed"}).status_code == 200
    asked = {"organization_id": task["organization_id"], "subject_id": task["id"], "sort": "-sequence"}
    events = [
        event
        for event in owner.get("/events", params=asked).json()["items"]
        if event["event_type"] == "task.updated"
    ]
    assert len(events) == count
    for event in events:
        assert bool(event["changes"]) == bool(event["snapshot"].get("task")) == (history == "event")
