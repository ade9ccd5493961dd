"""What is stored, seen from outside: fingerprints of rows by SQL, whatever tables there are."""

from models.base.database import database

TABLES = "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'"

COLUMNS = "select distinct column_name from information_schema.columns where table_schema = 'public'"


def columns():
    """The name of every column of every table."""
    with database.connection_context():
        return {name for (name,) in database.rows(COLUMNS)}


# That somebody asks is noticed, whatever the request does.
NOTICED = "(to_jsonb(t) - '{last_used_at,last_used_address,secret_used_at,address}'::text[])::text"
OF_USE = {"sessions", "api_keys"}


def everything():
    """A fingerprint of each table: any row that is added, changed or deleted changes it."""
    return _each("select count(*), coalesce(sum(hashtextextended({told}, 0)), 0) from {table} t", ())


def that_mention(*ids):
    """The same of the rows in which one of these ids occurs: what belongs to them, and what refers to them."""
    sql = "select count(*), coalesce(sum(hashtextextended({told}, 0)), 0) from {table} t where t::text ~ %s"
    return _each(sql, ("|".join(ids),))


def changed(before, after):
    """The tables that differ."""
    return sorted(table for table in after if before[table] != after[table])


def _each(sql, parameters):
    with database.connection_context():
        return {
            table: database.rows(
                sql.format(table=table, told=NOTICED if table in OF_USE else "t::text"), parameters
            )[0]
            for (table,) in sorted(database.rows(TABLES))
        }
