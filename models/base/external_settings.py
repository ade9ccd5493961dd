"""The settings of calls of external services (``REMIT_`` and their name)."""

import ipaddress
import re

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

RATE = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", re.ASCII)


class ExternalSettings(BaseSettings):
    """A part of :class:`models.base.settings.Settings`."""

    external_failures: int = Field(
        5,
        ge=1,
        le=1000,
        description="Failures in succession after which an external service is not called for a while.",
    )
    external_rest_seconds: float = Field(
        30.0, gt=0, le=3600, description="How long it is not called; then one call tries it."
    )
    external_rates: str = Field(
        "",
        description="Most calls of external services by one process, as email=100/minute github=5000/hour; empty: no limit.",
    )
    external_ports: str = Field(
        "443", description="Ports that addresses given by people may lead to, separated by spaces."
    )
    external_denied_networks: str = Field(
        "",
        description="Networks, such as your own, that these addresses must not lead to besides those that are not public; "
        "separated by spaces.",
    )
    external_loopback: bool = Field(
        False,
        description="Lets these addresses lead to this machine, also without TLS; for demonstrations, and refused unless "
        "REMIT_PUBLIC_URL is on this machine and behind no proxy.",
    )

    @field_validator("external_rates")
    @classmethod
    def _are_rates(cls, value: str) -> str:
        for entry in value.split():
            name, is_named, rate = entry.partition("=")
            if not (name and is_named and RATE.fullmatch(rate)):
                raise ValueError(f"{entry} is not written as email=100/minute")
        return value

    @field_validator("external_ports")
    @classmethod
    def _are_ports(cls, value: str) -> str:
        if not all(port.isdecimal() and 0 < int(port) < 65_536 for port in value.split()):
            raise ValueError("write ports, separated by spaces")
        return value

    @field_validator("external_denied_networks")
    @classmethod
    def _are_denied_networks(cls, value: str) -> str:
        for network in value.split():
            ipaddress.ip_network(network)  # ValueError
        return value
