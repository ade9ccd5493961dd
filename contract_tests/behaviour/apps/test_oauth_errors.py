"""Whatever is wrong with a request of OAuth, the app is told as RFC 6749 says: in JSON, or at its redirect URI."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from contract_tests.behaviour.apps.test_authorizations import errors, leads_nowhere
from contract_tests.behaviour.apps.test_oauth import refused
from contract_tests.support.operations import BY_ID, FORM, resolved, those

ENDPOINTS = those(lambda operation: operation.node.get("x-errors") == "oauth")
HEAD = {"Content-Type": FORM}
TO_THE_PERSON = {"client_id", "redirect_uri"}  # faults of these lead to no app
ERRORS = {"invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unsupported_grant_type"}
ERROR_OF = {"request": "request_not_supported", "request_uri": "request_uri_not_supported",
        "scope": "invalid_scope", "response_type": "unsupported_response_type"}  # fmt: skip


def fields_of(operation):
    """The schemas of its parameters, by name."""
    schemas = {
        parameter["name"]: parameter["schema"]
        for parameter in operation.parameters
        if parameter["in"] == "query"
    }
    return schemas or {name: resolved(schema) for name, schema in operation.schema["properties"].items()}


def ill_formed(schema):
    """Values that the contract has no room for."""
    limit = schema.get("maxLength", 100)
    for value in ("\0", "a\r\nb: c", "é" * 10, "\u202e", '"\\', "x" * (limit + 1)):
        if len(value) > limit or not re.search(schema.get("pattern", "^0$"), value):
            yield value


EACH_FIELD = [(operation, name) for operation in ENDPOINTS for name in fields_of(operation)]


@pytest.mark.parametrize("operation, name", EACH_FIELD, ids=lambda value: str(value))
def test_an_endpoint_answers_for_every_fault_of_a_field_in_the_format_of_oauth(app, operation, name):
    good = {"grant_type": "authorization_code", "code": "x", "token": "x"}
    good |= {"client_id": app.id, "client_secret": app.secret}
    for value in ill_formed(fields_of(operation)[name]):
        answer = app.client.request("POST", operation.path, data={**good, name: value})
        if answer.status_code == 200:  # RFC 7009 §2.2: an unknown token is as good as revoked
            assert name.startswith("token"), answer.text
        else:
            assert refused(answer, answer.status_code) in ERRORS
            assert answer.status_code == (401 if name.startswith("client") else 400)
    twice = urlencode([*good.items(), (name, "1"), (name, "2")])
    answer = app.client.request("POST", operation.path, content=twice, headers=HEAD)
    assert refused(answer) == "invalid_request"
    unreadable = f"{urlencode({**good, name: ''})}&{name}=%ff"
    answer = app.client.request("POST", operation.path, content=unreadable, headers=HEAD)
    assert refused(answer) == "invalid_request"


@pytest.mark.parametrize("operation", ENDPOINTS, ids=str)
@pytest.mark.parametrize(
    "content, headers",
    [
        (b"", HEAD),
        (b"grant_type=&token=", HEAD),
        (b"scope=x", HEAD),
        (b"x=%zz", HEAD),
        (b"&".join(b"f%d=1" % number for number in range(300)), HEAD),
        (b"{}", {"Content-Type": "application/json"}),
        (b"grant_type=x&token=x", {"Content-Type": "text/plain"}),
        (b"grant_type=x&token=x", {}),
        (b"grant_type=x&token=x", {**HEAD, "Content-Encoding": "gzip"}),
        (b"a=" + b"x" * 1_100_000, HEAD),
    ],
)
def test_a_form_that_cannot_be_read_is_an_invalid_request(app, operation, content, headers):
    auth = (app.id, app.secret)
    answer = app.client.request("POST", operation.path, content=content, headers=headers, auth=auth)
    assert refused(answer) == "invalid_request"


def test_unknown_fields_are_ignored_however_often_they_stand(app):
    more = "&resource=a&resource=b&x=" + "y" * 30_000
    body = urlencode({"grant_type": "refresh_token", "refresh_token": "x"}) + more
    answer = app.client.request(
        "POST", "/oauth/token?utm=1", content=body, headers=HEAD, auth=(app.id, app.secret)
    )
    assert refused(answer) == "invalid_grant"


def test_credentials_in_the_address_are_refused(app):
    address = "/oauth/token?" + urlencode({"client_id": app.id, "client_secret": app.secret})
    assert refused(app.client.request("POST", address, data={"grant_type": "x"})) == "invalid_request"


def authorizing(visitor, app, pairs):
    """The answers to an authorization request, in the address and in a form."""
    text = urlencode(list(pairs))
    yield visitor.get(f"/oauth/authorize?{text}")
    yield visitor.request("POST", "/oauth/authorize", content=text, headers=HEAD)


@pytest.mark.parametrize("name", sorted(fields_of(BY_ID["get_authorization"])))
def test_an_app_is_told_of_every_fault_of_a_parameter(app, person_at_a_browser, name):
    schema = fields_of(BY_ID["get_authorization"])[name]
    good, expected = app.asked(), ERROR_OF.get(name, "invalid_request")
    for value in ill_formed(schema):
        for answer in authorizing(person_at_a_browser, app, {**good, name: value}.items()):
            if name in TO_THE_PERSON:
                assert leads_nowhere(answer)
            else:
                assert errors(app, answer)[::2] == (expected, True)
    for answer in authorizing(person_at_a_browser, app, [*good.items(), (name, "1"), (name, "2")]):
        if name in TO_THE_PERSON:
            assert leads_nowhere(answer)
        else:
            parameters = errors(app, answer)
            assert parameters[0] in ("invalid_request", ERROR_OF.get(name)) and parameters[2]
            assert parameters[1] == ("1" if name == "state" and "state" not in good else "some state")


@pytest.mark.parametrize("tail", ["&x=%zz", "&nonce=%ff", "&%ff=1", "&max_age=-1", "&max_age=soon", "&response_mode=form_post",
                                  "&response_mode=fragment", *["&a=1" * 300]])  # fmt: skip
def test_what_cannot_be_read_is_told_to_the_app(app, person_at_a_browser, tail):
    answer = person_at_a_browser.get(app.address() + tail)
    assert errors(app, answer) == ("invalid_request", "some state", True)


@pytest.mark.parametrize("name", sorted(fields_of(BY_ID["get_authorization"]).keys() - TO_THE_PERSON))
def test_a_parameter_without_a_value_is_as_if_omitted(app, person_at_a_browser, name):
    pairs = [*app.asked(**{name: None}).items(), (name, "")]
    omitted = person_at_a_browser.get(app.address(**{name: None}))
    answer = person_at_a_browser.get(f"/oauth/authorize?{urlencode(pairs)}")
    assert answer.status_code == omitted.status_code
    assert answer.headers.get("location") == omitted.headers.get("location")


def test_a_request_in_a_form_that_is_too_long_for_a_url_is_answered(app, person_at_a_browser):
    state, nonce = '"' * 2000, "<" * 500
    page = person_at_a_browser.request(
        "POST", "/oauth/authorize", data=app.asked(state=state, nonce=nonce, login_hint="é" * 200)
    )
    fields = {"email": person_at_a_browser.person.email, "password": person_at_a_browser.person.password}
    page = person_at_a_browser.submit(page, **fields)
    parameters = app.redirect_parameters(person_at_a_browser.submit(page, decision="approve"))
    assert (parameters["state"], app.exchange(parameters["code"]).status_code) == (state, 200)


@pytest.mark.parametrize(
    "content, headers",
    [(b"{}", {"Content-Type": "application/json"}), (b"", HEAD), (b"x" * 1_100_000, HEAD)],
)
def test_a_person_with_an_unreadable_form_is_shown_a_page(person_at_a_browser, content, headers):
    assert leads_nowhere(
        person_at_a_browser.request("POST", "/oauth/authorize", content=content, headers=headers)
    )


def test_a_state_that_is_longer_than_the_contract_has_room_for_comes_back(app, person_at_a_browser):
    state = "x" * 3000
    answer = person_at_a_browser.authorize(app, state=state)
    assert errors(app, answer) == ("invalid_request", state, True)
    assert parse_qs(urlsplit(answer.headers["location"]).query)["state"] == [state]
