"""Asking an identity provider where people sign in, and who somebody is."""

import logging
import math

import jsonschema_rs

from handlers.gateways.conversation import NoAnswer
from handlers.gateways.github import GitHub
from handlers.gateways.google import Google
from handlers.gateways.providers import Refused
from models.base import text
from models.base.settings import settings
from models.identity.identities import ProviderNotConfigured, ProviderUnavailable
from models.identity.identity_authorizations import Claims, IdentityAuthorization, SignInNotValid

log = logging.getLogger("remit.identities")
PROVIDERS = {provider.name: provider for provider in (Google(), GitHub())}
RETRY_SECONDS = 5  # at the least, after which somebody may try again
# What the contract takes for an address.
EMAIL = jsonschema_rs.Draft202012Validator(
    {"type": "string", "format": "email", "minLength": 3, "maxLength": 254}, validate_formats=True
)


def create_identity_authorization(body):
    """A function that gives the address which the person is sent to; see :meth:`Provider.way`."""
    if body["provider"] not in settings().identity_providers:
        raise ProviderNotConfigured(f"{body['provider']} is not configured on this server.")
    return _asked(body["provider"], lambda provider: provider.way())


def log_in_with_identity(body):
    """The :class:`Claims` of whom the browser came back with; None when they were asked for before."""
    way = IdentityAuthorization.pending(body["code"], body["handoff_secret"])
    if way.claims:
        return None
    if way.provider not in settings().identity_providers:
        raise SignInNotValid(f"{way.provider} is no longer configured on this server.")
    person = _asked(
        way.provider,
        lambda provider: provider.exchange(way.provider_code, way.verifier, way.nonce_digest),
    )
    return _claims(way.provider, person)


link_identity = log_in_with_identity


def _asked(name, ask):
    try:
        return ask(PROVIDERS[name])
    except Refused as error:
        log.warning("sign-in refused", extra={"fault": f"{name}: {error}"})
        raise SignInNotValid() from None
    except NoAnswer as error:
        log.warning("provider unavailable", extra={"fault": f"{name}: {error}"})
        seconds = max(RETRY_SECONDS, math.ceil(error.retry_after or 0))
        raise ProviderUnavailable(headers={"Retry-After": str(seconds)}) from None


def _claims(provider, person):
    """What a provider says, as far as it is what it should be."""
    # Addresses are compared in lower case: beyond ASCII, what looks like another letter may become one.
    usable = EMAIL.is_valid(person.email) and person.email.isascii()
    address = person.email.lower() if usable else None
    line = text.as_line(person.name, 100) if isinstance(person.name, str) else ""
    known_as = line or (address or "Somebody").partition("@")[0]
    return Claims(provider, person.subject, address, usable and person.is_verified, known_as)
