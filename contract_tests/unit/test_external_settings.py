"""The settings of external services: wrong ones are refused at the start."""

import os

import pytest
from pydantic import ValidationError

from handlers.gateways.external.services import Service
from models.base import metrics, public_addresses
from models.base.public_addresses import AddressNotAllowed
from models.base.settings import Settings, settings


@pytest.fixture
def environment(monkeypatch):
    """Sets settings for the time of a test."""

    def put(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"REMIT_{name.upper()}", value)
        settings.cache_clear()
        public_addresses.policy.cache_clear()

    yield put
    monkeypatch.undo()
    settings.cache_clear()
    public_addresses.policy.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("external_rates", "email"),
        ("external_rates", "email=often"),
        ("external_rates", "=1/minute"),
        ("external_rates", "email=0/minute"),
        ("external_rates", "email=1/fortnight"),
        ("external_ports", "https"),
        ("external_ports", "0"),
        ("external_ports", "443 70000"),
        ("external_denied_networks", "10.0.0.1/8"),
        ("external_denied_networks", "intranet"),
        ("external_failures", "0"),
        ("external_rest_seconds", "-1"),
    ],
)
def test_a_wrong_setting_is_refused(name, value):
    with pytest.raises(ValidationError):
        Settings(**{name: value})


@pytest.mark.parametrize(
    "served",
    [
        {"public_url": ""},
        {"public_url": "https://remit.example.com"},
        {"public_url": "http://10.0.0.7:8080"},
        {"public_url": "http://127.0.0.1:8080", "proxies": 1},
    ],
)
def test_who_serves_the_public_cannot_let_addresses_lead_to_this_machine(served):
    with pytest.raises(ValidationError):
        Settings(external_loopback=True, **served)
    assert Settings(external_loopback=True, public_url="http://localhost:8080").external_loopback


def test_the_policy_is_that_of_the_settings(environment):
    environment(public_url="https://remit.example.com", external_ports="443 8443")
    environment(external_denied_networks="93.184.215.0/24 2606:2800::/32")
    policy = public_addresses.policy()
    assert policy.target("https://hooks.example.com:8443/a").port == 8443
    for url in (
        "https://93.184.215.14/",
        "https://[2606:2800:21f::1]/",
        "http://127.0.0.1/",
        "https://localhost/",
    ):
        with pytest.raises(AddressNotAllowed):
            policy.target(url)
    assert policy.permits("8.8.8.8") and not policy.permits("93.184.215.14")


def test_what_is_written_comes_out_in_one_spelling():
    target = public_addresses.AddressPolicy().target
    assert target("HTTPS://Hooks.Example.COM.") == ("https", "hooks.example.com", 443, "/")
    assert target("https://hooks.example.com?a=%2F") == ("https", "hooks.example.com", 443, "/?a=%2F")
    assert target("https://[2606:2800:021f:0::1]/x").host == "2606:2800:21f::1"
    for url in (
        "https://hooks.example.com/%zz",
        "https://hooks.example.com/\u00e9",
        "https://a.b/" + "a" * 2000,
    ):
        with pytest.raises(AddressNotAllowed):
            target(url)


def test_breakers_and_rates_are_those_of_the_settings(environment):
    environment(external_failures="2", external_rest_seconds="7", external_rates="erp=3/hour email=5/second")
    service = Service("erp")
    assert (service.breaker.failures, service.breaker.rest_seconds) == (2, 7.0)
    assert str(service.rate) == "3 per 1 hour" and Service("other").rate is None


def test_states_of_processes_that_were_killed_are_forgotten(tmp_path):
    """Counters stay: what they counted has happened."""
    dead = 2**22 + 1  # beyond the IDs that Linux gives processes
    names = [
        f"gauge_livemax_{os.getpid()}.db",
        f"gauge_livemax_{dead}.db",
        f"counter_{dead}.db",
        "gauge_livemax_x.db",
    ]
    for name in names:
        (tmp_path / name).touch()
    metrics.forget_dead(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(names) - {f"gauge_livemax_{dead}.db"}
