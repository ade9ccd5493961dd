"""Rows as they are written: values in the form of their columns, and names of before the rule that compares them."""

from typing import Any

import pytest
from peewee import ForeignKeyField, TextField

from models.base.database import Database, database
from models.base.fields import IdListField, JsonField, TextArrayField
from models.base.ids import new_id
from models.base.table import Table
from models.base.unit_of_work import UnitOfWork
from models.migrations import migrate, runner

TEAM = """insert into teams (id, version, created_at, updated_at, organization_id, name)
    values (%s, 1, now(), now(), %s, %s)"""


class Place(Table):
    name = TextField()

    class Meta:
        table_name = "test_places"


class Thing(Table):
    place = ForeignKeyField(Place, column_name="place_id")
    facts = JsonField(null=True)
    words = TextArrayField(default=list)
    ids = IdListField(default=())
    organization_id = event_organization_id = None
    stream_id: Any = None

    class Meta:
        table_name = "test_things"


@pytest.fixture
def work(database_url):
    """A unit of work with the two tables above, of which nothing stays."""
    with database.connection_context(), database.transaction() as transaction:
        database.create_tables([Place, Thing])
        with UnitOfWork() as unit:
            yield unit
            unit.events.clear()
            transaction.rollback()


@pytest.mark.usefixtures("work")
def test_a_change_converts_values_as_an_addition_does():
    here, there = (Place.create(name=name) for name in ("here", "there"))
    thing = Thing.add("thing.made", place=here, facts=["a"], words=["x"], ids=[])
    ids = [new_id(), new_id()]
    thing.record("thing.changed", place=there, facts=[{"b": [1, "\u00e9"]}, None], words=['"', "\\"], ids=ids)
    read = Thing.get_by_id(thing.id)
    assert (read.place_id, read.facts, read.words) == (there.id, [{"b": [1, "\u00e9"]}, None], ['"', "\\"])
    assert ",".join(ids) in str(read.ids) or list(read.ids) == ids
    assert (thing.version, read.version) == (2, 2)


@pytest.mark.usefixtures("work")
def test_a_reference_to_the_same_row_changes_nothing():
    here = Place.create(name="here")
    thing = Thing.add("thing.made", place=here)
    for same in ({"place": here}, {"place": here.id}, {"place_id": here.id}, {"words": []}, {"facts": None}):
        assert thing.record("thing.changed", **same).version == 1
    assert thing.record("thing.changed", place_id=Place.create(name="there").id).version == 2


@pytest.fixture
def older(cluster):
    """A database of its own as it was before names of teams were compared in a folded form."""
    cluster.create_database("names")
    old_database = Database()
    old_database.configure(cluster.url("names"))
    migrate(old_database)
    with old_database.connection_context():
        while "0018_team_names" in {
            migration.name for migration in runner(old_database).status() if migration.applied
        }:
            runner(old_database).down()
    yield old_database
    old_database.close()
    cluster.drop_database("names")


def test_names_that_cannot_be_told_apart_are_migrated_and_keep_their_teams(older):
    names = [
        "Caf\u00e9",
        "Cafe\u0301",
        "Core",
        "Core ",
        "\u200b",
        "\x07",
        "Stra\u00dfe",
        "strasse",
        "a\nb",
        "a\n b",
        "CORE  ",
    ]
    organizations = [new_id(), new_id()]
    with older.connection_context():
        for organization_id in organizations:
            older.run(
                "insert into organizations (id, version, created_at, updated_at, name) values (%s, 1, now(), now(), 'x')",
                (organization_id,),
            )
            for name in names:
                older.run(TEAM, (new_id(), organization_id, name))
    migrate(older)
    with older.connection_context():
        rows = older.rows("select organization_id::text, name, name_fold from teams order by id")
        assert [(organization_id, name) for organization_id, name, _ in rows] == [
            (organization_id, name) for organization_id in organizations for name in names
        ]
        assert len({(organization_id, fold) for organization_id, _, fold in rows}) == len(rows)
        assert [fold for _, _, fold in rows][:3:2] == ["caf\u00e9", "core"]
