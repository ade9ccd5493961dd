"""The steps of an erasure, and what events show afterwards, as tables declare them."""

from dataclasses import replace

from contract_tests.support.operations import CONTRACT
from models import tables
from models.base.declarations import declaration, is_owned
from models.privacy.anonymization import replacements
from models.privacy.erasure_steps import steps
from models.work.tasks import Task


def test_whatever_events_keep_says_what_is_personal_of_it():
    unsaid = CONTRACT["components"]["schemas"]["EventSnapshot"]["properties"].keys() - replacements().keys()
    assert not unsaid, f"no table has the nouns {sorted(unsaid)}: nothing says what is personal of them"


# Nouns whose events are found by the id of the person in them; those of accounts stand in the stream of the person.
FOUND_BY_ID = {"member", "team_member", "invitation"}


def telling():
    """The nouns of tenants whose events have something of a person that is replaced."""
    of_tenants = {table.noun() for table in tables() if is_owned(table) and hasattr(table, "noun")}
    return {noun for noun, replaced in replacements().items() if replaced} & of_tenants


def test_events_that_tell_of_a_person_are_found():
    """What is replaced in the events of a tenant has to be found there, by an index."""
    assert telling() == FOUND_BY_ID, "find their events in models/privacy/erasure_sql.py"


def test_a_noun_whose_events_are_not_found_is_noticed(monkeypatch):
    personal = replace(declaration(Task).personal, replaced={"title": "Deleted title"})
    monkeypatch.setattr(Task._meta, "declares", replace(declaration(Task), personal=personal))
    replacements.cache_clear()
    try:
        assert telling() - FOUND_BY_ID == {"task"}
    finally:
        replacements.cache_clear()


# As in the release before, and in its order: an erasure that it began goes on after the upgrade.
OF_THE_RELEASE_BEFORE = """
mails mails_naming sessions_own api_keys_own email_tokens_own two_factors_own known_places_own authorizations_own
consents_own identities_own invitations_received answers_own answers_to_others events_own events_about events_inviting
events_invited security security_invited permission_checks dead_letters authorizations_of_abandoned_apps
consents_of_abandoned_apps grants_abandoned permission_checks_abandoned tasks_abandoned projects_abandoned
team_members_abandoned teams_abandoned roles_abandoned invitations_abandoned apps_abandoned service_accounts_abandoned
idempotency_of_abandoned_programs events_of_abandoned_programs streams_of_abandoned_programs
security_entries_of_abandoned_programs security_chains_of_abandoned_programs users_of_abandoned_programs
events_abandoned streams_abandoned security_entries_abandoned security_chains_abandoned organizations_abandoned
"""
BY_POSITION = ["answers_to_others", "events_own", "events_about", "events_inviting", "events_invited"]


def test_no_step_of_the_release_before_has_lost_its_name():
    names = [step.name for step in steps()]
    assert set(OF_THE_RELEASE_BEFORE.split()) <= set(names)
    assert [name for name in names if name in BY_POSITION] == BY_POSITION, (
        "a position is handed to another step"
    )


def test_a_step_that_deletes_comes_after_those_of_rows_that_refer_to_its_own():
    """By declaration alone: the rows of an organization where nobody is go before what they refer to."""
    names = [step.name for step in steps()]
    ordered = [table._meta.table_name for table in tables() if is_owned(table)]
    places = [names.index(f"{name}_abandoned") for name in ordered]
    assert places == sorted(places, reverse=True)
    assert names.index("users_of_abandoned_programs") > max(places)
    assert names[-1] == "organizations_abandoned"
