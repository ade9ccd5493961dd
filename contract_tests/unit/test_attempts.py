"""How long guesses have to wait, and what counts as one network address."""

import pytest

from models.identity.attempts import delay_of_one_origin, delay_of_unknown_origins
from security.limits import network


def minutes(wait):
    return wait and wait.total_seconds() / 60


def test_a_place_waits_twice_as_long_each_time_and_an_hour_at_most():
    waits = [minutes(delay_of_one_origin(failures)) for failures in range(14)]
    assert waits == [None] * 5 + [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert minutes(delay_of_one_origin(10**6)) == 60


def test_strangers_wait_a_minute_after_each_ten_and_a_day_after_a_hundred():
    waits = {failures: minutes(delay_of_unknown_origins(failures)) for failures in range(1, 102)}
    assert {failures for failures, wait in waits.items() if wait == 1} == {10, 20, 30, 40, 50, 60, 70, 80, 90}
    assert {failures for failures, wait in waits.items() if wait == 24 * 60} == {100, 101}


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("local", "local"),
        ("[::1]:80", "[::1]:80"),
        ("a:b:c", "a:b:c"),
        ("", ""),
    ],
)
def test_of_ipv6_the_network_counts_and_of_everything_else_the_whole(address, counted):
    assert network(address) == counted
