"""Mutants of OAuth and of emails."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from contract_tests.contract.mutants.checks import oauth as checks
from contract_tests.contract.mutants.mutant import in_code
from handlers.gateways import letters
from handlers.gateways.literal import Literal
from handlers.http.request_context import RequestContext
from models.apps.authorizations import Authorization
from models.platform import mails
from models.platform.mail_requests import MailRequest
from security.oauth import faults, interaction, server


@in_code(checks.a_redirect_uri_comes_back_byte_for_byte, "a redirect URI comes back byte for byte")
def a_redirect_uri_is_read_and_written_again(context):
    def redirected(redirect_uri, parameters, state):
        parts = urlsplit(redirect_uri)
        query = urlencode([*parse_qsl(parts.query), *parameters.items(), ("state", state)])
        return parts._replace(query=query).geturl()

    context.replace(server, "redirected", redirected)


@in_code(checks.apps_get_oauth_errors, "contract violation: without ['cache-control']")
def errors_of_a_token_request_are_problems(context):
    context.replace(context.plans["issue_token"], "answers_faults", False)


@in_code(checks.apps_get_oauth_errors, "a repeated field of a token request is refused")
def a_repeated_field_is_read_once(context):
    context.replace(faults, "of_reading", lambda errors: [])


@in_code(
    checks.apps_get_oauth_errors,
    "a wrong max_age of an authorization request is refused",
)
def errors_of_an_authorization_request_are_not_reported(context):
    context.replace(interaction, "refuse", lambda sent, input_faults=(): None)


@in_code(checks.an_id_token_hint_is_verified, "an id_token_hint is verified")
def an_id_token_hint_is_ignored(context):
    context.replace(interaction, "_hinted", lambda sent: None)


@in_code(checks.a_later_redirect_uri_is_asked_about, "a redirect URI that was added later is asked about")
def approval_leads_to_every_redirect_uri(context):
    context.replace(Authorization, "has_led_to", classmethod(lambda cls, consent, redirect_uri: True))


@in_code(checks.names_stay_text_in_an_email, "a subject is text, without links")
def a_subject_is_not_encoded(context):
    context.replace(Literal, "fold", lambda text, policy: f"{text.name}: {text}{policy.linesep}")


@in_code(checks.names_stay_text_in_an_email, "a subject is text, without links")
def a_name_that_looks_like_a_link_is_one(context):
    context.replace(letters, "plain", lambda fact: " ".join(fact.split()))


@in_code(checks.a_link_waits_encrypted, "a link waits encrypted")
def a_link_waits_in_clear(context):
    context.replace(mails, "with_encrypted_url", lambda mail_id, facts: facts)


@in_code(checks.emails_to_an_address_are_limited, "emails to one address are limited")
def emails_are_not_counted_by_their_address(context):
    context.replace(MailRequest, "full_for", classmethod(lambda cls, email: 0))


@in_code(
    checks.the_mailbox_is_shown_by_names_of_this_machine_alone, "the mailbox is shown under no other name"
)
def the_mailbox_is_shown_by_any_name(context):
    context.replace(RequestContext, "is_local", property(lambda context: True))
