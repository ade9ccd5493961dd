"""Yesterday's data under today's contract: the database of the previous release, read through every operation."""

import pytest
import yaml
from peewee import Model

import spec
from contract_tests.support import previous_release
from contract_tests.support.operations import CONTRACT, filled, resolved, those
from handlers.http.schemas import RESPONSE, Schemas
from models import tables
from models.access.service_api_keys import ServiceApiKey
from models.base.ids import new_id
from models.platform.events import STORED_AS_TEXT
from models.work.task_statuses import CATEGORIES

# Written by the server of that release: one person did everything that it offered, with texts, numbers and addresses
# that later releases no longer take.
VERSION = "0.2.0"
READS = those(lambda operation: operation.method == "GET" and operation.permission)
CHANGES = those(lambda operation: operation.method == "PATCH")
ROWS_READ_PER_NOUN = 40  # rows of one noun that are read
# What a migration has written into older snapshots, because no one value is true of all of them.
REWRITTEN = {"Grant.resource_type", "Grant.resource_id"}


def _nouns(parent=Model):
    for model in parent.__subclasses__():
        if hasattr(model, "noun"):
            yield model.noun(), model
        yield from _nouns(model)


TABLES = (*tables(), ServiceApiKey)  # all of them are imported, and the noun that shares a table
NOUNS = dict(_nouns())


@pytest.fixture(scope="module")
def restored(database_url):
    with previous_release.served(VERSION, database_url) as release:
        yield release


def ids_of(restored, noun):
    """The ids of rows of a noun, those of the organization and of its owner first; of a newer noun, one that is nowhere."""
    if noun == "organization":
        return [restored.organization_id]
    table = NOUNS[noun]._meta
    own = {"organization_id": restored.organization_id, "stream_id": restored.organization_id,
           "user_id": restored.owner.person.id}  # fmt: skip
    mine = [f"({column} = '{id}')" for column, id in own.items() if column in table.columns]
    order = " or ".join(mine) or "true"
    sql = f"select id::text from {table.table_name} order by coalesce({order}, false) desc, id desc limit {ROWS_READ_PER_NOUN}"
    # The release before may not have known the noun: an ID of no row is asked for then.
    return [id for (id,) in restored.rows(sql)] or [new_id()]


def paths_of(restored, operation):
    """The operation's addresses, with ids of the restored rows in each place of the path."""
    paths = [operation.path]
    for ref in operation.references:
        if ref.where == "path":
            paths = [filled(path, ref.name, id) for path in paths for id in ids_of(restored, ref.noun)]
    return paths


def asked(operation, restored):
    """The required parameters of the query."""
    references = {ref.name: ref.noun for ref in operation.references if ref.where == "query"}
    return {
        parameter["name"]: restored.organization_id
        if references.get(parameter["name"]) == "organization"
        else parameter.get("example")
        for parameter in operation.parameters
        if parameter["in"] == "query" and parameter.get("required")
    }


def walked(client, path, params):
    """Every page of a list, each checked against the contract; how many items there were."""
    count = 0
    while True:
        answer = client.get(path, params=params)
        if answer.status_code != 200:
            return answer, count
        if answer.headers["content-type"] != "application/json":
            return answer, count
        page = answer.json()
        count += len(page.get("items", ()))
        if not page.get("next_cursor"):
            return answer, count
        params = {**params, "cursor": page["next_cursor"], "limit": 100}


@pytest.mark.parametrize("operation", READS, ids=str)
def test_what_the_previous_release_stored_is_read(operation, restored):
    statuses = set()
    for path in paths_of(restored, operation):
        answer, _ = walked(restored.owner, path, asked(operation, restored))
        statuses.add(answer.status_code)
        assert answer.status_code < 500, f"{path}: {answer.text}"
    assert statuses & {200, 404}, f"{operation} answers {sorted(statuses)}"


def test_every_event_of_the_previous_release_is_listed(restored):
    sql = "select count(*) from events where organization_id = %s"
    ((before,),) = restored.rows(sql, restored.organization_id)
    answer, count = walked(
        restored.owner, "/events", {"organization_id": restored.organization_id, "limit": 100}
    )
    assert (answer.status_code, count >= before > 100) == (200, True)


def property_of(noun, name):
    """The schema of a property that events of a noun tell of; None for one that there is no more."""
    reference = CONTRACT["components"]["schemas"]["EventSnapshot"]["properties"][noun]
    return resolved(reference)["properties"].get(name)


def test_changes_that_the_previous_release_stored_as_texts_have_their_types(restored):
    """Each value is one of the property's schema: a list is no text of a list."""
    schemas = Schemas(CONTRACT["components"]["schemas"])
    types = {}
    for event in restored.owner.everything("/events", organization_id=restored.organization_id):
        for change in event["changes"]:
            schema = property_of(event["subject_type"], change["field"])
            if schema is None:
                continue
            kind = resolved(schema).get("type")
            for value in (change["before"], change["after"]):
                if value is None or (kind == "string" and isinstance(value, str)):
                    continue  # texts of that release may be longer than those of today
                assert schemas.validator(schema, RESPONSE).is_valid(value), (event["event_type"], change)
                types.setdefault(kind, []).append(value)
    assert types.keys() >= {"array", "boolean"} and any(types["array"])


def test_what_is_read_as_json_is_of_no_text():
    """A property that is a string today would be misread."""
    for noun, names in STORED_AS_TEXT.items():
        for name in names:
            assert resolved(property_of(noun, name))["type"] in ("array", "boolean", "integer"), (noun, name)


@pytest.mark.parametrize("operation", CHANGES, ids=str)
def test_what_the_previous_release_stored_is_changed(operation, restored):
    """With the value that it has: the answer is one that the contract promises, and the row can be read afterwards."""
    for path in paths_of(restored, operation)[:10]:
        row = restored.owner.get(path)
        if row.status_code != 200:
            continue
        names = operation.schema["properties"].keys() & row.json().keys()
        for name in sorted(names)[:4]:
            changed = restored.owner.patch(path, {name: row.json()[name]})
            assert changed.status_code < 500, f"{path} {name}: {changed.text}"
        assert restored.owner.get(path).status_code == 200


def test_an_older_snapshot_of_a_task_shows_the_category_of_its_status(restored):
    sql = "select id::text from events where organization_id = %s and snapshot ? 'task'"
    tasks = [
        restored.owner.get(f"/events/{id}").json()["snapshot"]["task"]
        for (id,) in restored.rows(sql, restored.organization_id)[:20]
    ]
    assert {(task["status"], task["status_category"]) for task in tasks} <= set(CATEGORIES.items())
    assert {task["status_category"] for task in tasks} >= {"todo", "done"}


def test_an_older_snapshot_shows_the_defaults_of_what_it_lacks(restored):
    sql = """update events set snapshot = snapshot #- '{organization,permission_audit}' #- '{organization,requires_two_factor}'
        where organization_id = %s and event_type = 'organization.created' returning id::text"""
    ((id,),) = restored.rows(sql, restored.organization_id)
    snapshot = restored.owner.get(f"/events/{id}").json()["snapshot"]["organization"]
    assert (snapshot["permission_audit"], snapshot["requires_two_factor"]) == ("off", False)


def test_older_snapshots_of_grants_name_the_resource(restored):
    """As the row does that is still there; and the grants of that release are on what they were on."""
    grants = restored.rows("select id::text, resource_type, resource_id::text from grants")
    assert {row[1] for row in grants} == {"organization"}
    for id, *resource in grants:
        sql = """select snapshot -> 'grant' ->> 'resource_type', snapshot -> 'grant' ->> 'resource_id' from events
            where subject_type = 'grant' and subject_id = %s"""
        assert {tuple(resource)} == set(restored.rows(sql, id))
    stale_sql = """select count(*) from events
        where subject_type = 'grant' and snapshot -> 'grant' ?| array['project_id', 'task_id']"""
    assert restored.rows(stale_sql) == [(0,)]


def test_the_security_log_of_the_previous_release_is_intact(restored):
    path = f"/organizations/{restored.organization_id}"
    for params in ({}, {"organization_id": restored.organization_id}):
        answer = restored.owner.get("/security-log/verification", params=params)
        assert (answer.status_code, answer.json()["is_intact"]) == (200, True), (path, answer.text)


def test_mails_that_waited_are_sent(restored):
    waiting = "select count(*) from mails where status = 'waiting'"
    assert previous_release.until(lambda: restored.rows(waiting) == [(0,)]), restored.rows(waiting)


def without_defaults(before, after):
    """Required properties of snapshots that were not there ``before`` and do not say what older snapshots show."""
    snapshots = after["components"]["schemas"]["EventSnapshot"]["properties"].values()
    names = {reference["$ref"] for reference in snapshots}
    for name in sorted(reference.rpartition("/")[2] for reference in names):
        old = before["components"]["schemas"].get(name)
        if old is None:
            continue  # nothing was stored of this noun
        schema = after["components"]["schemas"][name]
        for added in sorted(schema["properties"].keys() - old["properties"].keys()):
            property_schema = schema["properties"][added]
            absent = property_schema.get("nullable") or added not in schema.get("required", ())
            absent = absent or f"{name}.{added}" in REWRITTEN
            if (
                not absent
                and not {"x-snapshot-default", "x-snapshot-from"}
                & {**property_schema, **resolved(property_schema)}.keys()
            ):
                yield f"{name}.{added}"


def published():
    text = (spec.FOLDER / "published" / "openapi.yaml").read_text("utf-8")
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def test_a_property_that_was_added_says_what_older_snapshots_show():
    missing = list(without_defaults(published(), CONTRACT))
    assert not missing, f"give these an x-snapshot-default, or make them nullable: {missing}"


def test_a_property_without_a_default_is_noticed():
    before = published()
    before["components"]["schemas"]["Task"]["properties"].pop("priority")
    assert "Task.priority" in list(without_defaults(before, CONTRACT))
