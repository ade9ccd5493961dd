"""Anonymization: what replaces personal data in events, and wherever else copies of rows are stored."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from models import tables
from models.base.declarations import ANONYMOUS_EMAIL, ANONYMOUS_NAME, declaration


@cache
def replacements() -> dict[str, Mapping[str, Any]]:
    """By the noun of a subject of events: the personal properties, and their replacements."""
    nouns = [
        subject
        for table in tables()
        for subject in (table, *table.__subclasses__())
        if hasattr(subject, "noun")
    ]
    personal = {subject.noun(): declaration(subject).personal for subject in nouns}
    return {noun: of_people.replaced if of_people else {} for noun, of_people in personal.items()}


def anonymous_event(
    subject_type: str, changes: list[dict], snapshot: dict, user_id: str
) -> tuple[list[dict], dict]:
    """``(changes, snapshot)`` of an event without the person; both empty for an unknown noun.

    Objects and lists in them are without the person too, wherever they name the person by id.
    """
    values = replacements().get(subject_type)
    if values is None:
        return [], {}
    snapshot = {
        noun: representation and _inside(_replaced(representation, values), user_id)
        for noun, representation in snapshot.items()
    }
    changes = [
        {
            **change,
            **_replaced(
                {"before": change["before"], "after": change["after"]}, _both(values[change["field"]])
            ),
        }
        if change["field"] in values
        else _inside(change, user_id)
        for change in changes
    ]
    return changes, snapshot


def _inside(mapping, user_id):
    """The mapping with the objects and lists in it without the person."""
    return {
        name: anonymous_copy(value, user_id) if isinstance(value, dict | list) else value
        for name, value in mapping.items()
    }


def anonymous_invitation(changes, snapshot, user_id, addresses):
    """``(changes, snapshot)`` of an event of an invitation without the person who made it, or was invited; other people stay."""
    invitation = snapshot["invitation"]
    always = {"before": invitation["inviter_id"], "after": invitation["inviter_id"]}
    inviters = next((change for change in changes if change["field"] == "inviter_id"), always)

    def without(name, value, inviter_id):
        if name == "inviter_name" and inviter_id == user_id:
            return value and ANONYMOUS_NAME
        return ANONYMOUS_EMAIL if name == "email" and value in addresses else value

    invitation = {name: without(name, value, invitation["inviter_id"]) for name, value in invitation.items()}
    changes = [
        {**change, **{when: without(change["field"], change[when], inviters[when]) for when in always}}
        for change in changes
    ]
    return changes, {**snapshot, "invitation": invitation}


def anonymous_copy(value, user_id):
    """A JSON value in which objects with the ``id`` or ``user_id`` of the person are without name and address."""
    if isinstance(value, list):
        return [anonymous_copy(item, user_id) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {name: anonymous_copy(item, user_id) for name, item in value.items()}
    if copy.get("inviter_id") == user_id:
        copy = _replaced(copy, {"inviter_name": ANONYMOUS_NAME})
    if user_id in (copy.get("id"), copy.get("user_id")):
        return _replaced(copy, replacements()["user"])
    return copy


def _both(value):
    return {"before": value, "after": value}


def _replaced(mapping, values):
    """The mapping with ``values`` in the place of its own that are not None."""
    return {
        name: values[name] if name in values and value is not None else value
        for name, value in mapping.items()
    }
