"""The tables against the models and their declarations: what migrations make is what models say, and can be taken back."""

import pytest
from peewee import ForeignKeyField, TextField

import models
from contract_tests.support.drift import missing
from models.access.organizations import Organization
from models.base.database import Database
from models.base.declarations import Declaration
from models.base.table import Table
from models.migrations import is_current, migrate, runner
from models.work.projects import Project

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


@pytest.fixture(scope="module")
def empty(cluster):
    """A database of its own, without tables."""
    cluster.create_database("house")
    database = Database()
    database.configure(cluster.url("house"))
    yield database
    database.close()
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
    while any(migration.applied for migration in runner(database).status()):
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


def test_a_migrated_database_is_what_the_models_declare(made):
    lacking = missing(made, models.tables())
    assert not lacking, "write a migration, or mend the model:\n" + "\n".join(lacking)


def test_models_stand_after_those_that_they_refer_to():
    seen = set()
    for model in models.tables():
        ahead = [reference for reference in model._meta.refs.values() if reference not in seen | {model}]
        assert not ahead, f"{model.__name__} stands before what it refers to"
        seen.add(model)


class Sticker(Table):
    """A table that no migration makes."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    project = ForeignKeyField(Project, column_name="project_id", on_delete="CASCADE")
    name = TextField()
    ended = TextField(null=True)

    class Meta:
        table_name = "stickers"
        declares = Declaration(tenant="organization", parent="project")
        indexes = ((("organization", "name"), True),)


Sticker.add_index(
    Sticker.project, Sticker.name, unique=True, where=Sticker.ended.is_null(), name="sticker_taken"
)

TENANT = "organization_id = any ((select remit_places())::uuid[])"
# What is planted, and the first line that has to be missing then.
PLANTED = {
    "alter table tasks add column colour text": "alter table tasks drop column colour;",
    "alter table projects drop column description": "alter table projects add column description text;",
    "alter table tasks alter column title drop not null": "alter table tasks alter column title set not null;",
    "alter table tasks alter column number type integer": "alter table tasks alter column number type bigint;",
    "create table notes (id uuid)": "drop table notes;",
    "drop table counters": "create table counters (key text not null, hits bigint not null, expires_at timestamp with time zone"
    " not null, primary key (key));",
    "drop index members_user": "create index on members (user_id);",
    "alter table projects drop constraint project_key_taken": "create unique index on projects (organization_id, key);",
    "drop index already_invited": 'CREATE UNIQUE INDEX IF NOT EXISTS "already_invited" ON "invitations"'
    ' ("organization_id", "email") WHERE ("outcome" IS NULL);',
    "create unique index titles on tasks (title)": "drop index titles;",
    "create unique index titles on tasks (lower(title))": "drop index titles;",
    "alter table sessions drop constraint sessions_user_id_fkey": "alter table sessions add foreign key (user_id)"
    " references users (id) on delete cascade;",
    "alter table tasks drop constraint tasks_project_id_organization_id_fkey, add foreign key (project_id)"
    " references projects (id) on delete restrict": "alter table tasks add foreign key (project_id, organization_id)"
    " references projects (id, organization_id) on delete restrict;",
    "alter table jobs drop constraint jobs_user_id_fkey, add foreign key (user_id) references users (id)": "alter table jobs"
    " add foreign key (user_id) references users (id) on delete cascade;",
    "alter table events add foreign key (actor_id) references users (id)": "alter table events drop constraint"
    " events_actor_id_fkey;",
    "drop policy wall on tasks; alter table tasks no force row level security, disable row level security": "select"
    " remit_protect('tasks', 'organization_id');",
    "alter table tasks no force row level security": "alter table tasks enable row level security, force row level security;",
    "alter policy wall on tasks using (true)": "drop policy if exists wall on tasks; create policy wall on tasks using"
    f" ((select remit_is_open()) or {TENANT});",
    f"alter policy wall on tasks with check ({TENANT})": "drop policy if exists wall on tasks; create policy wall on tasks using"
    f" ((select remit_is_open()) or {TENANT});",
    "create policy another on tasks using (true)": "drop policy another on tasks;",
    "alter table counters enable row level security, force row level security": "alter table counters no force row level"
    " security, disable row level security; -- It counts requests before it is known who asks, for a minute.",
}  # fmt: skip


@pytest.mark.parametrize("sql", PLANTED)
def test_a_difference_that_is_planted_is_printed_as_the_sql_that_mends_it(made, sql):
    with made.atomic() as transaction:
        made.execute_sql(sql)
        lacking = missing(made, models.tables())
        assert lacking[0] == PLANTED[sql]
        run(made, lacking)
        transaction.rollback()


def test_of_a_table_that_no_migration_makes_everything_is_printed(made):
    tables = (*models.tables(), Sticker)
    with made.atomic() as transaction:
        lacking = missing(made, tables)
        assert [line.split(" (")[0] for line in lacking] == [
            "create table stickers",
            'CREATE UNIQUE INDEX IF NOT EXISTS "sticker_taken" ON "stickers"',
            "create unique index on stickers",
            "create index on stickers",
            "create index on stickers",
            "alter table stickers add foreign key",
            "select remit_protect('stickers', 'organization_id');",
        ]
        run(made, lacking, tables)
        transaction.rollback()


def test_a_table_that_does_not_say_whose_it_is_is_found(made, monkeypatch):
    monkeypatch.setattr(models.tables()[0]._meta, "declares", Declaration())
    assert missing(made, models.tables()) == [
        "-- counters: declare its tenant, its account or a policy, or why it is unprotected"
    ]


def run(database, lacking, tables=None):
    """Run what is missing: nothing is, after that."""
    for line in lacking:
        database.execute_sql(line.replace("%", "%%"))
    assert missing(database, tables or models.tables()) == []


def test_whatever_can_be_asked_for_tells_where_a_grant_could_reach_it():
    for table in models.tables():
        if hasattr(table, "visible_to") and hasattr(table, "organization_id"):
            assert hasattr(table, "resource_path"), f"{table.__name__} has no resource path"
