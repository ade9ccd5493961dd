"""Grants of the previous release, on projects and tasks by a column for each: after the upgrade they are on the same."""

import pytest

from models.base.database import Database
from models.base.ids import new_id
from models.migrations import migrate, runner

NAME = "0026_resources"
ORGANIZATION = "insert into organizations (id, version, created_at, updated_at, name) values (%s, 1, now(), now(), 'Old')"
PROJECT = """
insert into projects (id, version, created_at, updated_at, organization_id, key, name, status, last_number, created_by_id)
values (%s, 1, now(), now(), %s, 'OLD', 'Old', 'active', 1, gen_random_uuid())
"""
TASK = """
insert into tasks (id, version, created_at, updated_at, organization_id, project_id, number, key, title, status, priority,
    created_by_id)
values (%s, 1, now(), now(), %s, %s, 1, 'OLD-1', 'Old', 'todo', 'none', gen_random_uuid())
"""
GRANT = """
insert into grants (id, version, created_at, updated_at, organization_id, user_id, role, project_id, task_id, own_only,
    while_active, address_ranges, created_by_id)
values (%s, 1, now(), now(), %s, gen_random_uuid(), 'guest', %s, %s, false, false, '{}', gen_random_uuid())
"""
EVENT = """
insert into events (id, stream_id, organization_id, sequence, event_type, occurred_at, actor_id, request_id, subject_type,
    subject_id, subject_version, changes, snapshot)
values (gen_random_uuid(), %s, %s, %s, 'grant.created', now(), null, '', 'grant', %s, 1, '[]', jsonb_build_object('grant',
    jsonb_build_object('organization_id', %s::text, 'project_id', %s::text, 'task_id', %s::text)))
"""
GRANTS = "select id, project_id, task_id from grants order by id"
RESOURCES = "select id, resource_type, resource_id from grants order by id"
SNAPSHOTS = "select subject_id, snapshot -> 'grant' ->> 'resource_type', snapshot -> 'grant' ->> 'resource_id' from events"


def take_back(database):
    """Undo the migration, and those after it."""
    while next(migration for migration in runner(database).status() if migration.name == NAME).applied:
        runner(database).down()


@pytest.fixture
def earlier(cluster):
    """A database of the release before, with a grant on each kind of resource: what these are, by grant."""
    cluster.create_database("earlier_grants")
    database = Database()
    database.configure(cluster.url("earlier_grants"))
    migrate(database)
    organization, project, task = new_id(), new_id(), new_id()
    places = {
        new_id(): ("organization", organization, None, None),
        new_id(): ("project", project, project, None),
        new_id(): ("task", task, None, task),
    }
    with database.connection_context():
        take_back(database)
        with database.atomic():
            database.execute_sql("set local session_replication_role = replica")
            database.run(ORGANIZATION, (organization,))
            database.run(PROJECT, (project, organization))
            database.run(TASK, (task, organization, project))
            for number, (id, (_, _, *columns)) in enumerate(places.items(), 1):
                database.run(GRANT, (id, organization, *columns))
                database.run(EVENT, (organization, organization, number, id, organization, *columns))
        yield database, places
    database.close()
    cluster.drop_database("earlier_grants")


def test_a_grant_stays_on_what_it_was_on(earlier):
    database, places = earlier
    before = database.rows(GRANTS)
    runner(database).up()
    wanted = {(id, noun, resource) for id, (noun, resource, *_) in places.items()}
    assert set(database.rows(RESOURCES)) == set(database.rows(SNAPSHOTS)) == wanted
    take_back(database)
    assert database.rows(GRANTS) == before
    runner(database).up()
    assert set(database.rows(RESOURCES)) == wanted
