"""Limits: counted in windows, and refused kindly when what counts them is away."""

import pytest
from flask import Flask
from flask_limiter import Limiter

from models.base.counters import MemoryStorage
from models.base.errors import Unavailable
from security.limits import Limits, RateLimited

CLASSES = {"default": {"caller": 3, "seconds": 60}, "public": {"address": 2, "seconds": 60}}


def limiter(uri, **options):
    return Limiter(lambda: "", app=Flask("test"), storage_uri=uri, storage_options=options)


def test_one_too_many_is_refused_and_told_when_to_come_again():
    limits = Limits(limiter("remit-memory://"), CLASSES)
    left = [limits.hit("default", "ada")["RateLimit"].partition(";t=")[0] for _ in range(3)]
    assert left == ['"default";r=2', '"default";r=1', '"default";r=0']
    with pytest.raises(RateLimited) as refused:
        limits.hit("default", "ada")
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    assert limits.hit("default", "grace")["RateLimit"].startswith('"default";r=2')


def test_addresses_may_be_given_more():
    assert (
        Limits(limiter("remit-memory://"), CLASSES, 10).hit("public", "127.0.0.1")["RateLimit-Policy"]
        == '"public";q=20;w=60'
    )


def test_windows_that_have_ended_are_forgotten():
    storage = MemoryStorage()
    storage.cleanup_size = 5
    for number in range(6):
        storage.incr(f"who {number}", -1)  # a window that has ended already
    storage.incr("now", 60)
    assert set(storage.windows) == {"now"}


def test_a_store_of_limits_that_is_away_is_no_fault_of_the_caller():
    limits = Limits(limiter("redis://127.0.0.1:1", wrap_exceptions=True, socket_connect_timeout=1), CLASSES)
    with pytest.raises(Unavailable):
        limits.hit("default", "ada")
    assert limits.headers("default", "ada")["RateLimit"] == '"default";r=3;t=60'
