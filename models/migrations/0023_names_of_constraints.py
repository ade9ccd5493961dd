"""Unique indexes that a request can violate are named after the refusal: see ``models/base/constraints.py``.

A rename waits for nobody and blocks nobody.  Servers of the release before go by two of the old names: until they are
replaced, they refuse a second membership in a team, and a second grant of a role, with 404 where 409 is right.
"""

RENAMED = {
    "users_email": "email_taken",
    "members_organization_id_user_id_key": "already_a_member",
    "projects_organization_id_key_key": "project_key_taken",
    "invitations_open": "already_invited",
    "service_keys_kid": "key_registered",
    "service_certificates_fingerprint": "certificate_registered",
    "teams_name": "team_name_taken__lower",
    "team_members_team_id_user_id_key": "already_in_team",
    "roles_organization_id_key_key": "role_key_taken",
    "grants_once": "grant_exists",
    "identities_provider_subject_key": "identity_taken",
}


def up(migrator, db):
    for before, after in RENAMED.items():
        db.execute_sql(f"alter index {before} rename to {after}")


def down(migrator, db):
    for before, after in RENAMED.items():
        db.execute_sql(f"alter index {after} rename to {before}")
