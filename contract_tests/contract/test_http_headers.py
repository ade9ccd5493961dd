"""Request headers as their RFCs have them, for every operation: 9110 (semantics), 6750 (challenges), 7240 (Prefer)."""

from urllib.parse import urljoin

import pytest

from contract_tests.support import factories, preconditions, table_fingerprints
from contract_tests.support.clients import Client, refused
from contract_tests.support.operations import OPERATIONS, resolved, those

CHUNKED = {"Transfer-Encoding": "chunked"}
PLAIN = 'Bearer realm="remit"'
BODILESS = those(lambda operation: not operation.schema)
GUARDED = those(lambda operation: not operation.is_public)
PATCHES = those(lambda operation: operation.method == "PATCH")


@pytest.mark.parametrize("operation", those(lambda operation: operation.takes("validate_only")), ids=str)
def test_preferences_are_ignored(operation, world):
    """A server may ignore any preference (RFC 7240 section 2): a success has one schema."""
    prefer = [("Prefer", "respond-async, wait=10"), ("Prefer", 'RETURN="minimal";x=y , handling=lenient')]
    answer = send(world, world.request(operation), prefer)
    assert answer.is_success and answer.content
    assert "Preference-Applied" not in answer.headers


def send(world, request, headers):
    """The answer to a request with more headers, of which some may stand on several lines."""
    kinds = [] if request.body is None else [("Content-Type", request.operation.media_type)]
    answer = world.own.client.request(
        request.operation.method,
        request.path,
        params=request.params or None,
        headers=[*request.headers.items(), *kinds, *headers],
        content=None if request.body is None else request.encoded,
    )
    preconditions.mend(world, request.operation)
    return answer


@pytest.mark.parametrize("operation", BODILESS, ids=str)
def test_an_empty_body_in_chunks_is_no_body(operation, world):
    plain = world.send(world.request(operation))
    chunked = world.send(world.request(operation), content=b"", headers=CHUNKED)
    assert chunked.status_code == plain.status_code


@pytest.mark.parametrize("operation", BODILESS, ids=str)
def test_a_body_that_no_operation_reads_is_refused(operation, world):
    request = world.request(operation)
    whole = world.send(request, content=b"{}")
    chunks = (part for part in (b"", b"{}"))
    answer = world.own.client.http.request(
        operation.method, urljoin(world.live.base_url, f"/api/v1{request.path}"), content=chunks
    )
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    for each in (whole, answer):
        if "x-errors" in operation.node:  # told to the app, or by a page for people
            assert each.status_code in (303, 403)
        else:
            assert refused(each) == (400, "unexpected_body")


@pytest.mark.parametrize("operation", those(lambda operation: 415 in operation.answers), ids=str)
def test_a_body_that_is_not_read_is_refused_with_what_is(operation, world):
    request = world.request(operation)
    answer = world.send(request, headers={"Content-Type": "text/plain"})
    types = set(answer.headers["Accept"].split(", "))
    assert (answer.status_code, operation.media_type in types) == (415, True)
    assert ("Accept-Patch" in answer.headers) == (operation.method == "PATCH")
    packed = world.send(request, headers={"Content-Encoding": "gzip"})
    assert (packed.status_code, packed.headers["Accept-Encoding"]) == (415, "identity")


@pytest.mark.parametrize("coding", ["", "identity", "Identity, ,identity"])
@pytest.mark.parametrize("charset", ["", "; charset=UTF-8", ';charset="utf-8" ; version=1'])
def test_the_body_as_it_is_may_be_called_so(coding, charset, world):
    headers = {"Content-Encoding": coding, "Content-Type": f"Application/Merge-Patch+JSON{charset}"}
    answer = world.own.client.request("PATCH", "/users/me", content=b'{"locale":"en"}', headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("operation", PATCHES, ids=str)
def test_options_tells_what_a_patch_reads(operation, world):
    request = world.request(operation)
    answer = world.nobody.request("OPTIONS", request.path)
    assert set(answer.headers["Accept-Patch"].split(", ")) == set(
        resolved(operation.node["requestBody"])["content"]
    )
    assert "Accept-Patch" not in world.nobody.request("OPTIONS", "/tasks").headers


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_a_credential_that_is_not_valid_is_told_apart_from_none(operation, world):
    request = world.request(operation, "nobody")
    request.headers.pop("Authorization", None)
    for sent, challenge in (
        ({}, PLAIN),
        ({"Authorization": "Basic eDp5"}, PLAIN),
        ({"Authorization": "Bearer garbage"}, f'{PLAIN}, error="invalid_token"'),
        ({"X-API-Key": "garbage"}, f'{PLAIN}, error="invalid_token"'),
    ):
        answer = world.send(request, headers=sent)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, challenge)


@pytest.mark.parametrize("operation", those(lambda operation: operation.scopes), ids=str)
def test_a_credential_without_the_scope_is_told_which(operation, world):
    answer = world.ask(operation, "key")
    scopes = " ".join(operation.scopes)
    challenge = f'{PLAIN}, error="insufficient_scope", scope="{scopes}"'
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (403, challenge)


def test_a_missing_permission_is_no_matter_of_the_credential(world):
    answer = world.clients["guest"].post(f"/organizations/{world.own.organization_id}/teams", {"name": "T"})
    assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (403, False)


@pytest.mark.parametrize(
    "name", ["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key", "X-Service-Account"]
)
@pytest.mark.parametrize("values", [("a", "a"), ("a", "b")])
def test_a_header_with_one_value_is_sent_once(name, values, world):
    before = table_fingerprints.everything()
    headers = [(name, value) for value in values]
    answer = world.own.client.request("PATCH", "/users/me", headers=headers, content=b'{"locale":"de"}')
    assert refused(answer) == (400, "malformed_request")
    assert answer.json()["errors"][0]["parameter"] == name.lower()
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == []


def test_lists_on_several_lines_are_one_list(world):
    etag = world.own.client.get("/users/me").headers["ETag"]

    def get(*headers):
        return world.own.client.get("/users/me", headers=list(headers))

    assert get(("If-None-Match", '"0"'), ("If-None-Match", etag)).status_code == 304
    assert get(("If-Match", '"0"'), ("If-Match", etag)).status_code == 200
    assert get(("Accept", "image/png"), ("Accept", "application/json;q=0.1")).status_code == 200
    assert get(("Accept", "*/*"), ("Accept", "application/json;Q=0")).status_code == 406


def test_the_whole_server_tells_its_methods(live, world):
    answer = world.nobody.http.request("OPTIONS", live.host_url, extensions={"target": b"*"})
    assert (answer.status_code, answer.headers["Allow"]) == (
        204,
        "DELETE, GET, HEAD, PATCH, POST, PUT, OPTIONS",
    )
    assert {operation.method for operation in OPERATIONS} < set(answer.headers["Allow"].split(", "))


def test_a_session_has_an_etag_for_each_session_that_asks(world):
    person = factories.register(world.nobody)
    tokens = [factories.log_in(world.nobody, person)["access_token"] for _ in range(2)]
    client, other = (Client(world.live.base_url, world.contract, token) for token in tokens)
    path = f"/sessions/{next(s for s in client.get('/sessions').json()['items'] if s['is_current'])['id']}"
    mine, others = client.get(path), other.get(path)
    assert (mine.json()["is_current"], others.json()["is_current"]) == (True, False)
    assert mine.headers["ETag"] != others.headers["ETag"]
    assert other.get(path, headers={"If-None-Match": mine.headers["ETag"]}).status_code == 200
    assert refused(other.delete(path, headers={"If-Match": mine.headers["ETag"]})) == (412, "stale_etag")
    assert other.delete(path, headers={"If-Match": others.headers["ETag"]}).status_code == 204
