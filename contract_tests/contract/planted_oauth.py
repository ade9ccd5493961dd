"""Faults of OAuth and of mails."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from contract_tests.contract import probes_of_oauth as probes
from contract_tests.contract.planted import in_code
from handlers.gateways import letters
from handlers.gateways.literal import Literal
from handlers.http.exchange import Exchange
from models.apps.authorizations import Authorization
from models.platform import mails
from models.platform.mail_requests import MailRequest
from security.oauth import faults, interaction, server


@in_code(probes.a_redirect_uri_comes_back_byte_for_byte)
def a_redirect_uri_is_read_and_written_again(site):
    def redirected(redirect_uri, parameters, state):
        parts = urlsplit(redirect_uri)
        query = urlencode([*parse_qsl(parts.query), *parameters.items(), ("state", state)])
        return parts._replace(query=query).geturl()

    site.replace(server, "redirected", redirected)


@in_code(probes.an_app_is_told_of_its_faults_as_oauth_has_them)
def faults_of_a_token_request_are_problems(site):
    site.replace(site.plans["issue_token"], "answers_faults", False)


@in_code(probes.an_app_is_told_of_its_faults_as_oauth_has_them)
def a_field_that_stands_twice_is_read_once(site):
    site.replace(faults, "of_reading", lambda found: [])
    site.replace(faults, "of_values", lambda found: [])


@in_code(probes.an_app_is_told_of_its_faults_as_oauth_has_them)
def faults_of_an_authorization_request_are_not_told(site):
    site.replace(interaction, "refuse", lambda sent, found=(): None)


@in_code(probes.a_hint_is_looked_at)
def a_hint_is_ignored(site):
    site.replace(interaction, "_hinted", lambda sent: None)


@in_code(probes.a_later_address_is_asked_about)
def approval_leads_to_every_address(site):
    site.replace(Authorization, "has_led_to", classmethod(lambda cls, consent, redirect_uri: True))


@in_code(probes.what_people_write_stays_text_in_a_mail)
def a_subject_is_not_encoded(site):
    site.replace(Literal, "fold", lambda text, policy: f"{text.name}: {text}{policy.linesep}")


@in_code(probes.what_people_write_stays_text_in_a_mail)
def a_name_that_looks_like_a_link_is_one(site):
    site.replace(letters, "plain", lambda fact: " ".join(fact.split()))


@in_code(probes.a_link_waits_sealed)
def a_link_waits_in_clear(site):
    site.replace(mails, "sealed", lambda mail_id, facts: facts)


@in_code(probes.an_address_gets_ten_mails_a_day_that_anybody_may_cause)
def mails_are_not_counted_by_their_address(site):
    site.replace(MailRequest, "has_room", classmethod(lambda cls, email: True))


@in_code(probes.the_mailbox_is_shown_by_names_of_this_machine_alone)
def the_mailbox_is_shown_by_any_name(site):
    site.replace(Exchange, "is_local", property(lambda exchange: True))
