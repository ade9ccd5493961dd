"""Anonymization: what replaces personal data in events, and wherever else copies of rows are stored."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from models import tables
from models.base.declarations import ANONYMOUS_EMAIL, ANONYMOUS_NAME, declaration


@cache
def replacements() -> dict[str, Mapping[str, Any]]:
    """By the noun of a subject of events: the properties that tell of a person, and what stands in their place."""
    nouns = [one for table in tables() for one in (table, *table.__subclasses__()) if hasattr(one, "noun")]
    personal = {one.noun(): declaration(one).personal for one in nouns}
    return {noun: of_people.replaced if of_people else {} for noun, of_people in personal.items()}


def anonymous_event(
    subject_type: str, changes: list[dict], snapshot: dict, user_id: str
) -> tuple[list[dict], dict]:
    """``(changes, snapshot)`` of an event without the person.  Of a noun that is not known here nothing is kept.

    Objects and lists in them are without the person too, wherever they name the person by id.
    """
    values = replacements().get(subject_type)
    if values is None:
        return [], {}
    snapshot = {noun: told and _inside(_replaced(told, values), user_id) for noun, told in snapshot.items()}
    changes = [
        {**one, **_replaced({"before": one["before"], "after": one["after"]}, _both(values[one["field"]]))}
        if one["field"] in values
        else _inside(one, user_id)
        for one in changes
    ]
    return changes, snapshot


def _inside(mapping, user_id):
    """The mapping with the objects and lists in it without the person."""
    return {
        name: anonymous_copy(one, user_id) if isinstance(one, dict | list) else one
        for name, one in mapping.items()
    }


def anonymous_invitation(changes, snapshot, user_id, addresses):
    """``(changes, snapshot)`` of an event of an invitation without the person who made it, or was invited; whoever else it
    tells of stays."""
    told = snapshot["invitation"]
    always = {"before": told["inviter_id"], "after": told["inviter_id"]}
    inviters = next((one for one in changes if one["field"] == "inviter_id"), always)

    def without(name, value, inviter_id):
        if name == "inviter_name" and inviter_id == user_id:
            return value and ANONYMOUS_NAME
        return ANONYMOUS_EMAIL if name == "email" and value in addresses else value

    told = {name: without(name, value, told["inviter_id"]) for name, value in told.items()}
    changes = [
        {**one, **{when: without(one["field"], one[when], inviters[when]) for when in always}}
        for one in changes
    ]
    return changes, {**snapshot, "invitation": told}


def anonymous_copy(value, user_id):
    """A value of JSON in which whatever tells of the person, by ``id`` or ``user_id``, is without name and address."""
    if isinstance(value, list):
        return [anonymous_copy(one, user_id) for one in value]
    if not isinstance(value, dict):
        return value
    copy = {name: anonymous_copy(one, user_id) for name, one in value.items()}
    if copy.get("inviter_id") == user_id:
        copy = _replaced(copy, {"inviter_name": ANONYMOUS_NAME})
    if user_id in (copy.get("id"), copy.get("user_id")):
        return _replaced(copy, replacements()["user"])
    return copy


def _both(value):
    return {"before": value, "after": value}


def _replaced(told, values):
    """The mapping with other values where it has one that is not None."""
    return {name: values[name] if name in values and one is not None else one for name, one in told.items()}
