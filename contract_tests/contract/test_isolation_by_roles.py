"""The role that serves: SQL of somebody else's making, run on a connection of the server, reads nothing foreign."""

import pytest
from peewee import DatabaseError

from contract_tests.support import factories
from contract_tests.support.escapes import ESCAPES, IN_PLACE_OF_A_TYPE
from contract_tests.support.row_policies import TABLES, a_table_without_a_policy, reasons, unprotected
from models.base import app_role
from models.base.database import Database, database
from models.base.settings import settings

OPENING = "select set_config('remit.places', %s, false), set_config('remit.accounts', %s, false)"


@pytest.fixture
def connection(live):
    """A connection exactly as the server opens them."""
    of_the_server = Database()
    of_the_server.configure(settings().served_database_url, row_security=True)
    with of_the_server.connection_context():
        yield of_the_server


def seen(connection, *ids):
    """The tables in which rows can be read that mention one of these ids."""
    readable = []
    for name, _ in connection.rows(TABLES):
        try:
            rows = connection.rows(f"select 1 from {name} t where t::text ~ %s limit 1", ("|".join(ids),))
        except DatabaseError as error:
            # With row_security off, PostgreSQL would rather fail than show less.
            assert "permission denied" in str(error) or "affected by row-level security" in str(error)
            connection.rollback()
            continue
        readable += [name] * bool(rows)
    return readable


@pytest.mark.usefixtures("database_url")
def test_every_table_has_a_policy_or_a_reason():
    assert unprotected() == [], "give the table a policy in its migration"
    assert all(reason.endswith(".") for reason in reasons().values())


@pytest.mark.usefixtures("database_url")
def test_a_table_that_a_migration_forgets_is_found():
    with a_table_without_a_policy():
        assert unprotected() == ["forgotten"]


def test_the_server_logs_in_as_a_role_that_owns_nothing(connection):
    assert connection.rows("select session_user::text, current_user::text") == [("remit_app", "remit_app")]
    assert app_role.is_confined(connection)


def test_a_server_that_connects_as_the_owner_is_told_what_to_do(live, database_url):
    messages = []
    app_role.advise(messages.append, settings().served_database_url)
    assert messages == []
    app_role.advise(messages.append, database_url)
    assert messages == [app_role.ADVICE]


def test_a_server_that_connects_as_the_owner_takes_the_role_at_least(live, database_url, task):
    of_the_server = Database()
    of_the_server.configure(database_url, row_security=True)
    with of_the_server.connection_context():
        assert of_the_server.rows("select current_user::text") == [("remit_app",)]
        assert of_the_server.rows("select count(*) from tasks") == [(0,)]


def test_nothing_of_anybody_is_seen_before_it_is_known_who_asks(connection, world):
    everybody = [side.organization_id for side in (world.own, world.foreign)]
    everybody += [side.client.person.id for side in (world.own, world.foreign)]
    assert seen(connection, *everybody) == []


def test_with_the_settings_of_one_nothing_of_another_is_seen(connection, world, anonymous):
    founder, somebody = factories.founder(anonymous), world.foreign
    connection.execute_sql(OPENING, (f"{{{founder.organization_id}}}", f"{{{founder.person.id}}}"))
    assert {"users", "sessions", "events"} <= set(
        seen(connection, founder.organization_id, founder.person.id)
    )
    assert seen(connection, somebody.organization_id, somebody.client.person.id) == []
    connection.execute_sql(OPENING, (f"{{{somebody.organization_id}}}", f"{{{somebody.client.person.id}}}"))
    assert set(seen(connection, somebody.organization_id, somebody.client.person.id)) > {
        "users", "tasks", "apps", "api_keys", "security_entries", "sessions", "events", "consents", "identities"
    }  # fmt: skip
    assert seen(connection, founder.organization_id, founder.person.id) == []


@pytest.mark.parametrize("escape", ESCAPES)
def test_no_statement_gets_out_of_the_role(connection, world, escape):
    foreign = world.foreign
    try:
        connection.execute_sql(escape)
    except DatabaseError:
        connection.rollback()
    assert connection.rows("select current_user::text") == [("remit_app",)]
    assert seen(connection, foreign.organization_id, foreign.client.person.id) == []
    with database.connection_context():
        assert unprotected() == []


@pytest.mark.parametrize("is_temporary_allowed", [True, False])
def test_no_type_of_ones_own_stands_in_the_place_of_another(connection, anonymous, is_temporary_allowed):
    client = factories.newcomer(anonymous)
    session = client.get("/sessions").json()["items"][0]["id"]
    if is_temporary_allowed:  # as in a database whose administrator has granted it
        with database.connection_context():
            database.execute_sql("grant temporary on database remit to remit_app")
    try:
        connection.execute_sql(IN_PLACE_OF_A_TYPE, (session,))
    except DatabaseError as error:
        assert not is_temporary_allowed
        assert "permission denied" in str(error)
        connection.rollback()
    finally:
        with database.connection_context():
            database.execute_sql("revoke temporary on database remit from remit_app")
    assert connection.rows("select rolsuper from pg_roles where rolname = current_user") == [(False,)]


def test_functions_of_the_owner_name_the_schemas_that_they_look_in(database_url):
    sql = "select proname::text from pg_proc where prosecdef and 'search_path=public, pg_temp' <> all (coalesce(proconfig, '{}'))"
    with database.connection_context():
        assert database.rows(sql) == []
        assert database.rows("select count(*) > 10 from pg_proc where prosecdef") == [(True,)]


WRITES = (
    "update security_entries set kind = 'another' where chain_id = %(chain)s",
    "update security_entries set personal = null, salt = null where chain_id = %(chain)s",
    "delete from security_entries where chain_id = %(chain)s",
    "truncate security_entries",
    "update security_chains set last_sequence = 1 where id = %(chain)s",
    "delete from security_chains where id = %(chain)s",
    "insert into security_chains values (gen_random_uuid(), 0, '')",
    "select remit_move_chain(%(chain)s, 1, 'an earlier seal')",
)


@pytest.mark.parametrize("sql", WRITES)
def test_the_server_can_only_append_to_the_security_log(connection, anonymous, sql):
    client = factories.newcomer(anonymous)
    connection.execute_sql(OPENING, ("", f"{{{client.person.id}}}"))
    assert connection.rows("select count(*) from security_entries") == [(2,)]  # row-level security shows them
    with pytest.raises(DatabaseError, match=r"permission denied|only grows"):
        connection.execute_sql(sql, {"chain": client.person.id})
    connection.rollback()
    assert client.get("/security-log/verification").json()["is_intact"]


def test_the_server_erases_no_entry_without_the_mark_of_that(connection, anonymous):
    """Whoever runs SQL in its name can have an entry blanked, and the log says so."""
    client = factories.newcomer(anonymous)
    with database.connection_context():
        ((entry,),) = database.rows(
            "select id::text from security_entries where chain_id = %s and sequence = 1", (client.person.id,)
        )
    connection.execute_sql("select remit_erase_entries(%s::uuid[], %s)", ([entry], ["0" * 64]))
    verification = client.get("/security-log/verification").json()
    assert (verification["is_intact"], verification["first_broken_sequence"], verification["fault"]) == (
        False,
        1,
        "changed",
    )


def test_the_server_cannot_read_mails_that_wait(connection, anonymous):
    client = factories.newcomer(anonymous)
    anonymous.post("/password-resets", {"email": client.person.email})
    connection.execute_sql(OPENING, ("", f"{{{client.person.id}}}"))
    for table in (
        "mails",
        "procrastinate_jobs",
        "dead_letters",
        "queue_failures",
        "queue_tasks",
        "queue_ticks",
    ):
        with pytest.raises(DatabaseError, match="permission denied"):
            connection.rows(f"select * from {table}")
        connection.rollback()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "registered.by.nobody@example.org"),
        ("session", None),
        ("email_token", ""),
        ("identity", "google"),
        ("token", "%"),
    ],
)
def test_an_account_is_opened_by_exactly_what_leads_to_it(connection, kind, value):
    connection.allow_account_by(kind, value)
    assert connection.rows("select count(*) from users") == [(0,)]
    assert connection.rows("select current_setting('remit.accounts')") == [("{}",)]


def test_who_left_is_named_where_they_were_a_member_and_nowhere_else(anonymous, connection):
    founder, other = factories.founder(anonymous), factories.newcomer(anonymous)
    elsewhere = factories.founder(anonymous)
    organization_id = founder.organization_id
    member = factories.member(founder, organization_id, other.person, "member")
    task = factories.task(factories.log_in_again(other), factories.project(founder, organization_id)["id"])
    assert founder.delete(f"/members/{member['id']}").status_code == 204
    listed = founder.get("/tasks", params={"organization_id": organization_id, "include": "people"}).json()
    assert [item["id"] for item in listed["items"]] == [task["id"]]
    assert other.person.id in {user["id"] for user in listed["included"]["people"]}
    connection.execute_sql(OPENING, (f"{{{elsewhere.organization_id}}}", ""))
    assert connection.rows("select 1 from users where id = %s", (other.person.id,)) == []
