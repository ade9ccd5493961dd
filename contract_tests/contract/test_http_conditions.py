"""Preconditions (RFC 9110 §13), for every operation: what they refuse is not done, and what they let through is."""

import pytest

from contract_tests.contract.test_http import READS, resource_of
from contract_tests.support import table_fingerprints
from contract_tests.support.clients import refused
from contract_tests.support.operations import those

CONDITIONAL_WRITES = those(lambda operation: operation.takes("If-None-Match") and operation.is_write)
CONDITIONAL_READS = those(lambda operation: operation.takes("If-None-Match") and not operation.is_write)
WITHOUT_AN_ETAG = those(lambda operation: operation.permission and not operation.takes("If-Match"))
DATES = {
    "If-Modified-Since": "Sat, 29 Oct 2044 19:43:31 GMT",
    "If-Unmodified-Since": "Sat, 29 Oct 1994 19:43:31 GMT",
}


def stored(operation, request, world):
    return world.own.client.get(resource_of(operation, request)).headers["ETag"]


@pytest.mark.parametrize("operation", CONDITIONAL_WRITES, ids=str)
@pytest.mark.parametrize("sent", ["*", "{etag}", '"another" , W/{etag}'])
def test_a_write_is_refused_when_what_one_has_is_stored(operation, sent, world):
    request = world.request(operation)
    etag = stored(operation, request, world)
    before = table_fingerprints.everything()
    answer = world.send(request.having(If_None_Match=sent.format(etag=etag)))
    assert refused(answer) == (412, "etag_matched")
    assert (answer.json()["current_etag"], answer.headers["ETag"]) == (etag, etag)
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == []


@pytest.mark.parametrize("operation", CONDITIONAL_WRITES, ids=str)
def test_a_write_is_done_when_something_else_is_stored_and_dates_are_ignored(operation, world):
    request = world.request(operation).having(If_None_Match='"another"')
    assert world.send(request, headers=DATES).status_code in (200, 202, 204)


@pytest.mark.parametrize("operation", CONDITIONAL_WRITES, ids=str)
def test_a_weak_etag_never_matches_a_write(operation, world):
    request = world.request(operation)
    etag = stored(operation, request, world)
    assert refused(world.send(request.having(If_Match=f"W/{etag}"))) == (412, "stale_etag")


@pytest.mark.parametrize("operation", CONDITIONAL_READS, ids=str)
def test_a_read_is_refused_when_something_else_is_stored(operation, world):
    request = world.request(operation)
    etag = world.send(request).headers["ETag"]
    for sent in ('"another"', f"W/{etag}"):
        answer = world.send(request.having(If_Match=sent, If_None_Match=etag))
        assert refused(answer) == (412, "stale_etag")
        assert answer.headers["ETag"] == etag
    for sent in ("*", f'"another" ,, {etag}'):
        assert world.send(request.having(If_Match=sent)).status_code == 200
        assert world.send(request.having(If_Match=sent, If_None_Match=f'"0"\t, {etag},')).status_code == 304
        assert world.send(request.having(If_Match=sent, If_None_Match='"0"')).status_code == 200


@pytest.mark.parametrize("operation", WITHOUT_AN_ETAG, ids=str)
def test_what_has_no_etag_matches_none(operation, world):
    refusing = [{"If_Match": '"another"'}] + [{"If_None_Match": "*"}] * operation.is_write
    for conditions in refusing:
        request = world.request(operation).having(**conditions)
        before = table_fingerprints.everything()
        assert world.send(request).status_code == 412
        assert table_fingerprints.changed(before, table_fingerprints.everything()) == []
    request = world.request(operation).having(If_Match="*", If_None_Match='"another"')
    assert world.send(request).is_success


@pytest.mark.parametrize("operation", READS, ids=str)
def test_conditions_by_date_are_ignored(operation, world):
    request = world.request(operation)
    plain, dated = world.send(request), world.send(request, headers=DATES)
    assert (dated.status_code, "Last-Modified" in dated.headers) == (plain.status_code, False)


def test_a_request_that_would_be_refused_anyway_is_not_told_about_etags(world, stranger_task):
    headers = {"If-Match": '"9"', "If-None-Match": "*"}
    assert world.own.client.get(stranger_task, headers=headers).status_code == 404
    assert world.own.client.patch(stranger_task, {"title": "Mine"}, headers=headers).status_code == 404


@pytest.fixture
def stranger_task(world):
    return "/tasks/0198c0de-7c7e-7f00-8000-000000000001"
