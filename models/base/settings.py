"""The settings, read once from the environment (``REMIT_…``) or from files named like them."""

import ipaddress
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from models.base.external_settings import ExternalSettings
from models.base.operator_settings import OperatorSettings


class Settings(ExternalSettings, OperatorSettings):
    """Every setting of Remit.  The README's table is compared with this class by a test."""

    model_config = SettingsConfigDict(env_prefix="REMIT_", frozen=True, extra="ignore")

    database_url: str = Field(
        "", description="PostgreSQL 15 or later, as the owner of the tables; empty: the embedded one."
    )
    app_database_url: str = Field(
        "",
        description="The same database as remit_app, which the server logs in as; empty: as the owner, less safe.",
    )
    data: Path = Field(Path("var"), description="Folder of the embedded database, the secret and serve.json.")
    secret: SecretStr = Field(
        SecretStr(""),
        description="Seals cursors, refresh tokens, signing keys and the security log; empty: made once in the data folder.",
    )
    key_days: int = Field(30, ge=1, le=3650, description="After how many days the next signing key is made.")
    public_url: str = Field("", description="How clients reach this server; empty: http://HOST:PORT.")
    threads: int = Field(16, ge=1, le=200, description="Handlers, and database connections, of one process.")
    max_waiting: int = Field(512, ge=0, description="Requests in one process before it answers 503.")
    body_bytes: int = Field(1_048_576, ge=1024, description="The largest body that is read.")
    bodies_bytes: int = Field(
        16_777_216, ge=1_048_576, description="Memory of one process for bodies of requests; beyond it, 503."
    )
    address_bodies_bytes: int = Field(
        4_194_304, ge=1_048_576, description="The part of it that one network address may take."
    )
    connections: int = Field(4_096, ge=16, description="Open connections of one process.")
    address_connections: int = Field(
        256,
        ge=4,
        description="Those of one network address, times REMIT_ADDRESS_FACTOR; not counted behind proxies.",
    )
    body_seconds: float = Field(
        10.0, gt=0, description="How long a body may take to arrive, whatever its rate."
    )
    head_seconds: float = Field(10.0, gt=0, description="How long a request's head may take to arrive.")
    idle_seconds: float = Field(30.0, gt=0, description="How long a connection may stand idle.")
    drain_seconds: float = Field(20.0, gt=0, description="How long requests may finish after SIGTERM.")
    statement_ms: int = Field(5_000, ge=100, description="How long one SQL statement may take.")
    count_ms: int = Field(
        1_000,
        ge=1,
        description="How long counting for `include=total` may take; beyond it, the total is null.",
    )
    lock_ms: int = Field(2_000, ge=50, description="How long one statement may wait for a lock.")
    limits_url: str = Field(
        "", description="Storage of rate limits (redis://…); empty: memory, or a table for several processes."
    )
    address_factor: int = Field(1, ge=1, description="Multiplies the limits of network addresses.")
    password_kib: int = Field(
        19_456,
        ge=8,
        description="Memory that hashing a password takes (argon2id); less than OWASP's 19456 for tests alone.",
    )
    proxies: int = Field(
        0, ge=0, le=10, description="Trusted proxies in front, whose X-Forwarded-For is believed."
    )
    proxy_addresses: str = Field(
        "127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7",
        description="Networks of these proxies, separated by spaces; of others nothing forwarded is believed.",
    )
    client_cert_header: str = Field(
        "",
        description="Header in which the trusted proxies pass a client's certificate (RFC 9440) or its SHA-256; empty: none.",
    )
    cors_origins: str = Field(
        "", description="Origins that browsers may call from, separated by spaces; * for all."
    )
    processes: int = Field(1, ge=1, le=256, description="Server processes; set by scripts/serve --workers.")
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="SMTP server for emails: smtp://user:password@host:587 or smtps://…; empty: emails are kept in DATA/mailbox.",
    )
    mail_from: str = Field("Remit <remit@localhost>", description="Sender of emails.")
    mailbox_page: bool = Field(
        False,
        description="Shows DATA/mailbox on this machine, behind no proxy; set by scripts/serve for a demonstration.",
    )
    portal_samples: bool = Field(
        False,
        description="Fills the API reference with the API key and IDs of DATA/serve.json, on this machine, behind no proxy; "
        "set by scripts/serve for a demonstration.",
    )
    mail_days: int = Field(30, ge=1, le=3650, description="Days for which sent emails are kept.")
    link_days: int = Field(
        7, ge=1, le=3650, description="Days for which used and expired email links are kept."
    )
    session_days: int = Field(
        90, ge=1, le=3650, description="For how many days sessions are kept that have ended."
    )
    api_key_days: int = Field(
        90,
        ge=1,
        le=3650,
        description="For how many days API keys are kept that were revoked or have expired.",
    )
    job_days: int = Field(
        90, ge=7, le=3650, description="For how many days finished jobs of people are kept."
    )
    notification_emails_hour: int = Field(
        10,
        ge=1,
        le=1000,
        description="Emails about notifications that a person gets in an hour; the rest are in the next digest.",
    )
    notification_emails_day: int = Field(
        50, ge=1, le=10_000, description="Those that a person gets in a day, without digests."
    )
    security_days: int = Field(
        365,
        ge=30,
        le=3650,
        description="For how many days the security logs of accounts keep addresses, devices and further facts.",
    )
    google_client_id: str = Field("", description="Client ID for login with Google; empty: not offered.")
    google_client_secret: SecretStr = Field(SecretStr(""), description="The secret of that client.")
    google_issuer: str = Field(
        "https://accounts.google.com", description="OpenID Connect issuer of Google accounts."
    )
    github_client_id: str = Field("", description="Client ID for login with GitHub; empty: not offered.")
    github_client_secret: SecretStr = Field(SecretStr(""), description="The secret of that client.")
    github_url: str = Field(
        "https://github.com", description="URL where people log in, as for GitHub Enterprise."
    )
    github_api_url: str = Field(
        "https://api.github.com", description="Its API, as https://HOST/api/v3 of GitHub Enterprise."
    )
    identity_seconds: float = Field(
        10.0, gt=0, le=30, description="Time limit for a request to an identity provider."
    )
    return_addresses: str = Field(
        "",
        description="Client URLs that a login may return to, separated by spaces.",
    )
    log_level: str = Field("info", description="debug, info, warning or error.")

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, value: SecretStr) -> SecretStr:
        """Refuse a wrong URL at the start, not at the first email."""
        parts = urlsplit(value.get_secret_value())
        if value.get_secret_value() and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("write smtp://user:password@host:port or smtps://…")
        return value

    @model_validator(mode="after")
    def _keeps_people_off_this_machine(self) -> Self:
        """Refuse to serve the public while addresses that people give may lead behind the firewall."""
        if self.external_loopback and not self.is_reached_locally:
            raise ValueError(
                "REMIT_EXTERNAL_LOOPBACK is for a REMIT_PUBLIC_URL on this machine, behind no proxy"
            )
        return self

    @field_validator("proxy_addresses")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for network in value.split():
            ipaddress.ip_network(network)  # ValueError
        return value

    @field_validator("google_issuer", "github_url", "github_api_url")
    @classmethod
    def _is_private(cls, value: str) -> str:
        """Refuse an identity provider that somebody in between could impersonate."""
        parts = urlsplit(value)
        if parts.query or parts.fragment or not is_private(value):
            raise ValueError("write https://HOST; without TLS only an address of this machine")
        return value.rstrip("/")

    @field_validator("return_addresses")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        for address in value.split():
            parts = urlsplit(address)
            if parts.scheme in ("", "javascript", "data") or parts.fragment or len(address) > 500:
                raise ValueError(
                    f"{address} is no absolute address without a fragment, of at most 500 characters"
                )
        return value

    @property
    def is_reached_locally(self) -> bool:
        """Whether clients reach this server on this machine, and through no proxy."""
        return not self.proxies and is_loopback(urlsplit(self.public_url).hostname or "")

    @property
    def served_database_url(self) -> str:
        """The URL of the database for the server, unlike workers and migrations."""
        return self.app_database_url or self.database_url

    @property
    def identity_providers(self) -> list[str]:
        """The providers that people can sign in with here."""
        clients = {"google": self.google_client_id, "github": self.github_client_id}
        return [name for name, client in clients.items() if client]


def is_loopback(host: str) -> bool:
    """Whether the address or host name is a loopback one."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def is_private(url: str) -> bool:
    """Whether nobody in between can read what is sent to ``url``: it has TLS, or stays on this machine."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            return True
        if parts.scheme == "http":
            return is_loopback(parts.hostname or "")
    return False


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
