"""Drift of row-level security: what a migrated database lacks of the policies that follow from declarations."""

from collections.abc import Iterator, Sequence

from peewee import Model

from models.base.database import Database
from models.base.declarations import account_column, declaration, is_organization, is_owned, tenant_column

POLICIES = """
select c.relname::text, p.polname::text, p.polcmd = '*' and p.polpermissive and p.polroles = '{0}',
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
from pg_policy p join pg_class c on c.oid = p.polrelid order by 1, 2
"""
PROTECTED = """
select relname::text, relrowsecurity and relforcerowsecurity from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r'
"""
TENANTS, ACCOUNTS = "(select remit_places())::uuid[]", "(select remit_accounts())::uuid[]"


def condition(table: type[Model]) -> str | None:
    """What row-level security lets a server see of a table, besides everything where it is open; None of no table's."""
    declared = declaration(table)
    tenant, account = tenant_column(table), account_column(table)
    parts = [f"{tenant} = any ({TENANTS})"] if tenant else []
    parts += [f"{account} = any ({ACCOUNTS})"] if account else []
    return declared.policy or " or ".join(parts) or None


def missing(database: Database, tables: Sequence[type[Model]]) -> Iterator[str]:
    protected = dict(database.rows(PROTECTED))
    conditions = {table: condition(table) for table in tables}
    stored = _policies(database)
    right = _right(
        database,
        {table: wanted for table, wanted in conditions.items() if table._meta.table_name in protected},
    )
    for table, wanted in conditions.items():
        name, reason = table._meta.table_name, declaration(table).unprotected
        policies, is_protected = stored.get(name, {}), protected.get(name, False)
        if not wanted:
            if not reason:
                yield f"-- {name}: declare its tenant, its account or a policy, or why it is unprotected"
            elif is_protected:
                yield f"alter table {name} no force row level security, disable row level security; -- {reason}"
            continue
        if not is_protected and not policies:
            yield _protect(table, wanted)
            continue
        if not is_protected:
            yield f"alter table {name} enable row level security, force row level security;"
        yield from (f"drop policy {other} on {name};" for other in policies if other != "wall")
        if policies.get("wall") != right[name]:
            yield f"drop policy if exists wall on {name}; {_policy(table, 'wall', wanted)}"


def _policies(database: Database) -> dict[str, dict]:
    """By table and name: whether a policy is for every command and role, its condition and its check."""
    stored: dict[str, dict] = {}
    for name, policy, *facts in database.rows(POLICIES):
        stored.setdefault(name, {})[policy] = facts
    return stored


def _right(database: Database, conditions: dict[type[Model], str | None]) -> dict[str, list]:
    """The policies that would be right, as the database shows them, by table."""
    with database.atomic() as savepoint:
        for table, wanted in conditions.items():
            if wanted:
                database.execute_sql(_policy(table, "wanted", wanted))
        right = {
            name: policies["wanted"] for name, policies in _policies(database).items() if "wanted" in policies
        }
        savepoint.rollback()
    return right


def _protect(table: type[Model], wanted: str) -> str:
    name, declared = table._meta.table_name, declaration(table)
    is_plain = (is_owned(table) or is_organization(table)) and not (
        declared.policy or declared.is_written_unseen
    )
    if is_plain:
        return f"select remit_protect('{name}', '{tenant_column(table)}');"
    protect = f"alter table {name} enable row level security, force row level security;"
    return f"{protect} {_policy(table, 'wall', wanted)}"


def _policy(table: type[Model], policy: str, wanted: str) -> str:
    check = " with check (true)" if declaration(table).is_written_unseen else ""
    return f"create policy {policy} on {table._meta.table_name} using ((select remit_is_open()) or {wanted}){check};"
