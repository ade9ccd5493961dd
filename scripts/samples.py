"""Sample data for the API reference: IDs of the demonstration, by the names of parameters and properties."""

from typing import Any

from models.base.database import database

FIRST = "order by created_at, id limit 1"
OWN = "organization_id = %(organization_id)s"
# Each finds one row of the organization in which the API key acts as its owner.
QUERIES = {
    "project_id": f"select id from projects where {OWN} and status = 'active' {FIRST}",
    "task_id": "select id from tasks where project_id = %(project_id)s order by number limit 1",
    "member_id": f"select id from members where {OWN} and role = 'member' {FIRST}",
    "user_id": "select user_id from members where id = %(member_id)s",
    "team_id": f"select id from teams where {OWN} {FIRST}",
    "role_id": f"select id from roles where {OWN} {FIRST}",
    "grant_id": f"select id from grants where {OWN} {FIRST}",
    "event_id": f"select id from events where {OWN} order by sequence limit 1",
}
ORGANIZATION = (
    "select m.organization_id from members m join users u on u.id = m.user_id where u.email = %s and m.role = 'owner' "
    "order by m.created_at limit 1"
)
# Parameters whose values are IDs of other names.
SAME = {"resource_id": "project_id", "subject_id": "task_id", "assignee_id": "user_id", "actor_id": "user_id"}


def of_demonstration(users: list[dict[str, Any]], api_key: str | None) -> dict[str, Any]:
    """``{"api_key": …, "values": [{"name": …, "value": …}]}``; empty where there is no demonstration."""
    ids: dict[str, Any] = {}
    owner = users[0]["email"] if users and api_key else None
    if rows := database.rows(ORGANIZATION, (owner,)):
        ids["organization_id"] = rows[0][0]
        for name, sql in QUERIES.items():
            ids[name] = next((row[0] for row in database.rows(sql, ids)), None)
        ids |= {name: ids[other] for name, other in SAME.items()}
    values = [{"name": name, "value": str(value)} for name, value in ids.items() if value]
    return {"api_key": api_key if values else None, "values": values}
