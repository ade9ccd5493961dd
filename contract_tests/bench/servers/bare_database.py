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

from models.base.idempotency import CLAIM
from models.base.ids import new_id
from models.base.work import NUMBER_AND_STORE
from security.callers import BY_KEY

FIELDS = """t.id, t.organization_id, t.project_id, t.key, t.title, t.description, t.status, t.priority,
    t.starts_on, t.due_on, t.completed_at,
    ARRAY(SELECT a.user_id FROM assignments a WHERE a.task_id = t.id ORDER BY 1) AS assignee_ids,
    t.created_by_id, t.created_at, t.updated_at, t.version"""
GET = f"SELECT {FIELDS} FROM tasks t WHERE t.id = %s AND t.organization_id = ANY (%s::uuid[])"
LIST = f"""SELECT {FIELDS} FROM tasks t
    WHERE t.project_id = %s AND t.status = %s AND t.organization_id = ANY (%s::uuid[])
    ORDER BY t.created_at DESC, t.id DESC LIMIT 21"""
PROJECT = "SELECT organization_id::text, key FROM projects WHERE id = %s FOR KEY SHARE"
NUMBER = """UPDATE projects SET last_number = last_number + 1 WHERE id = %s AND status = 'active'
    RETURNING last_number"""
CREATE = f"""INSERT INTO tasks AS t (id, organization_id, project_id, number, key, title, description, status,
        priority, due_on, created_by_id, created_at, updated_at, version)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now(), now(), 1) RETURNING {FIELDS}"""
KEEP = "UPDATE idempotency SET status = 201, headers = '{}', body = %s WHERE owner_id = %s AND key = %s"

local = threading.local()


def connection():
    """The thread's own connection, committing each statement by itself."""
    if not hasattr(local, "connection"):
        local.connection = psycopg2.connect(os.environ["BENCH_DATABASE_URL"])
        local.connection.autocommit = True
        psycopg2.extras.register_uuid(conn_or_curs=local.connection)
    return local.connection


def rows(cursor) -> list[dict]:
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def work(method: str, path: str, query: str, headers: dict, body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to one request."""
    with connection().cursor() as cursor:
        cursor.execute(BY_KEY, [hashlib.sha256(headers[b"authorization"][7:]).hexdigest()])
        caller, *_, roles = cursor.fetchone()
        if method == "POST":
            return 201, create(cursor, caller, roles, headers[b"idempotency-key"].decode(), body)
        if path.endswith("/tasks"):
            asked = parse_qs(query)
            cursor.execute(LIST, [asked["project_id"][0], asked["status"][0], list(roles)])
            found = rows(cursor)
            return 200, dumps(
                {"items": found[:20], "next_cursor": str(found[19]["id"]) if found[20:] else None}
            )
        cursor.execute(GET, [path.rpartition("/")[2], list(roles)])
        found = rows(cursor)
        return (200, dumps(found[0])) if found else (404, b"null")


def create(cursor, caller: str, roles: dict, key: str, body: bytes) -> bytes:
    """All that Remit stores too, in one transaction: the task, its number, its event and the answer."""
    asked = orjson.loads(body)
    cursor.execute("BEGIN")
    cursor.execute(CLAIM, [caller, key, hashlib.sha256(body).hexdigest()])
    cursor.execute(PROJECT, [asked["project_id"]])
    organization, prefix = cursor.fetchone()
    if roles.get(organization, "guest") == "guest":
        raise PermissionError(organization)
    cursor.execute(NUMBER, [asked["project_id"]])
    number = cursor.fetchone()[0]
    values = [asked["title"], asked.get("description"), asked["status"], asked.get("priority", "none")]
    names = [new_id(), organization, asked["project_id"], number, f"{prefix}-{number}"]
    cursor.execute(CREATE, [*names, *values, asked.get("due_on"), caller])
    made = rows(cursor)[0]
    content = dumps(made)
    event = {
        "id": new_id(),
        "organization_id": organization,
        "ordinal": 1,
        "event_type": "task.created",
        "actor_id": caller,
        "request_id": key,
        "subject_type": "task",
        "subject_id": made["id"],
        "subject_version": 1,
        "changes": [{"field": name, "before": None, "after": str(value)} for name, value in made.items()],
        "snapshot": {"task": made},
    }
    cursor.execute(NUMBER_AND_STORE, {"stream": organization, "count": 1, "events": dumps([event]).decode()})
    cursor.execute(KEEP, [content, caller, key])
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
