"""Caches bounded by bytes."""

import tracemalloc

from models.base.caches import BytesCache, RecentBytesCache, deep_size
from models.base.ids import new_id
from security.access import Access


def test_what_was_put_first_makes_room():
    cache = BytesCache(100)
    for number in range(5):
        cache.put(number, f"value {number}", 30)
    assert [cache.get(number) for number in range(5)] == [None, None, "value 2", "value 3", "value 4"]
    assert (len(cache), cache.size) == (3, 90)


def test_a_value_that_is_put_again_counts_once():
    cache = BytesCache(100)
    for _ in range(10):
        cache.put("key", "value", 60)
    assert (cache.get("key"), cache.size) == ("value", 60)
    cache.clear()
    assert (cache.get("key"), cache.size) == (None, 0)


def test_what_is_larger_than_the_cache_is_not_kept():
    cache = BytesCache(100)
    cache.put("small", 1, 10)
    cache.put("large", 2, 101)
    assert (cache.get("large"), cache.size) == (None, 0)


def test_what_was_used_last_stays():
    dropped = []
    cache = RecentBytesCache(100, dropped.append)
    for number in range(3):
        cache.put(number, f"value {number}", 30)
    assert cache.get(0) == "value 0"
    cache.put(3, "value 3", 30)
    assert [cache.get(number) for number in range(4)] == ["value 0", None, "value 2", "value 3"]
    assert dropped == [1]


def test_the_size_of_an_access_is_what_it_takes():
    """Within a factor of 1.5 below and 2 above, for people with and without grants: too much is the safe side."""
    for grants in (0, 50):
        organization = new_id()
        _access(organization, grants)  # what is computed from the policy once, and shared
        tracemalloc.start()
        made = [_access(organization, grants) for _ in range(8)]
        sizes = sum(access.size() for access in made)
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert 0.66 < sizes / taken < 2, (grants, sizes, taken)


def _access(organization, count):
    grants = [
        (new_id(), organization, "member", None, None, "project", new_id(), False, False, [], None)
        for _ in range(count)
    ]
    return Access({organization: ("member", "off")}, {}, grants)


def test_what_is_there_twice_counts_once():
    text = "a text of some length" * 10
    assert deep_size([text, text]) < 2 * deep_size(text)
    assert deep_size([text], shared=[text]) < deep_size(text)
