"""What a server that people sign in to with a provider refuses to start with, and what its database holds by itself."""

import pytest

from models.base.database import database
from models.base.settings import Settings


@pytest.mark.parametrize(
    "settings",
    [
        {"google_issuer": "http://accounts.google.com"},
        {"google_issuer": "accounts.google.com"},
        {"google_issuer": "https://accounts.google.com?x=1"},
        {"github_url": "ftp://github.com"},
        {"github_api_url": "http://127.0.0.1.evil.example"},
        {"github_api_url": "http://192.0.2.1"},
        {"return_addresses": "https://app.example/ javascript:alert(1)"},
        {"return_addresses": "/account"},
        {"return_addresses": "https://app.example/#here"},
        {"identity_seconds": 0},
        {"identity_seconds": 600},
    ],
    ids=str,
)
def test_a_server_does_not_start_with_settings_that_are_not_safe(settings):
    with pytest.raises(ValueError, match="validation error"):
        Settings(**settings)


def test_providers_are_asked_in_private_or_on_this_machine():
    for url in (
        "https://accounts.google.com",
        "http://127.0.0.1:1",
        "http://[::1]:1/x",
        "http://localhost:1",
    ):
        assert Settings(google_issuer=f"{url}/").google_issuer == url


def test_the_database_holds_what_the_code_holds(database_url):
    """An identity opens one account, and a way lasts minutes, whatever a program of ours should forget."""
    with database.connection_context():
        rules = {
            text for (text,) in database.rows(
                "select pg_get_constraintdef(oid) from pg_constraint where conrelid in"
                " ('identities'::regclass, 'identity_authorizations'::regclass)"
            )
        }  # fmt: skip
    assert "UNIQUE (provider, subject)" in rules
    assert any("'00:20:00'" in rule for rule in rules)
