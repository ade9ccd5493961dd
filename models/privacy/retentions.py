"""Retentions: how long an organization keeps what is personal of its records."""

from peewee import ForeignKeyField, IntegerField

from models.access.organizations import Organization
from models.base.settings import settings
from models.base.statements import touch
from models.base.table import Table
from models.platform.security_log import SecurityEntry

BATCH = 1_000  # rows of one transaction, so that nobody waits for long
FORGET_CHECKS = f"""
delete from permission_checks where id = any (array(
    select old.id from retentions r cross join lateral (
        select c.id from permission_checks c
        where c.organization_id = r.organization_id and c.occurred_at < now() - make_interval(days => r.permission_checks_days)
        limit {BATCH}
    ) old limit {BATCH}))
"""
ERASE_SECURITY = f"""
id = any (array(
    select old.id from retentions r cross join lateral (
        select e.id from security_entries e
        where e.chain_id = r.organization_id and e.personal is not null
            and e.occurred_at < now() - make_interval(days => r.security_personal_days)
        limit {BATCH}
    ) old limit {BATCH}))
"""

OLD = "now() - make_interval(days => %s)"
# By the setting that says how many days they are kept, what is the same for the whole service.
OF_THE_SERVICE = {
    "session_days": f"""
        delete from sessions where id = any (array(
            select id from sessions where least(ended_at, expires_at) < {OLD} limit {BATCH}))""",
    "api_key_days": f"""
        delete from api_keys where id = any (array(
            select id from api_keys where least(revoked_at, expires_at) < {OLD} limit {BATCH}))""",
    # A result is kept for a week at most: its file is deleted before.
    "job_days": f"""
        delete from jobs where id = any (array(
            select id from jobs
            where status in ('succeeded', 'failed') and updated_at < {OLD} and result_file is null limit {BATCH}))""",
}
ERASE_OF_ACCOUNTS = f"""
id = any (array(select id from security_entries
    where personal is not null and organization_id is null and occurred_at < {OLD} limit {BATCH}))
"""


class Retention(Table):
    """One for each organization, whose id it has; a trigger makes it.  The days are counted from when something happened."""

    organization = ForeignKeyField(
        Organization, column_name="organization_id", unique=True, on_delete="CASCADE"
    )
    permission_checks_days = IntegerField()
    security_personal_days = IntegerField()

    class Meta:
        table_name = "retentions"

    @classmethod
    def visible_to(cls, caller):
        """Those of the organizations that the caller is a member of; to read one takes more."""
        return cls.select().where(caller.sees("organization.read", organization=cls.organization))

    def is_shortened_by(self, fields):
        """Whether a change would destroy records that are kept until now."""
        return any(days < getattr(self, name) for name, days in fields.items())

    def change(self, **fields):
        changed = self.record("retention.updated", **fields)
        SecurityEntry.note("retention.updated", organization_id=self.organization_id, **fields)
        return changed

    @classmethod
    def apply_of_organizations(cls):
        """Destroy a batch of what organizations do not want to keep any longer; how many rows it was."""
        return touch(FORGET_CHECKS) + SecurityEntry.erase(ERASE_SECURITY)

    @classmethod
    def apply_of_the_service(cls):
        """The same of what the settings say for everybody."""
        erased = SecurityEntry.erase(ERASE_OF_ACCOUNTS, (settings().security_days,))
        return erased + sum(touch(sql, (getattr(settings(), name),)) for name, sql in OF_THE_SERVICE.items())
