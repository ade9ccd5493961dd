"""SQL for the server of a cluster, without the database of Remit."""

from typing import Any

import psycopg2


def run(url: str, statement: Any) -> list[tuple] | None:
    """Run one statement on a connection of its own, without a transaction.  Its rows; None of a statement that has none."""
    connection = psycopg2.connect(url, connect_timeout=10)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()
