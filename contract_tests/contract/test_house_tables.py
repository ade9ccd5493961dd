"""The tables against the models: what migrations make is what the models say, and can be taken back."""

import pytest
from peewee import ForeignKeyField
from playhouse.schema_diff import diff_models

import models
from models.base.database import Database
from models.migrations import is_current, migrate, runner

TYPES = {
    "UUID": "uuid",
    "TIMESTAMPTZ": "timestamptz",
    "TEXT": "text",
    "BIGINT": "int8",
    "INT": "int4",
    "SMALLINT": "int2",
    "DATE": "date",
    "TEXT[]": "_text",
    "UUID[]": "_uuid",
    "BOOL": "bool",
    "JSONB": "jsonb",
    "BLOB": "bytea",
    "TSVECTOR": "tsvector",
}
ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL"}

COLUMNS = """
select table_name, column_name, udt_name, is_nullable = 'YES' from information_schema.columns
where table_schema = 'public' order by 1, 2
"""
INDEXES = """
select t.relname, i.indisunique and not i.indisprimary,
       array(select a.attname::text from unnest(i.indkey) with ordinality k(number, place)
             left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number order by k.place)
from pg_index i join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
where n.nspname = 'public' order by 1
"""
REFERENCES = """
select c.conrelid::regclass::text, c.confrelid::regclass::text, c.confdeltype,
       array(select a.attname::text from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey))
from pg_constraint c where c.contype = 'f'
"""
# Everything that a migration can leave behind, in words that two databases can be compared by.
SHAPE = (
    """select table_name, column_name, data_type, is_nullable, column_default, is_generated, generation_expression
       from information_schema.columns where table_schema = 'public'""",
    "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'",
    "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint where conrelid <> 0",
    "select relname, relkind, relpersistence from pg_class where relnamespace = 'public'::regnamespace",
    "select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
    "select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace",
    "select extname from pg_extension",
    "select tablename, policyname, qual, with_check from pg_policies where schemaname = 'public'",
)
# References that lead down in models.tables(), deferred.
AHEAD = {("Assignment", "task"): "a part of the task, whose queries speak of it: imported before it"}
# A column of two foreign keys of which each holds more than this reference would.
HELD_BY_OTHERS = {
    ("assignments", "organization_id"): "by those to the task and to the member, both of the organization"
}

# The tables of the queue belong to its library, which has no models of ours.
OF_THE_QUEUE = "procrastinate_"


@pytest.fixture(scope="module")
def empty(cluster):
    """A database of its own, without tables."""
    cluster.create_database("house")
    found = Database()
    found.configure(cluster.url("house"))
    yield found
    found.close()
    cluster.drop_database("house")


@pytest.fixture
def made(empty):
    """A database with the tables of the newest migration."""
    migrate(empty)
    with empty.connection_context():
        yield empty


def shape(database):
    with database.connection_context():
        return [sorted(map(repr, database.rows(sql))) for sql in SHAPE]


def take_back(database):
    """Every migration undone, the last first."""
    while any(one.applied for one in runner(database).status()):
        assert runner(database).down(), "a migration cannot be undone: give it a down()"


def test_migrations_can_be_undone_and_done_again(empty):
    migrate(empty)
    first = shape(empty)
    assert is_current(empty)
    take_back(empty)
    left = [row for row in shape(empty)[0] if "'migrations'" not in row]
    assert not left, f"down() leaves behind: {left}"
    migrate(empty)
    assert shape(empty) == first, "up() after down() makes other tables than the first time"


def test_every_table_has_a_model_and_every_model_a_table(made):
    tables = {name for (name,) in made.rows("select tablename from pg_tables where schemaname = 'public'")}
    known = {model._meta.table_name for model in models.tables()}
    assert any(name.startswith(OF_THE_QUEUE) for name in tables), "take off OF_THE_QUEUE"
    assert {name for name in tables if not name.startswith(OF_THE_QUEUE)} - {"migrations"} == known, (
        "name each table in models.tables(), and make each by a migration"
    )


def test_columns_are_those_of_the_models(made):
    difference = diff_models(made, models.tables())
    assert not (difference.create_tables or difference.add_columns or difference.drop_columns), (
        f"write a migration, or mend the model:\n{difference}"
    )
    stored = {(table, column): (kind, null) for table, column, kind, null in made.rows(COLUMNS)}
    for field in fields():
        place = field.model._meta.table_name, field.column_name
        assert stored[place] == (TYPES[field.field_type], field.null), (
            f"{place}: type and null as in the migration"
        )


def test_indexes_that_models_declare_are_there(made):
    """Perhaps as the beginning of a longer one."""
    there = [(table, columns) for table, _, columns in made.rows(INDEXES)]
    for index in diff_models(made, models.tables()).add_indexes:
        begun = any(
            table == index.table and tuple(found[: len(index.columns)]) == index.columns
            for table, found in there
        )
        assert begun and not index.unique, (
            f"{index.display('make the')} in a migration, or index=False in the model"
        )


# Unique are expressions, which Peewee has no words for: the model refuses by the index's name.
OF_EXPRESSIONS = {"team_name_taken__lower", "grant_exists"}


def test_what_is_unique_is_declared_by_the_models(made):
    """Indexes for speed belong to the migrations alone; what is unique is a rule, and stands in the model."""
    found = [index for index in diff_models(made, models.tables()).drop_indexes if index.unique]
    assert {index.name for index in found} >= OF_EXPRESSIONS, "take off OF_EXPRESSIONS what is not there"
    for index in found:
        assert index.name in OF_EXPRESSIONS, f"{index.display('declare the')} in its model"


def test_references_are_those_of_the_models(made):
    there = {
        (table, column): (target, ACTIONS[action], columns)
        for table, target, action, columns in made.rows(REFERENCES)
        for column in columns
        if not table.startswith(OF_THE_QUEUE)
    }
    whole = [
        (table, target, ACTIONS[action], set(columns))
        for table, target, action, columns in made.rows(REFERENCES)
    ]
    unheld = set()
    for field in (one for one in fields() if isinstance(one, ForeignKeyField)):
        table, target = field.model._meta.table_name, field.rel_model._meta.table_name
        wanted = (table, target, field.on_delete)
        if not any(found[:3] == wanted and field.column_name in found[3] for found in whole):
            unheld.add((table, field.column_name))
    assert unheld == HELD_BY_OTHERS.keys(), "a reference of a model is a foreign key with the same on delete"
    declared = {
        (one.model._meta.table_name, one.column_name) for one in fields() if isinstance(one, ForeignKeyField)
    }
    assert there.keys() - declared == set(), "every foreign key is a ForeignKeyField of the model"


def test_models_stand_after_those_that_they_refer_to():
    seen, ahead = set(), set()
    for model in models.tables():
        ahead |= {
            (model.__name__, name.name) for name in model._meta.refs if name.rel_model not in seen | {model}
        }
        seen.add(model)
    assert ahead == AHEAD.keys(), "order models.tables() so that each stands after those it refers to"


@pytest.mark.parametrize(
    ("sql", "look"),
    [
        ("alter table tasks add column colour text", test_columns_are_those_of_the_models),
        ("alter table projects drop column description", test_columns_are_those_of_the_models),
        ("alter table tasks alter column title drop not null", test_columns_are_those_of_the_models),
        ("alter table tasks alter column number type integer", test_columns_are_those_of_the_models),
        ("create table notes (id uuid)", test_every_table_has_a_model_and_every_model_a_table),
        ("drop table counters", test_every_table_has_a_model_and_every_model_a_table),
        ("drop index members_newest, members_user", test_indexes_that_models_declare_are_there),
        ("create unique index titles on tasks (title)", test_what_is_unique_is_declared_by_the_models),
        (
            "alter table sessions drop constraint sessions_user_id_fkey",
            test_references_are_those_of_the_models,
        ),
    ],
)
def test_a_difference_that_is_planted_is_found(made, sql, look):
    with made.atomic() as transaction:
        made.execute_sql(sql)
        with pytest.raises(AssertionError):
            look(made)
        transaction.rollback()


def fields():
    return [field for model in models.tables() for field in model._meta.sorted_fields]


def test_whatever_can_be_asked_for_tells_where_a_grant_could_reach_it():
    for table in models.tables():
        if hasattr(table, "visible_to") and hasattr(table, "organization_id"):
            assert hasattr(table, "scope"), f"{table.__name__} has no scope"
