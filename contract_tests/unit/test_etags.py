"""ETags: how If-None-Match and If-Match are compared (RFC 9110 §13.1)."""

from datetime import UTC, datetime

import pytest
from werkzeug.http import parse_etags

from handlers.http import preconditions
from handlers.http.preconditions import EtagMatched, Preconditions
from models.access.members import Member
from models.base.errors import StaleEtag
from models.base.unit_of_work import UnitOfWork
from models.identity.users import User
from models.work.tasks import Task

STORED = '"3"'
NAMED = ['"3"', "*", '"1", "3"', '"1","3"', '"3", "1"', '"0" , "3"', ', "3",', '"1",\t,"3"', '"a,b", "3"']
WEAK = ['W/"3"', 'W/"1", W/"3"', '"1" , W/"3"']
OTHERS = ['"4"', 'W/"33"', '"1", "2"', '""', '"W/3"', '"3.0"', '"a", "b,3"']


@pytest.mark.parametrize("sent", NAMED + WEAK)
def test_what_is_stored_is_known_by_weak_comparison(sent):
    assert Preconditions(None, sent).check_read(STORED)
    with pytest.raises(EtagMatched) as refused:
        Preconditions(None, sent).check_write(STORED)
    assert (refused.value.current_etag, refused.value.headers) == (STORED, {"ETag": STORED})


@pytest.mark.parametrize("sent", [None, *OTHERS])
def test_anything_else_is_not_known(sent):
    assert not Preconditions(None, sent).check_read(STORED)
    Preconditions(None, sent).check_write(STORED)


@pytest.mark.parametrize("sent", NAMED)
def test_a_request_goes_on_when_one_of_the_tags_is_stored(sent):
    Preconditions(sent).check_write(STORED)
    assert not Preconditions(sent).check_read(STORED)


@pytest.mark.parametrize("sent", WEAK + OTHERS)
def test_a_weak_tag_and_any_other_never_match(sent):
    for check in (Preconditions(sent).check_write, Preconditions(sent).check_read):
        with pytest.raises(StaleEtag) as refused:
            check(STORED)
        assert refused.value.current_etag == STORED


def test_if_match_is_looked_at_before_if_none_match():
    with pytest.raises(StaleEtag):
        Preconditions('"1"', '"3"').check_read(STORED)
    assert Preconditions('"3"', '"3"').check_read(STORED)


def test_what_has_no_etag_is_never_known_and_matches_only_the_asterisk():
    assert not Preconditions(None, "*").check_read(None)
    Preconditions("*").check_write(None)
    Preconditions(None, '"3"').check_write(None)
    for conditions in (Preconditions('"3"'), Preconditions(None, "*")):
        with pytest.raises((StaleEtag, EtagMatched)) as refused:
            conditions.check_write(None)
        assert refused.value.current_etag is None


@pytest.mark.parametrize(
    "tag, version", [('"3"', 3), ('"3.7"', 3), ('"12345"', 12345), ('W/"3"', 3), ('"3" , "1"', 3)]
)
def test_the_version_of_a_tag_of_ours_is_read(tag, version):
    assert preconditions._version(parse_etags(tag)) == version


@pytest.mark.parametrize("tag", ['"x"', '""', "*", '"-1"', '"' + "9" * 30 + '"'])
def test_from_any_other_tag_nothing_is_known_to_have_changed(tag):
    assert preconditions._version(parse_etags(tag)) == 2**62


def test_a_tag_is_the_version_and_that_of_a_member_tells_of_the_person_too():
    with UnitOfWork(now=datetime.now(UTC)):
        assert Task(version=7).etag == '"7"'
        assert Member(version=2, user=User(version=5)).etag == '"2.5"'
