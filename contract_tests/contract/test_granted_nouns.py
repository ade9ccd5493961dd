"""A noun can be granted because its table says what it is part of: three that nobody knew of are declared, granted, read,
listed and revoked, with neither the engine, the table of grants nor the contract touched."""

from types import SimpleNamespace

import pytest
from peewee import ForeignKeyField, TextField

from contract_tests.support.clients import refused
from contract_tests.support.company import Company, on
from models.access.organizations import Organization
from models.base import pages
from models.base.database import database
from models.base.declarations import UNDECLARED, Declaration
from models.base.errors import NotFound
from models.base.table import Table
from models.base.unit_of_work import UnitOfWork
from models.identity.users import User
from security import access, policy, resources, viewers
from security.on_behalf import caller_on_behalf_of
from security.policy import guest, member

COLUMNS = "id uuid primary key, version bigint, created_at timestamptz, updated_at timestamptz, name text"
MAKE = f"""
create table depots ({COLUMNS}, organization_id uuid);
create table crates ({COLUMNS}, organization_id uuid, depot_id uuid references depots);
create table items ({COLUMNS}, organization_id uuid, crate_id uuid references crates);
select remit_forget_grants_with('depots', 'depot');
"""
REASONS = {"read": [guest], "create": [member], "update": [member]}


class Named(Table):
    """What the three have in common."""

    name = TextField()
    FILTERS: dict = {}

    @classmethod
    def visible_to(cls, caller):
        return cls.select().where(caller.sees(f"{cls.noun()}.read", of=cls))


def declared():
    """The tables; items do not say in which depot they are: it is that of their crate."""

    class Depot(Named):
        organization = ForeignKeyField(Organization, column_name="organization_id")

        class Meta:
            table_name = "depots"
            declares = Declaration(tenant="organization", parent="organization", is_grantable=True)

    class Crate(Named):
        organization = ForeignKeyField(Organization, column_name="organization_id")
        depot = ForeignKeyField(Depot, column_name="depot_id")

        class Meta:
            table_name = "crates"
            declares = Declaration(tenant="organization", parent="depot", is_grantable=True)

    class Item(Named):
        organization = ForeignKeyField(Organization, column_name="organization_id")
        crate = ForeignKeyField(Crate, column_name="crate_id")

        class Meta:
            table_name = "items"
            declares = Declaration(tenant="organization", parent="crate", is_grantable=True)

    return Depot, Crate, Item


@pytest.fixture(scope="module")
def nouns(live):
    """The three tables, in the database and in the policy, as long as this module is tested."""
    tables = declared()
    with database.connection_context():
        database.execute_sql(MAKE)
    added = {f"{table.noun()}.{verb}": reasons for table in tables for verb, reasons in REASONS.items()}
    policy.POLICY.update(added)
    access.forget()
    yield tables
    for table in tables:
        table._meta.declares = UNDECLARED
    for permission in added:
        del policy.POLICY[permission]
    access.forget()
    with database.connection_context():
        database.execute_sql("drop table items, crates, depots")


@pytest.fixture
def scene(nouns, anonymous):
    """A company, whose worker is granted nothing, with two depots that have a crate with an item each."""
    company = Company(anonymous)
    with database.connection_context(), database.transaction(), UnitOfWork(request_id="stocked") as work:
        rows = []
        for name in ("North", "South"):
            row = None
            for table in nouns:
                parent = {} if row is None else {row.noun(): row}
                row = table.add(f"{table.noun()}.created", organization=company.id, name=name, **parent)
                rows.append(row)
        work.store_events()
    return SimpleNamespace(company=company, north=rows[:3], south=rows[3:])


def seen(client, table):
    """The names of the rows that the person finds in a list, by their ids and with their permissions: all the same."""
    with database.connection_context(), UnitOfWork(request_id="looking"):
        caller = caller_on_behalf_of(User.get_by_id(client.person.id))
        listed = {row.name: row for row in pages.page(table, caller, {}, limit=20)["items"]}
        for row in table.select().where(table.organization == next(iter(caller.access.roles))):
            try:
                resource_path = caller.see(table, row.id).resource_path
            except NotFound:
                resource_path = None
            assert (
                (resource_path is not None) == (row.name in listed) == caller.may(f"{table.noun()}.read", row)
            )
            assert (
                resource_path is None or resource_path == row.resource_path == listed[row.name].resource_path
            )
        return set(listed)


def test_they_can_be_granted_because_they_say_so(nouns):
    assert {"depot", "crate", "item", "project", "task"} == resources.granted().keys()
    assert [noun for noun in ("depot", "crate", "item", "task", "project") if resources.is_leaf(noun)] == [
        "item",
        "task",
    ]
    assert policy.permissions_on("crate") == {
        "crate.read",
        "crate.update",
        "item.read",
        "item.create",
        "item.update",
    }


def test_each_noun_that_can_be_granted_asks_where_it_was_granted():
    for noun, table in resources.granted().items():
        organizational, _ = viewers.needs(table)
        assert viewers.on(noun) in organizational[f"{noun}.read"], (
            f"{table.__name__}.visible_to: sees(…, of=cls)"
        )
        assert resources.parent_of(noun), f"{table.__name__}: declare what it is part of"


def test_the_resource_path_of_a_row_leads_from_its_organization_to_itself(scene):
    depot, crate, item = scene.north
    assert depot.resource_path == (scene.company.id, depot.id)
    assert item.resource_path == (scene.company.id, depot.id, crate.id, item.id)


@pytest.mark.parametrize("level", range(3), ids=["depot", "crate", "item"])
@pytest.mark.parametrize("holder", ["person", "team"])
def test_a_grant_reaches_the_row_and_what_is_part_of_it(scene, nouns, level, holder):
    company, row = scene.company, scene.north[level]
    resource = on(row.noun(), row.id)
    if holder == "team":
        path = company.grant_team(company.team(company.worker.person.id), "guest", **resource)
    else:
        path = company.grant("guest", **resource)
    grant = company.owner.get(path).json()
    assert resource.items() <= grant.items()
    for number, table in enumerate(nouns):
        assert seen(company.worker, table) == ({"North"} if number >= level else set())
    (listed,) = company.owner.get(f"/organizations/{company.id}/grants", params=resource).json()["items"]
    assert listed == grant
    assert company.owner.delete(path).status_code == 204
    assert [seen(company.worker, table) for table in nouns] == [set()] * 3


def test_capabilities_on_it_are_those_of_it_and_of_what_is_part_of_it(scene):
    company, crate = scene.company, scene.north[1]
    resource = on("crate", crate.id)
    assert refused(company.worker.get("/capabilities", params=resource)) == (404, "not_found")
    grant = company.grant("member", **on("depot", scene.north[0].id))
    capabilities = company.worker.get("/capabilities", params=resource).json()
    assert resource.items() <= capabilities.items()
    reasons = {item["permission"]: item["reason"] for item in capabilities["items"] if item["is_allowed"]}
    assert reasons == dict.fromkeys(policy.permissions_on("crate"), f"grant:{grant.rpartition('/')[2]}")


def test_a_row_of_another_organization_is_not_found(scene, anonymous):
    company = Company(anonymous)
    answer = company.owner.post(
        f"/members/{company.membership}/grants", {"role": "guest", **on("depot", scene.north[0].id)}
    )
    assert refused(answer) == (404, "not_found")


def test_what_is_deleted_leaves_no_grant(scene):
    """With an event for each where the server deletes it; by a trigger where SQL does."""
    company = scene.company
    item, crate, depot = scene.north[2], scene.north[1], scene.north[0]
    paths = [company.grant("guest", **on(row.noun(), row.id)) for row in (item, crate, depot)]
    with database.connection_context():
        with (
            database.transaction(),
            UnitOfWork(request_id="clearing", actor_id=company.owner.person.id) as work,
        ):
            item.erase("item.deleted")
            crate.erase("crate.deleted")
            work.store_events()
        database.run("delete from depots where id = %s", (depot.id,))
    assert [company.owner.get(path).status_code for path in paths] == [404, 404, 404]
    events = company.owner.everything("/events", organization_id=company.id)
    assert [event["event_type"] for event in events if event["request_id"] == "clearing"] == [
        "grant.revoked", "item.deleted", "grant.revoked", "crate.deleted"
    ]  # fmt: skip


def test_a_page_of_many_grants_is_in_order(scene, nouns):
    company = scene.company
    for row in (scene.north[0], scene.south[1]):
        company.grant("guest", **on(row.noun(), row.id))
    assert seen(company.worker, nouns[0]) == {"North"}
    assert seen(company.worker, nouns[1]) == seen(company.worker, nouns[2]) == {"North", "South"}
