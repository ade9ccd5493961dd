"""Connexion as it comes: FlaskApp, strict, answers validated."""

from connexion import FlaskApp
from connexion.resolver import Resolver

from contract_tests.bench import generated


def build():
    application = FlaskApp("bench")
    resolver = Resolver(function_resolver=generated.handlers().__getitem__)
    application.add_api(
        generated.contract(), resolver=resolver, strict_validation=True, validate_responses=True
    )
    return application
