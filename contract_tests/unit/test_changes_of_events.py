"""Changes of events: values of their types, whoever stored them, and without a person who was erased."""

import pytest

from models.base.table import differences
from models.platform.events import Event
from models.privacy.anonymization import anonymous_event

PERSON = "01a21de3-b305-72f7-9de3-8be28a44e314"


def test_what_changed_has_the_values_of_the_representations():
    before = {"version": 1, "title": "true", "done": False, "ids": [], "place": {"zip": "1"}}
    after = {"version": 2, "title": "false", "done": True, "ids": ["a"], "place": None}
    assert differences(before, after) == [
        {"field": "title", "before": "true", "after": "false"},
        {"field": "done", "before": False, "after": True},
        {"field": "ids", "before": [], "after": ["a"]},
        {"field": "place", "before": {"zip": "1"}, "after": None},
    ]
    assert differences({}, {"title": "7"}) == [{"field": "title", "before": None, "after": "7"}]


@pytest.mark.parametrize(
    "noun, field, stored, typed",
    [
        ("task", "assignee_ids", '["a"]', ["a"]),
        ("task", "assignee_ids", ["a"], ["a"]),
        ("task", "title", '["a"]', '["a"]'),
        ("task", "title", "null", "null"),
        ("user", "has_password", "true", True),
        ("user", "name", "true", "true"),
        ("retention", "permission_checks_days", "90", 90),
        ("service_key", "scopes", None, None),
        ("a noun of tomorrow", "scopes", "[]", "[]"),
    ],
)
def test_texts_of_earlier_releases_are_read_by_the_type_of_the_property(noun, field, stored, typed):
    event = Event(subject_type=noun, changes=[{"field": field, "before": None, "after": stored}])
    assert event.typed_changes == [{"field": field, "before": None, "after": typed}]


def test_a_person_is_erased_from_values_within_values():
    somebody = {"user_id": "another", "name": "Grace"}
    people = [{"user_id": PERSON, "name": "Kilian", "email": "kilian@example.org"}, somebody]
    changes = [
        {"field": "people", "before": people[1:], "after": people},
        {"field": "name", "before": None, "after": "Kilian"},
    ]
    snapshot = {"member": {"user_id": PERSON, "name": "Kilian", "people": {"first": people}}}
    changes, snapshot = anonymous_event("member", changes, snapshot, PERSON)
    assert "Kilian" not in str((changes, snapshot)) and "kilian" not in str((changes, snapshot))
    assert changes[0]["before"] == [somebody]
    assert changes[0]["after"] == [{"user_id": PERSON, "name": "Deleted user", "email": None}, somebody]
    assert snapshot["member"]["people"]["first"][1] == somebody
