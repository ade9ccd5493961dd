"""ETags: how If-None-Match and If-Match are compared (RFC 9110 §13.1)."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from handlers.http.answers import _is_known
from models.base.work import Work
from models.members import Member
from models.tasks import Task
from models.users import User
from security import callers

STORED = '"3"'


def is_known(sent, stored=STORED):
    exchange = SimpleNamespace(parameters={} if sent is None else {"if-none-match": sent})
    return _is_known(exchange, {} if stored is None else {"ETag": stored})


@pytest.mark.parametrize("sent", ['"3"', 'W/"3"', "*", '"1", "3"', '"1","3"', 'W/"1", W/"3"', '"3" , "4"'])
def test_what_is_stored_is_known_by_weak_comparison(sent):
    assert is_known(sent)


@pytest.mark.parametrize("sent", [None, '"4"', 'W/"33"', '"1", "2"', "3", '""', '"W/3"'])
def test_anything_else_is_not_known(sent):
    assert not is_known(sent)


def test_what_has_no_etag_is_never_known():
    assert not is_known("*", stored=None)


@pytest.mark.parametrize("sent", ['"3"', "*", '"1", "3"', '"1","3"', '"3", "1"'])
def test_a_write_goes_on_when_one_of_the_tags_is_stored(sent):
    callers.refuse_stale(SimpleNamespace(etag=STORED), sent)


@pytest.mark.parametrize("tag, version", [('"3"', 3), ('"3.7"', 3), ('"12345"', 12345)])
def test_the_version_of_a_tag_of_ours_is_read(tag, version):
    assert callers._version(tag) == version


@pytest.mark.parametrize("tag", ['"x"', '""', "*", '"-1"', '"' + "9" * 30 + '"'])
def test_from_any_other_tag_nothing_is_known_to_have_changed(tag):
    assert callers._version(tag) == 2**62


def test_a_tag_is_the_version_and_that_of_a_member_tells_of_the_person_too():
    with Work(now=datetime.now(UTC)):
        assert Task(version=7).etag == '"7"'
        assert Member(version=2, user=User(version=5)).etag == '"2.5"'
