"""Erasures of accounts: at once nobody comes in any more; what is stored of the person is destroyed step by step."""

from datetime import timedelta

from peewee import ForeignKeyField, IntegerField, Model, TextField

from models import tables
from models.access.invitations import Invitation
from models.access.members import LastOwner, Member
from models.access.offboarding import end_access, release
from models.access.organizations import Organization
from models.base.database import database
from models.base.declarations import Declaration, Personal, account_column, declaration
from models.base.errors import fault
from models.base.fields import IdField, IdListField, TextArrayField, UtcField
from models.base.queue import defer
from models.base.statements import execute, rows
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry

MAX_ORGANIZATIONS_NAMED = 20  # organizations in one refusal
TASKS_AT_ONCE = 20  # tasks released in the request, for each membership; a person may have many of both
TURNS = 2  # the second finds what requests and mails that were under way meanwhile have left
# Addresses that the person was known by, and that are nobody else's by now.
FORMER = """
select distinct e.snapshot -> 'user' ->> 'email' from events e
where e.stream_id = %s and e.subject_type = 'user' and e.snapshot -> 'user' ->> 'email' is not null
    and not exists (select from users u where u.email = e.snapshot -> 'user' ->> 'email' and u.id <> e.stream_id)
"""
WHO_IS_LEFT = """
select count(*), count(*) filter (where m.role = 'owner')
from members m join users u on u.id = m.user_id and u.kind = 'person' where m.user_id <> %s and m.organization_id = %s
"""
# Nobody answers any more for what the programs of an organization do.
STOP = """
update users set disabled_at = coalesce(disabled_at, now()), token_epoch = token_epoch + 1
where kind = 'service' and id in (select user_id from members where organization_id = %s)
"""


class AccountErasure(Model):
    """One for each person who was erased.

    ``addresses`` were the person's, ``abandoned`` are organizations where nobody is left: both are needed until it is
    finished.  ``turn``, ``steps_done`` (their names) and ``position`` in the next one say how far it is, so that who takes it
    over goes on from there, also under a release of Remit that has other steps.
    """

    user = ForeignKeyField(User, column_name="user_id", primary_key=True, on_delete="CASCADE")
    requested_at = UtcField(default=now)
    finished_at = UtcField(null=True)
    turn = IntegerField(default=1)
    steps_done = TextArrayField(default=list)
    position = TextField(null=True)
    last_mail_id = IdField(null=True)
    addresses = TextArrayField()
    abandoned = IdListField()

    class Meta:
        database = database
        table_name = "account_erasures"
        declares = Declaration(
            account="user",
            history="none",
            personal=Personal(
                exports="Nobody is left who could ask.",
                erasure="Stays, by id; its addresses are forgotten at its end.",
            ),
        )

    @classmethod
    def begin(cls, user):
        """Begin the erasure of a person, who is locked: end credentials and memberships, and anonymize the account.

        Refused where the person is the only owner of others.  An organization where nobody else is goes with them.
        """
        # The lock also excludes new references: whoever adds the person somewhere commits before, or finds nobody.
        for organization_id in User.select(User.places).where(User.id == user.id).for_update().get().places:
            database.allow_tenant(organization_id)  # the membership may be newer than the request
        members = Member.locked(Member.select().where(Member.user == user.id).order_by(Member.organization))
        abandoned = cls._left_alone(user, [member for member in members if member.role == "owner"])
        for member in members:
            if member.organization_id in abandoned:  # its tasks go with it
                end_access(member)
            else:
                release(member, at_once=TASKS_AT_ONCE)
            member.end()
        cls._close(abandoned)
        SecurityEntry.note("user.erased", user_id=user.id)
        addresses = {address for (address,) in rows(FORMER, (user.id,))} | ({user.email} - {None})
        mail = user.email and Mail.write(user.email, "account_erased", locale=user.locale, user_id=user.id)
        user.anonymize()
        for table in reversed(tables()):  # by what a person comes in, or lets apps do so
            if (personal := declaration(table).personal) and personal.is_deleted:
                table.delete().where(table._meta.columns[account_column(table)] == user.id).execute()
        erasure = cls.create(
            user=user,
            addresses=sorted(addresses),
            abandoned=abandoned,
            last_mail_id=mail.id if mail else None,
        )
        erasure.go_on()

    @classmethod
    def _left_alone(cls, user, owned):
        """The ids of the organizations without other members; refused where others would be left without an owner."""
        alone, needing = [], []
        for member in owned:
            # The lock serializes leaving owners, and excludes new members.
            organization = (
                Organization.select().where(Organization.id == member.organization_id).for_update().get()
            )
            ((others, owners),) = rows(WHO_IS_LEFT, (user.id, organization.id))
            if not others:
                alone.append(organization.id)
            elif not owners:
                needing.append(organization)
        if needing:
            reasons = [
                f"{organization.name} ({organization.id}) has no other owner."
                for organization in needing[:MAX_ORGANIZATIONS_NAMED]
            ]
            raise LastOwner(
                " ".join(reasons)[:1000],
                errors=[fault("body", "last_owner", reason, pointer="") for reason in reasons],
            )
        return alone

    @staticmethod
    def _close(abandoned):
        """Delete the invitations to abandoned organizations, and disable their service users."""
        for organization_id in abandoned:
            Invitation.delete().where(Invitation.organization == organization_id).execute()
            execute(STOP, (organization_id,))

    @classmethod
    def held(cls, user_id, turn):
        """The erasure of a person, locked; None when this turn of it has ended."""
        query = cls.select().where(cls.user == user_id, cls.turn == turn, cls.finished_at.is_null())
        return query.for_update().first()

    @classmethod
    def left_behind(cls):
        """Erasures that are not finished within a day: their job was given up, or lost."""
        return cls.select().where(cls.finished_at.is_null(), cls.requested_at < now() - timedelta(days=1))

    def go_on(self, at=None):
        """Enqueue the rest of this turn."""
        defer("account_erasures.erase", at=at, user_id=self.user_id, turn=self.turn)

    def next_step(self, steps):
        """The first of ``steps`` that is not done in this turn; None when all are."""
        return next((step for step in steps if step.name not in self.steps_done), None)

    def advance(self, step, position):
        """Store the progress: a position in this step or, with None, its end."""
        done = self.steps_done if position is not None else [*self.steps_done, step.name]
        self._store(steps_done=done, position=position)

    def end_turn(self):
        self._store(turn=self.turn + 1, steps_done=[], position=None)

    def finish(self):
        """Mark the erasure as finished, and delete the addresses and organizations that were needed to find the data."""
        self._store(finished_at=now(), addresses=[], abandoned=[])

    def _store(self, **fields):
        for name, value in fields.items():
            setattr(self, name, value)
        AccountErasure.update(**fields).where(AccountErasure.user == self.user_id).execute()
