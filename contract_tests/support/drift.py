"""Drift: what a migrated database lacks of what the models and their declarations say, as the SQL that would add it."""

import re
from collections.abc import Iterator, Sequence

from peewee import Field, ForeignKeyField, Model
from playhouse.schema_diff import diff_models

from contract_tests.support import drift_policies
from models.base.constraints import code_of
from models.base.database import Database
from models.base.declarations import declaration, field_of, is_organization, is_owned
from models.base.errors import problem_types

# The tables of the queue belong to its library, which has no models of ours.
OF_THE_QUEUE = "procrastinate_"
BESIDE = {"migrations"}
TYPES = {
    "UUID": "uuid", "TIMESTAMPTZ": "timestamp with time zone", "TEXT": "text", "BIGINT": "bigint", "INT": "integer",
    "SMALLINT": "smallint", "DATE": "date", "TEXT[]": "text[]", "UUID[]": "uuid[]", "BOOL": "boolean", "JSONB": "jsonb",
    "BLOB": "bytea", "TSVECTOR": "tsvector",
}  # fmt: skip
ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null"}
TABLES = "select tablename::text from pg_tables where schemaname = 'public'"
COLUMNS = """
select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), not a.attnotnull
from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
"""
REFERENCES = """
select c.conrelid::regclass::text, c.conname::text, c.confrelid::regclass::text, c.confdeltype,
    array(select a.attname::text from unnest(c.conkey) with ordinality k(number, place)
          join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number order by k.place),
    array(select a.attname::text from unnest(c.confkey) with ordinality k(number, place)
          join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number order by k.place)
from pg_constraint c where c.contype = 'f' order by 1, 2
"""
INDEXES = """
select t.relname::text, array(
    select a.attname::text from unnest(i.indkey) with ordinality k(number, place)
    left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number order by k.place)
from pg_index i join pg_class t on t.oid = i.indrelid where t.relnamespace = 'public'::regnamespace
"""
UNIQUE = "select indisunique, indexprs is not null from pg_index where indexrelid = %s::regclass"


def missing(database: Database, tables: Sequence[type[Model]]) -> list[str]:
    """The SQL that would make the database what the tables declare, in an order in which it can be run."""
    steps = (_tables, _columns, _indexes, _references, drift_policies.missing)
    return [sql for step in steps for sql in step(database, tables)]


def _tables(database: Database, tables: Sequence[type[Model]]) -> Iterator[str]:
    stored = {name for (name,) in database.rows(TABLES)} - BESIDE
    declared = {table._meta.table_name: table for table in tables}
    for name, table in declared.items():
        if name not in stored:
            columns = [f"{field.column_name} {_type(field)}" for field in table._meta.sorted_fields]
            key = ", ".join(field.column_name for field in table._meta.get_primary_keys())
            yield f"create table {name} ({', '.join([*columns, f'primary key ({key})'])});"
    for name in sorted(stored - declared.keys()):
        if not name.startswith(OF_THE_QUEUE):
            yield f"drop table {name};"


def _columns(database: Database, tables: Sequence[type[Model]]) -> Iterator[str]:
    stored: dict[str, dict] = {}
    for name, column, kind, is_null in database.rows(COLUMNS):
        stored.setdefault(name, {})[column] = kind, is_null
    for table in tables:
        name, columns = table._meta.table_name, dict(stored.get(table._meta.table_name, ()))
        for field in table._meta.sorted_fields if columns else ():
            column, kind = field.column_name, TYPES[field.field_type]
            if column not in columns:
                yield f"alter table {name} add column {column} {_type(field)};"
                continue
            stored_kind, is_null = columns.pop(column)
            if stored_kind != kind:
                yield f"alter table {name} alter column {column} type {kind};"
            if is_null != field.null:
                yield f"alter table {name} alter column {column} {'drop' if field.null else 'set'} not null;"
        yield from (f"alter table {name} drop column {column};" for column in columns)


def _type(field) -> str:
    return TYPES[field.field_type] + ("" if field.null else " not null")


def _indexes(database: Database, tables: Sequence[type[Model]]) -> Iterator[str]:
    """Indexes that models declare, perhaps as the beginning of a longer one; and what is unique beside them, which is a rule.

    An index of expressions, which Peewee has no words for, is known by its name: that of a refusal.
    """
    difference = diff_models(database, tables)
    named = {table._meta.table_name: table for table in tables}
    begun = [(name, tuple(columns)) for name, columns in database.rows(INDEXES)]
    lacking = {(index.table, index.name, index.columns) for index in difference.add_indexes}
    lacking |= {
        (table._meta.table_name, *_named(index))
        for table in difference.create_tables
        for index in _declared(table)
    }
    for name, index_name, columns in sorted(lacking, key=str):
        index = next(
            candidate for candidate in _declared(named[name]) if _named(candidate) == (index_name, columns)
        )
        is_begun = any(other == name and begin[: len(columns or ())] == columns for other, begin in begun)
        if index._unique or not is_begun:
            yield _create(database, name, index)
    reasons = {name for table in tables for name in declaration(table).unviolated}
    for surplus in difference.drop_indexes:
        ((is_unique, is_expression),) = database.rows(UNIQUE, (surplus.name,))
        is_refusal = is_expression and code_of(surplus.name) in problem_types()
        if is_unique and not is_refusal and surplus.name not in reasons:
            yield f"drop index {surplus.name};"


def _declared(table: type[Model]) -> list:
    return table._meta.fields_to_index()


def _named(index) -> tuple[str | None, tuple | None]:
    """``(name, columns)`` of an index as Peewee compares it: by one or the other."""
    if index._where is None and all(isinstance(expression, Field) for expression in index._expressions):
        return None, tuple(field.column_name for field in index._expressions)
    return index._name, None


def _create(database: Database, name: str, index) -> str:
    sql, values = database.get_sql_context().sql(index).query()
    is_anonymous = _named(index)[0] is None
    columns = ", ".join(field.column_name for field in index._expressions) if is_anonymous else ""
    unique = "unique " if index._unique else ""
    return f"create {unique}index on {name} ({columns});" if is_anonymous else f"{sql % tuple(values)};"


def _references(database: Database, tables: Sequence[type[Model]]) -> Iterator[str]:
    """References of models.  Between rows of a tenant, a foreign key holds the organization, too."""
    stored: dict[tuple, str] = {}
    for name, constraint, target, action, columns, keys in database.rows(REFERENCES):
        if not name.startswith(OF_THE_QUEUE):
            stored[name, tuple(columns), target, tuple(keys), ACTIONS[action]] = constraint
    wanted = {_wanted(field): field for table in tables for field in table._meta.refs}
    for reference, field in wanted.items():
        name, columns, target, keys, action = reference
        # The organization is held by a reference to another row of it.
        is_held = is_organization(field.rel_model) and any(
            other[0] == name and columns[0] in other[1][1:] and not wanted[other].null for other in wanted
        )
        if reference not in stored and not is_held:
            yield (
                f"alter table {name} add foreign key ({', '.join(columns)})"
                f" references {target} ({', '.join(keys)}) on delete {action};"
            )
    declared = {(name, columns[0]) for name, columns, *_ in wanted}
    for (name, columns, *rest), constraint in stored.items():
        # Of two columns that are declared, one more foreign key may hold them together.
        is_more = len(columns) > 1 and all((name, column) in declared for column in columns)
        if (name, columns, *rest) not in wanted and not is_more:
            yield f"alter table {name} drop constraint {constraint};"


def _wanted(field: ForeignKeyField) -> tuple:
    """``(table, columns, table that is referred to, its columns, on delete)`` of a reference."""
    table, target = field.model, field.rel_model
    columns, keys = [field.column_name], [field.rel_field.column_name]
    if is_owned(table) and is_owned(target):
        columns.append(_tenant(table))
        keys.append(_tenant(target))
    action = re.sub("_", " ", (field.on_delete or "no action").lower())
    return table._meta.table_name, tuple(columns), target._meta.table_name, tuple(keys), action


def _tenant(table: type[Model]) -> str:
    return field_of(table, declaration(table).tenant or "").column_name
