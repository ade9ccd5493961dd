"""Notification preferences: of what a person is told, where, and when."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from peewee import BooleanField, ForeignKeyField, IntegerField

from models.base.declarations import AT_ONCE, Declaration, Export, Personal
from models.base.errors import InvalidValue
from models.base.fields import JsonField, TextArrayField
from models.base.statements import insert
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.notification_reasons import Reason, reasons

DIGEST_HOUR = 8  # in the time zone of the person, until another is chosen
EVERY_REASON = "all"  # in the place of a reason


class ReasonUnknown(InvalidValue):
    """The notification reason does not exist.

    Cause: `reasons` contains a reason that `get_notification_preferences` does not return.
    Fix: Send reasons that `get_notification_preferences` returns.
    Try: curl -X PATCH --json '{"reasons": [{"reason": "no.such_reason", "email": "none"}]}' -H "Authorization: Bearer $TOKEN"
        $BASE/users/me/notification-preferences
    """


class ReasonPreference(NamedTuple):
    """What holds for one reason: whether it is listed, and how it is emailed."""

    reason: str
    in_app: bool
    email: str

    @classmethod
    def of(cls, reason: Reason, choices: Mapping[str, Any]) -> Self:
        """What a person chose, and the defaults of the reason for the rest."""
        return cls(reason.name, choices.get("in_app", reason.in_app), choices.get("email", reason.email))


class NotificationPreferences(Table):
    """One of each person, whose ID it has; stored when something is chosen.  ``chosen`` are choices by reason: what is not
    chosen follows the defaults."""

    user = ForeignKeyField(User, column_name="user_id", unique=True, on_delete="CASCADE")
    has_email = BooleanField(default=True)
    digest_hour = IntegerField(default=DIGEST_HOUR)
    muted_ids = TextArrayField(default=list)
    chosen = JsonField(default=dict)

    event_organization_id = None

    class Meta:
        table_name = "notification_preferences"
        declares = Declaration(
            account="user",
            personal=Personal(
                exports=(Export("notification_preferences", "NotificationPreferences"),),
                erasure=AT_ONCE,
                is_deleted=True,
            ),
            unviolated={"notification_preferences_user_id_key": "says the same as the primary key"},
        )

    @classmethod
    def visible_to(cls, caller):
        """One's own."""
        caller.ask("notification_preferences.read")
        return cls.select().where(cls.id == caller.user_id)

    @classmethod
    def of(cls, user_id: str) -> Self:
        """The person's; those of somebody who has chosen nothing are stored nowhere."""
        return cls.get_or_none(cls.id == user_id) or cls._default(user_id)

    @classmethod
    def of_all(cls, user_ids: Collection[str]) -> dict[str, Self]:
        """The preferences of people, by their IDs."""
        stored = {row.id: row for row in cls.select().where(cls.id.in_(list(user_ids)))}
        return {user_id: stored.get(user_id) or cls._default(user_id) for user_id in user_ids}

    @classmethod
    def stored_of(cls, user_id: str) -> str:
        """The ID of the person's, which are stored from now on."""
        insert(cls._default(user_id), " on conflict (id) do nothing")
        return user_id

    @classmethod
    def stop_emails(cls, user_id: str, reason: str) -> None:
        """Send a person no more emails for a reason, or for every reason.

        Nothing is stored for an account that is gone, nor for a reason of an earlier release, for which no email is sent.
        """
        if reason != EVERY_REASON and reason not in reasons():
            return
        if (
            not User.select()
            .where(User.id == user_id, User.erased_at.is_null())
            .for_update("FOR KEY SHARE")
            .exists()
        ):
            return
        (preferences,) = cls.locked(cls.select().where(cls.id == cls.stored_of(user_id)))
        choice = (
            {"has_email": False}
            if reason == EVERY_REASON
            else {"reasons": [{"reason": reason, "email": "none"}]}
        )
        preferences.change(**choice)

    @classmethod
    def _default(cls, user_id: str) -> Self:
        return cls(id=user_id, user=user_id, version=0)

    @property
    def stream_id(self) -> str:
        return self.id

    @property
    def reasons(self) -> list[ReasonPreference]:
        """What holds for each reason, in the order of their names."""
        return [
            ReasonPreference.of(reason, self.chosen.get(name, {}))
            for name, reason in sorted(reasons().items())
        ]

    def of_reason(self, reason: Reason) -> ReasonPreference:
        """What holds for a reason; who has no emails at all has none for it."""
        preference = ReasonPreference.of(reason, self.chosen.get(reason.name, {}))
        return preference if self.has_email else preference._replace(email="none")

    def mutes(self, resource_path: Collection[str | None]) -> bool:
        """Whether the subject, or what it is part of, is muted."""
        return not set(self.muted_ids).isdisjoint(resource_path)

    def change(self, **fields: Any) -> Self:
        """Change what was sent; of ``reasons`` those that are named."""
        refuse_unknown_reasons(named := fields.pop("reasons", None))
        if named is not None:
            fields["chosen"] = self._with(named)
        return self.record("notification_preferences.updated", **fields)

    def _with(self, named: Collection[dict[str, Any]]) -> dict[str, Any]:
        chosen = {name: dict(choices) for name, choices in self.chosen.items()}
        for choices in named:
            rest = {name: value for name, value in choices.items() if name != "reason"}
            chosen.setdefault(choices["reason"], {}).update(rest)
        return chosen

    def next_digest(self, time_zone: str, after: datetime | None = None) -> datetime:
        """When the next digest is due: at the hour that the person chose, where they are."""
        there = (after or now()).astimezone(ZoneInfo(time_zone))
        due = there.replace(hour=self.digest_hour, minute=0, second=0, microsecond=0, fold=0)
        if due <= there:
            due += timedelta(days=1)  # of the calendar: the hour stays where clocks are changed
        return due.astimezone(ZoneInfo("UTC"))


def refuse_unknown_reasons(named: Collection[dict[str, Any]] | None) -> None:
    """Refuse reasons that no context has registered."""
    for choices in named or ():
        if isinstance(choices, dict) and choices.get("reason") not in reasons():
            raise ReasonUnknown(f"The reason {choices.get('reason')} does not exist.", fields=["reasons"])
