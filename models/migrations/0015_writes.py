"""Idempotency keys of clients, and what the policy is asked again before an answer is repeated.

Nothing waits and nothing that runs breaks: the column is nullable, and the primary key is the one of before.  Answers of the
previous release are found and never repeated, because their fingerprints are made in another way: a retry across the upgrade
is refused (422) and does nothing twice.  They are kept for a day; until then the keys of a user are taken for each of the
user's API keys and apps, too.
"""

UP = """
alter table idempotency add column checks jsonb;
insert into idempotency (owner_id, key, fingerprint, created_at)
select i.owner_id, c.id || ' ' || i.key, 'from before', i.created_at
from idempotency i join (
    select user_id, id from api_keys where revoked_at is null
    union select user_id, app_id from authorizations where revoked_at is null
) c on c.user_id = i.owner_id
on conflict do nothing;
"""
DOWN = """
delete from idempotency where position(' ' in key) > 0;
alter table idempotency drop column checks;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
