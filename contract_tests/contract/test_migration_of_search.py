"""Tasks that were stored before search cut words itself: found after the migration, with and without an interruption."""

import pytest

from contract_tests.support.queue_tasks import perform
from models.base import search
from models.base.database import Database, database
from models.migrations import migrate, runner

NAME = "0017_search"
TASKS = {
    1: ("Fix login/logout flow", None),
    2: ("AT&T", "The Who"),
    3: ("Gera\u0308t", "a_" * 2_000),
    4: ("It's \\ 'quoted' \"twice\"", "{},[]"),
}
INSERT = """
insert into tasks (id, version, created_at, updated_at, organization_id, project_id, number, key, title, description,
    status, priority, created_by_id)
select gen_random_uuid(), 1, now(), now(), gen_random_uuid(), gen_random_uuid(), %s, 'OLD-' || %s, %s, %s, 'todo', 'none',
    gen_random_uuid()
"""
MATCHING = "select number from tasks where words @@ %s::tsquery order by number"


@pytest.fixture
def earlier(cluster):
    """A database of the release before, with tasks."""
    cluster.create_database("earlier")
    database = Database()
    database.configure(cluster.url("earlier"))
    migrate(database)
    with database.connection_context():
        runner(database).down(NAME)
        with database.atomic():
            database.execute_sql("set local session_replication_role = replica")
            for number, (title, description) in TASKS.items():
                database.run(INSERT, (number, number, title, description))
        yield database
    database.close()
    cluster.drop_database("earlier")


def matching_numbers(earlier, text):
    return [number for (number,) in earlier.rows(MATCHING, (search.query(text).match,))]


def test_tasks_of_an_earlier_release_are_found_by_their_words(earlier):
    runner(earlier).up()
    assert matching_numbers(earlier, "logout") == [1]
    assert matching_numbers(earlier, "at&t the who") == [2]
    assert matching_numbers(earlier, "Gerät") == [3]
    assert matching_numbers(earlier, "twice") == [4]
    assert matching_numbers(earlier, "OLD-4") == [4]
    assert earlier.rows("select 1 from tasks where words is null") == []


def test_a_migration_that_was_interrupted_is_run_again(earlier):
    earlier.execute_sql("alter table tasks add column words tsvector")
    earlier.execute_sql("create index tasks_words on tasks (number)")
    runner(earlier).up()
    assert matching_numbers(earlier, "OLD-1") == [1]
    ((definition,),) = earlier.rows("select indexdef from pg_indexes where indexname = 'tasks_words'")
    assert "gin (words)" in definition
    earlier.run("delete from migrations where name = %s", (NAME,))  # interrupted at its very end
    runner(earlier).up()
    assert matching_numbers(earlier, "OLD-1") == [1]


def test_tasks_that_were_stored_by_sql_are_indexed_soon(owner, task):
    with database.connection_context():
        assert database.run("update tasks set words = null where id = %s", (task["id"],)) == 1
    asked = {"text": task["key"], "project_id": task["project_id"]}
    assert owner.get("/tasks", params=asked).json()["items"] == []
    perform("upkeep.index_tasks")
    assert [item["id"] for item in owner.get("/tasks", params=asked).json()["items"]] == [task["id"]]
