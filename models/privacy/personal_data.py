"""Personal data: where it stands, table by table; what an export tells of it, and what becomes of it when a person is erased.

A test compares this with ``models.tables()``, with the parts of an export and with the steps of an erasure: a new table says
here what it holds of a person.
"""

from typing import NamedTuple


class Treatment(NamedTuple):
    """``exported`` names the files of an export, or says in a sentence why there is none; ``erased`` says what is left."""

    exported: tuple | str
    erased: str


BY_DIGEST = "It knows people by keyed digests alone, which nobody can turn back."
BY_APPS = "It has digests of what apps were given; authorizations tell of them."
OF_PROGRAMS = "It is of programs, which are no people."
OF_ORGANIZATION = "It is an organization's, and tells of people by their ids."
TREATMENTS = {
    "users": Treatment(("profile",), "The row stays, without a person: no address, no name, no password, no settings."),
    "sessions": Treatment(("sessions",), "Deleted at once."),
    "api_keys": Treatment(("api_keys",), "Deleted at once."),
    "registrations": Treatment("It is of nobody who could ask: no one has shown whose the address is.", "Deleted on activation."),
    "email_tokens": Treatment(("mailed_links",), "Deleted at once."),
    "two_factors": Treatment(("two_factor",), "Deleted at once."),
    "recovery_codes": Treatment("It has digests of secrets; two_factor tells how many are left.", "Deleted with two_factors."),
    "known_places": Treatment(("known_places",), "Deleted at once."),
    "attempts": Treatment(BY_DIGEST, "Forgotten two days after the last guess."),
    "mail_requests": Treatment(BY_DIGEST, "Forgotten after a day."),
    "counters": Treatment("It counts requests within a minute, by id or address.", "Forgotten within the hour."),
    "signing_keys": Treatment("It is the server's.", "Nothing of a person is there."),
    "jobs": Treatment(("jobs",), "Deleted, with their results."),
    "dead_letters": Treatment("It tells why work of the server failed.", "Deleted with the work that names the person."),
    "mails": Treatment(("mails",), "Deleted, also what waits and names the person; the last one when it is sent."),
    "idempotency": Treatment("It has copies of answers, for a day.", "Deleted; in answers to others the person has no name."),
    "consents": Treatment(("consents",), "Deleted at once."),
    "authorizations": Treatment(("authorizations",), "Deleted at once, and with them what apps hold."),
    "oauth_tokens": Treatment(BY_APPS, "Deleted with authorizations."),
    "identities": Treatment(("identities",), "Deleted at once."),
    "identity_authorizations": Treatment("It is of nobody yet; what a provider said is sealed.", "Forgotten within the hour."),
    "members": Treatment(("memberships",), "Ended at once."),
    "team_members": Treatment(("team_memberships",), "Ended at once."),
    "grants": Treatment(("grants",), "Revoked at once; those that the person gave stay, by id."),
    "assignments": Treatment(("tasks_assigned",), "Taken off by a job that begins at once."),
    "organizations": Treatment(("organizations",), "Stays; deleted with all its work where nobody else is."),
    "retentions": Treatment(OF_ORGANIZATION, "Stays; deleted with its organization."),
    "invitations": Treatment(
        ("invitations_received", "invitations_made"),
        "Deleted, where they were sent to the person; those that the person made stay, by id, and hold no more.",
    ),
    "apps": Treatment(("apps_registered",), "Stays, by id; deleted with its organization."),
    "service_accounts": Treatment(("service_accounts_created",), "Stays, by id; deleted, with its user, with its organization."),
    "service_keys": Treatment(OF_PROGRAMS, "Stays; deleted with its organization."),
    "service_certificates": Treatment(OF_PROGRAMS, "Stays; deleted with its organization."),
    "service_token_uses": Treatment(OF_PROGRAMS, "Forgotten when the token would have ended."),
    "teams": Treatment(("teams",), "Stays; deleted with its organization."),
    "roles": Treatment(OF_ORGANIZATION, "Stays; deleted with its organization."),
    "projects": Treatment(("projects_created",), "Stays, by id, as what people made together."),
    "tasks": Treatment(("tasks_created", "tasks_assigned"), "Stays, by id, as what people made together."),
    "permission_checks": Treatment(("permission_checks",), "Stays, by id, without the network address."),
    "events": Treatment(("events", "acts"), "Stays, with its number; every personal value is replaced."),
    "streams": Treatment("It numbers events.", "Stays."),
    "security_entries": Treatment(
        ("security_log", "security_log_of_organizations"), "Stays, and can be verified; what is personal of it is erased."
    ),
    "security_chains": Treatment("It seals the security log.", "Stays."),
    "account_erasures": Treatment("Nobody is left who could ask.", "Stays, by id; its addresses are forgotten at its end."),
}  # fmt: skip
