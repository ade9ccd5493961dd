"""No framework: ASGI, a pool of threads, psycopg2 and orjson, with the SQL that Remit runs.

Nothing is routed by rule and nothing validated; each thread keeps its connection.  The share of its rate that
Remit reaches tells the price of everything that is not SQL.
"""

import asyncio
import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import orjson
import psycopg2
import psycopg2.extras
import uuid_utils

from contract_tests.bench.servers import statements as sql

local = threading.local()
CATEGORIES = {
    "todo": "todo",
    "in_progress": "doing",
    "in_review": "doing",
    "done": "done",
    "cancelled": "cancelled",
}


def connection():
    """The thread's own connection, committing each statement by itself."""
    if not hasattr(local, "connection"):
        local.connection = psycopg2.connect(os.environ["BENCH_DATABASE_URL"])
        local.connection.autocommit = True
        psycopg2.extras.register_uuid(conn_or_curs=local.connection)
    return local.connection


def tasks(cursor) -> list[dict]:
    names = [column.name for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    for each in rows:
        each["status_category"] = CATEGORIES[each["status"]]
    return rows


def work(method: str, path: str, query: str, headers: dict, body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to one request."""
    with connection().cursor() as cursor:
        cursor.execute(sql.BY_KEY, [hashlib.sha256(headers[b"authorization"][7:]).hexdigest()])
        caller, *_, roles = cursor.fetchone()
        if method == "POST":
            return 201, create(cursor, caller, roles, headers[b"idempotency-key"].decode(), body)
        if path.endswith("/tasks"):
            asked = parse_qs(query)
            cursor.execute(sql.LIST, [asked["project_id"][0], asked["status"][0], list(roles)])
            rows = tasks(cursor)
            return 200, dumps({"items": rows[:20], "next_cursor": str(rows[19]["id"]) if rows[20:] else None})
        cursor.execute(sql.GET, [path.rpartition("/")[2], list(roles)])
        rows = tasks(cursor)
        return (200, dumps(rows[0])) if rows else (404, b"null")


def create(cursor, caller: str, roles: dict, key: str, body: bytes) -> bytes:
    """All that Remit stores too, in one transaction: the task, its number, its event and the answer."""
    asked = orjson.loads(body)
    cursor.execute("BEGIN")
    cursor.execute(sql.CLAIM, [caller, key, hashlib.sha256(body).hexdigest()])
    cursor.execute(sql.PROJECT, [asked["project_id"]])
    organization, prefix = cursor.fetchone()
    if roles.get(organization, "guest") == "guest":
        raise PermissionError(organization)
    cursor.execute(sql.NUMBER, [asked["project_id"]])
    number = cursor.fetchone()[0]
    values = [asked["title"], asked.get("description"), asked["status"], asked.get("priority", "none")]
    names = [str(uuid_utils.uuid7()), organization, asked["project_id"], number, f"{prefix}-{number}"]
    cursor.execute(sql.CREATE, [*names, *values, asked.get("due_on"), caller])
    made = tasks(cursor)[0]
    content = dumps(made)
    changes = [{"field": name, "before": None, "after": str(value)} for name, value in made.items()]
    event = {
        "id": str(uuid_utils.uuid7()),
        "stream": organization,
        "actor": caller,
        "request": key,
        "task": made["id"],
        "changes": dumps(changes).decode(),
        "snapshot": dumps({"task": made}).decode(),
    }
    cursor.execute(sql.EVENT, event)
    cursor.execute(sql.KEEP, [content, caller, key])
    cursor.execute("COMMIT")
    return content


def dumps(value) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def build():
    pool = ThreadPoolExecutor(16)

    async def application(scope, receive, send):
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        arguments = (
            scope["method"],
            scope["path"],
            scope["query_string"].decode(),
            dict(scope["headers"]),
            body,
        )
        status, content = await asyncio.get_running_loop().run_in_executor(pool, work, *arguments)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return application
