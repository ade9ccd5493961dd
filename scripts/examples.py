"""Examples: every request and answer of the contract's examples, recorded from a running server.

The story of an organization: what its people ask, one thing after the other.
"""

from email.message import EmailMessage
from typing import Any

import httpx
import pyotp

from scripts import example_chapters as chapters
from scripts.example_rest import record_the_rest
from scripts.recording import ServerClient, Story

HEAD = "Recorded from a running server by scripts/publish examples; not written by hand."
# What no operation makes at once: a job that a worker has finished, and a mail that it has sent.
JOB = """
insert into jobs (id, user_id, kind, status, progress, result_name, result_bytes, expires_at, created_at, updated_at, version)
select '0198c0de-7c7e-7f00-8000-000000000008', id, 'export', 'succeeded', 100, 'export.zip', 48213,
       '2026-03-08T09:30:00Z', '2026-03-01T09:30:00Z', '2026-03-01T09:30:00Z', 4 from users where email = %s
"""
WAITING_JOB = """
insert into jobs (id, user_id, kind, status, progress, created_at, updated_at, version)
select '0198c0de-7c7e-7f00-8000-00000000000a', id, 'export', 'waiting', 0,
       '2026-03-01T09:30:00Z', '2026-03-01T09:30:00Z', 1 from users where email = %s returning id
"""
# Nor a notification, which a worker makes of events.
NOTIFICATION = """
insert into notifications (id, user_id, organization_id, reason, subject_type, subject_id, actor_id, event_count, sequence,
    notified_at, open_until, is_shown, email, created_at, updated_at, version)
select '0198c0de-7c7e-7f00-8000-00000000000a', u.id, t.organization_id, 'task.assigned', 'task', t.id, m.user_id, 1, 42,
    '2026-03-01T09:30:00Z', '2026-03-01T09:35:00Z', true, 'immediate', '2026-03-01T09:30:00Z', '2026-03-01T09:30:00Z', 1
from users u join tasks t on t.created_by_id = u.id join members m on m.organization_id = t.organization_id and m.user_id <> u.id
where u.email = %s order by t.id, m.id limit 1
"""
MAIL = "20260301T093000Z-0198c0de-7c7e-7f00-8000-000000000009"
# What ends the story, and is asked last.
ENDINGS = ("transfer_ownership", "refresh_session", "request_personal_data_export")
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


def record(client: ServerClient, other: httpx.Client) -> dict[str, dict[str, Any]]:
    """``{operationId: {"request": value, "200": value}}`` for every operation with JSON.

    ``client`` and ``other`` are two ``httpx`` clients of the same server, without credentials.
    """
    client.headers["User-Agent"] = AGENT
    story = Story(client)
    ask, make = story.ask, story.make
    for operation, path in (("get_service_root", "/"), ("get_home", "/home"), ("get_api_catalog", "/.well-known/api-catalog"),
                            ("get_health", "/health"),
                            ("get_liveness", "/health/live"), ("get_readiness", "/health/ready"), ("list_problems", "/problems"),
                            ("get_problem", "/problems/task_already_done"), ("get_demonstration", "/docs/demonstration"),
                            ("get_signing_keys", "/.well-known/jwks.json")):  # fmt: skip
        ask(operation, "GET", path)
    session = chapters.account(story, other)
    client.headers["Authorization"] = f"Bearer {session['access_token']}"
    ask("get_me", "GET", "/users/me")
    ask("update_me", "PATCH", "/users/me", {"time_zone": "Europe/Berlin"})
    ask("get_two_factor", "GET", "/users/me/two-factor")
    secret = ask("enrol_two_factor", "POST", "/users/me/two-factor", {"password": chapters.PASSWORD})[
        "shared_secret"
    ]
    code = pyotp.TOTP(secret).now()
    confirmed = ask("confirm_two_factor", "PUT", "/users/me/two-factor/confirmation", {"one_time_code": code})
    proof = {"recovery_code": confirmed["recovery_codes"][0]}
    made = ask("create_recovery_codes", "POST", "/users/me/two-factor/recovery-codes", proof)
    proof = {"recovery_code": made["recovery_codes"][0]}
    ask("deactivate_two_factor", "PUT", "/users/me/two-factor/deactivation", proof)
    passwords = {"current_password": chapters.PASSWORD, "new_password": f"{chapters.PASSWORD}7"}
    ask("change_password", "PUT", "/users/me/password", passwords)
    ask(
        "change_email",
        "PUT",
        "/users/me/email",
        {"email": "maren@holm.example", "password": f"{chapters.PASSWORD}7"},
    )
    organization_id = make(
        "create_organization",
        "/organizations",
        {"name": "Harborview Logistics", "description": "Runs warehouses and their robots."},
    )["id"]
    ask("list_organizations", "GET", "/organizations")
    ask("get_organization", "GET", f"/organizations/{organization_id}")
    ask(
        "update_organization",
        "PATCH",
        f"/organizations/{organization_id}",
        {"name": "Harborview Logistics Ltd"},
    )
    ask("get_retention", "GET", f"/organizations/{organization_id}/retention")
    ask(
        "update_retention",
        "PATCH",
        f"/organizations/{organization_id}/retention",
        {"permission_checks_days": 30, "password": f"{chapters.PASSWORD}7"},
    )
    member = chapters.invited(story, organization_id, other)
    ask("list_members", "GET", f"/organizations/{organization_id}/members?role=owner")
    ask("get_member", "GET", f"/members/{member}")
    ask("update_member", "PATCH", f"/members/{member}", {"role": "admin"})
    chapters.program(story, organization_id)
    project = make(
        "create_project",
        "/projects",
        {"organization_id": organization_id, "key": "ENG", "name": "Engineering"},
    )["id"]
    ask("list_projects", "GET", "/projects?status=active")
    ask("get_project", "GET", f"/projects/{project}")
    ask("update_project", "PATCH", f"/projects/{project}", {"description": "What we build."})
    team = make(
        "create_team",
        f"/organizations/{organization_id}/teams",
        {"name": "Field crew", "description": "Who installs."},
    )["id"]
    ask("list_teams", "GET", f"/organizations/{organization_id}/teams")
    ask("get_team", "GET", f"/teams/{team}")
    ask("update_team", "PATCH", f"/teams/{team}", {"description": "Who installs and repairs."})
    iris = ask("get_member", "GET", f"/members/{member}")["user_id"]
    crew = make("add_team_member", f"/teams/{team}/members", {"user_id": iris, "role": "member"})["id"]
    ask("list_team_members", "GET", f"/teams/{team}/members?role=member")
    ask("get_team_member", "GET", f"/team-members/{crew}")
    ask("update_team_member", "PATCH", f"/team-members/{crew}", {"role": "maintainer"})
    role = make("create_role", f"/organizations/{organization_id}/roles",
                {"key": "dispatcher", "name": "Dispatcher", "includes": "guest",
                 "permissions": ["task.create", "task.update"]})["id"]  # fmt: skip
    ask("list_roles", "GET", f"/organizations/{organization_id}/roles")
    ask("get_role", "GET", f"/roles/{role}")
    ask("update_role", "PATCH", f"/roles/{role}", {"description": "Hands tasks out."})
    grant = make("grant_to_team", f"/teams/{team}/grants",
                 {"role": "dispatcher", "resource_type": "project", "resource_id": project,
                  "while_active": True})["id"]  # fmt: skip
    make(
        "grant_to_member", f"/members/{member}/grants", {"role": "member", "address_ranges": ["192.0.2.0/24"]}
    )
    ask("list_grants", "GET", f"/organizations/{organization_id}/grants?team_id={team}")
    ask("get_grant", "GET", f"/grants/{grant}")
    ask("update_grant", "PATCH", f"/grants/{grant}", {"expires_at": "2099-12-31T23:00:00Z"})
    client.patch(f"/organizations/{organization_id}", json={"permission_audit": "all"},
                 headers={"Content-Type": "application/merge-patch+json"}).raise_for_status()  # fmt: skip
    client.get(f"/projects/{project}").raise_for_status()
    check = ask(
        "list_permission_checks",
        "GET",
        f"/organizations/{organization_id}/permission-checks?permission=project.read&limit=1",
    )
    ask("get_permission_check", "GET", f"/permission-checks/{check['items'][0]['id']}")
    client.patch(f"/organizations/{organization_id}", json={"permission_audit": "off"},
                 headers={"Content-Type": "application/merge-patch+json"}).raise_for_status()  # fmt: skip
    ask("get_capabilities", "GET", f"/capabilities?resource_type=project&resource_id={project}")
    task = make("create_task", "/tasks", {"project_id": project, "title": "Export invoices", "status": "todo", "priority": "high",
                                                 "due_on": "2026-03-31", "assignee_ids": []})["id"]  # fmt: skip
    ask("update_task", "PATCH", f"/tasks/{task}", {"status": "in_progress", "starts_on": "2026-03-02"})
    ask("get_task", "GET", f"/tasks/{task}")
    client.post(
        "/tasks", json={"project_id": project, "title": "Print invoices", "status": "todo"}
    ).raise_for_status()
    ask("list_tasks", "GET", "/tasks?limit=1&include=total&include=projects&include=people")
    ask("complete_task", "PUT", f"/tasks/{task}/completion")
    ask("reopen_task", "DELETE", f"/tasks/{task}/completion")
    event = ask("list_events", "GET", f"/events?organization_id={organization_id}&subject_id={task}&limit=2")[
        "items"
    ][-1]["id"]
    ask("get_event", "GET", f"/events/{event}")
    key = ask(
        "create_api_key",
        "POST",
        "/api-keys",
        {"name": "Nightly export", "scopes": ["tasks:read"], "password": f"{chapters.PASSWORD}7"},
    )["api_key"]["id"]
    chapters.run(client, JOB, "maren@harborview.example")
    job = ask("list_jobs", "GET", "/jobs")["items"][0]["id"]
    ask("get_job", "GET", f"/jobs/{job}")
    chapters.run(client, WAITING_JOB, "maren@harborview.example")
    ask("cancel_job", "PUT", "/jobs/0198c0de-7c7e-7f00-8000-00000000000a/cancellation")
    chapters.run(client, NOTIFICATION, "maren@harborview.example")
    notification = ask(
        "list_notifications", "GET", "/notifications?unread=true&include=subjects&include=people"
    )
    path = f"/notifications/{notification['items'][0]['id']}"
    ask("get_notification", "GET", path)
    ask("update_notification", "PATCH", path, {"snooze_ends_at": "2026-03-02T08:00:00Z"})
    ask("get_notification_counts", "GET", "/notifications/counts")
    ask(
        "mark_notifications_read",
        "PUT",
        "/notifications/read-marker",
        {"last_seen_at": "2026-03-01T09:30:00Z"},
    )
    ask("get_notification_preferences", "GET", "/users/me/notification-preferences")
    choice = {"reasons": [{"reason": "task.completed", "email": "none"}], "digest_hour": 7}
    ask("update_notification_preferences", "PATCH", "/users/me/notification-preferences", choice)
    story.examples["stop_emails"] = {"request": {"List-Unsubscribe": "One-Click"}}  # the words of RFC 8058
    _store_mail(client, "maren@harborview.example")
    ask("get_mailbox", "GET", "/mailbox")
    ask("get_mailbox_mail", "GET", f"/mailbox/{MAIL}")
    ask("list_api_keys", "GET", "/api-keys")
    ask("get_api_key", "GET", f"/api-keys/{key}")
    ask("update_api_key", "PATCH", f"/api-keys/{key}", {"name": "Hourly export"})
    ask(
        "rotate_api_key",
        "POST",
        f"/api-keys/{key}/rotations",
        {"overlap_seconds": 3600, "password": f"{chapters.PASSWORD}7"},
    )
    ask("list_sessions", "GET", "/sessions")
    ask("get_session", "GET", f"/sessions/{session['id']}")
    entry = ask(
        "list_security_log", "GET", f"/security-log?organization_id={organization_id}&kind=member.updated"
    )["items"][0]
    ask("get_security_entry", "GET", f"/security-log/{entry['id']}")
    ask(
        "get_security_log_verification",
        "GET",
        f"/security-log/verification?organization_id={organization_id}",
    )
    story.read("get_security_log_export", "/security-log/export?occurred_from=2999-01-01T00:00:00Z")
    chapters.identities(story, "iris@harborview.example")
    chapters.apps(client, ask, organization_id)
    ids = {"organization": organization_id, "member": member, "project": project, "task": task, "team": team, "role": role,
           "event": event, "job": job, "api_key": key, "session": session["id"]}  # fmt: skip
    record_the_rest(story, ids, besides=ENDINGS)
    handed = {"member_id": member, "password": f"{chapters.PASSWORD}7"}
    ask("transfer_ownership", "PUT", f"/organizations/{organization_id}/ownership", handed)
    session = ask("refresh_session", "POST", "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    client.headers["Authorization"] = f"Bearer {session['access_token']}"
    chapters.leave(story)
    return story.examples


def _store_mail(client: ServerClient, email: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "Remit <remit@remit.example>",
        email,
        "Confirm your email address",
    )
    mail.set_content("Hello,\n\nConfirm that this address is yours.\n")
    mail.add_alternative(
        "<!doctype html><p>Hello,</p><p>Confirm that this address is yours.</p>", subtype="html"
    )
    folder = client.data / "mailbox"
    folder.mkdir(exist_ok=True)
    (folder / f"{MAIL}.eml").write_bytes(mail.as_bytes())
