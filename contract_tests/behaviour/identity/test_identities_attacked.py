"""Signing in while somebody tries to come in as somebody else, or to have somebody else come in as them."""

import re
from urllib.parse import urlencode, urlsplit

import pytest

from contract_tests.support import factories, sign_ins
from contract_tests.support.clients import at_once, refused
from contract_tests.support.provider import Person
from contract_tests.support.sign_ins import asked
from handlers.workers import registry
from models.base.database import database

NOT_VALID = (409, "sign_in_not_valid")


@pytest.fixture
def person():
    return Person(sign_ins.address())


def changed(url, **parameters):
    parts = urlsplit(url)
    query = {name: value for name, value in {**asked(url), **parameters}.items() if value is not None}
    return parts._replace(query=urlencode(query)).geturl()


def is_page(answer):
    return answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("provider_name", ["google", "github"])
def test_each_sign_in_has_secrets_of_its_own(provider_name, anonymous, provider):
    ways = [sign_ins.begin(anonymous, provider, provider_name) for _ in range(2)]
    first, second = (asked(sign_in.url) for sign_in in ways)
    names = {"state", "code_challenge"} | ({"nonce"} if provider_name == "google" else set())
    assert all(first[name] != second[name] and len(first[name]) == 43 for name in names)
    assert first["redirect_uri"].endswith(f"/api/v1/identity-callbacks/{provider_name}")
    assert ways[0].handoff_secret not in ways[0].url


def test_nothing_that_is_stored_of_a_sign_in_helps_who_reads_it(anonymous, provider, person):
    way = sign_ins.begin(anonymous, provider, "google")
    url = provider.consent(way.url, person)
    code = sign_ins.result(way.come_back(url=url))["code"]
    with database.connection_context():
        stored = str(database.rows("select t::text from identity_authorizations t"))
    for secret in (
        asked(way.url)["state"],
        asked(way.url)["nonce"],
        way.handoff_secret,
        asked(url)["code"],
        code,
    ):
        assert secret not in stored
    assert asked(url)["code"] not in code


def test_a_sign_in_that_somebody_else_began_is_not_completed_in_ones_browser(anonymous, provider, person):
    """Login CSRF: the attacker's code is brought to the victim's client, which has a secret of its own."""
    attackers, victims = (sign_ins.begin(anonymous, provider) for _ in range(2))
    body = {"code": attackers.code(person), "handoff_secret": victims.handoff_secret}
    assert refused(sign_ins.complete(anonymous, body)) == NOT_VALID
    victim = factories.newcomer(anonymous)
    linking = victim.post("/identities", {**body, "password": factories.PASSWORD})
    assert refused(linking) == NOT_VALID
    assert victim.get("/identities").json()["items"] == []


def test_a_sign_in_that_a_victim_was_sent_on_is_not_completed_by_who_began_it(anonymous, provider, person):
    """The attacker has the secret of the client; the code comes to the victim's browser, and nowhere else."""
    way = sign_ins.begin(anonymous, provider)
    answer = way.come_back(person)
    assert answer.headers["Location"].startswith(
        f"{anonymous.http.base_url.copy_with(path='/account/identity')}#code="
    )
    for code in ("x" * 60, asked(provider.consent(way.url, person))["state"], way.handoff_secret):
        body = {"code": code, "handoff_secret": way.handoff_secret}
        assert refused(sign_ins.complete(anonymous, body)) == NOT_VALID


def test_a_state_that_nobody_was_given_leads_to_a_page(anonymous, provider, person):
    url = provider.consent(sign_ins.begin(anonymous, provider).url, person)
    for state in ("fixed", "x" * 43, None):
        assert is_page(anonymous.get(changed(url, state=state)))
    assert is_page(anonymous.get(changed(url, code=None)))


def test_a_state_is_good_once_and_for_ten_minutes(anonymous, provider, person):
    way = sign_ins.begin(anonymous, provider)
    url = provider.consent(way.url, person)
    code = sign_ins.result(way.come_back(url=url))["code"]
    assert (
        sign_ins.result(way.come_back(url=url))["code"] != code
    )  # reading is harmless: nothing has happened yet
    body = {"code": code, "handoff_secret": way.handoff_secret}
    assert sign_ins.complete(anonymous, body).status_code == 201
    assert is_page(way.come_back(url=url))
    late = sign_ins.begin(anonymous, provider)
    url = provider.consent(late.url, person)
    make_late()
    assert is_page(late.come_back(url=url))


def make_late():
    """As if everything had begun ten minutes earlier."""
    minutes = "- interval '10 minutes'"
    with database.connection_context():
        database.run(
            f"update identity_authorizations set created_at = created_at {minutes}, expires_at = expires_at {minutes}"
        )


def test_ways_that_nobody_came_to_the_end_of_are_forgotten(anonymous, provider):
    registry.load()
    for late in (False, True):
        sign_ins.begin(anonymous, provider)
        if late:
            make_late()
        with database.connection_context():
            registry.perform("identities.forget_authorizations", {})
            assert bool(database.rows("select 1 from identity_authorizations")) is not late


def test_a_code_is_good_once(anonymous, provider, person):
    body = sign_ins.begin(anonymous, provider).body(person)
    assert sign_ins.complete(anonymous, body).status_code == 201
    assert refused(sign_ins.complete(anonymous, body)) == NOT_VALID


def test_a_code_that_is_sent_many_times_at_once_lets_in_once(anonymous, provider, person):
    body = sign_ins.begin(anonymous, provider).body(person)
    answers = at_once(*[lambda: sign_ins.complete(anonymous, body)] * 6)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


def test_a_code_is_good_for_a_minute(anonymous, provider, person, monkeypatch):
    from datetime import timedelta

    from models.identity import identity_authorizations

    monkeypatch.setattr(identity_authorizations, "CODE_LIFETIME", timedelta(seconds=-1))
    body = sign_ins.begin(anonymous, provider).body(person)
    assert refused(sign_ins.complete(anonymous, body)) == NOT_VALID
    monkeypatch.undo()
    assert identity_authorizations.CODE_LIFETIME.total_seconds() == 60


def test_a_code_of_the_provider_that_was_given_for_another_sign_in_is_refused(anonymous, provider, person):
    """PKCE: what was stolen on the way cannot be put into a sign-in of the thief's own."""
    stolen = asked(provider.consent(sign_ins.begin(anonymous, provider, "google").url, person))["code"]
    own = sign_ins.begin(anonymous, provider, "google")
    url = changed(provider.consent(own.url, Person(sign_ins.address())), code=stolen)
    body = {"code": sign_ins.result(own.come_back(url=url))["code"], "handoff_secret": own.handoff_secret}
    assert refused(sign_ins.complete(anonymous, body)) == NOT_VALID


def test_a_code_that_the_provider_has_never_given_is_refused(anonymous, provider, person):
    for name in ("google", "github"):
        way = sign_ins.begin(anonymous, provider, name)
        url = changed(provider.consent(way.url, person), code="made-up")
        body = {"code": sign_ins.result(way.come_back(url=url))["code"], "handoff_secret": way.handoff_secret}
        assert refused(sign_ins.complete(anonymous, body)) == NOT_VALID


def test_one_provider_does_not_answer_for_another(anonymous, provider, person):
    """Mix-up: each has an address of its own to come back to, and an issuer that says who it is."""
    way = sign_ins.begin(anonymous, provider, "google")
    url = provider.consent(way.url, person)
    assert is_page(way.come_back(url=url.replace("/identity-callbacks/google", "/identity-callbacks/github")))
    assert is_page(way.come_back(url=changed(url, iss="https://evil.example")))
    assert sign_ins.result(way.come_back(url=changed(url, iss=f"{provider.url}/google")))["code"]


def test_the_same_subject_at_another_provider_is_somebody_else(anonymous, provider):
    google, github = (Person(sign_ins.address(), subject="4711") for _ in range(2))
    ids = [
        sign_ins.sign_in(anonymous, provider, account, name).json()["user_id"]
        for account, name in ((google, "google"), (github, "github"))
    ]
    assert ids[0] != ids[1]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "https://app.example/signed-in/",
        "https://app.example/signed-in?next=https://evil.example",
        "https://app.example/signed-in#",
        "https://APP.example/signed-in",
        "http://app.example/signed-in",
        "https://app.example@evil.example/signed-in",
        "//app.example/signed-in",
        "javascript:alert(1)",
    ],
)
def test_a_sign_in_returns_to_addresses_of_the_settings_and_to_no_other(address, anonymous):
    answer = anonymous.post("/identity-authorizations", {"provider": "github", "return_to": address})
    assert refused(answer) == (422, "return_address_unknown")


def test_a_sign_in_returns_where_it_was_asked_to(anonymous, provider, person):
    way = sign_ins.begin(anonymous, provider, return_to="https://app.example/signed-in")
    answer = way.come_back(person)
    assert re.fullmatch(r"https://app\.example/signed-in#code=[A-Za-z0-9_-]+", answer.headers["Location"])
    assert (
        answer.headers["Cache-Control"] == "no-store" and answer.headers["Referrer-Policy"] == "no-referrer"
    )


@pytest.mark.parametrize(
    ("error", "reported"),
    [("access_denied", "access_denied"), ("server_error", "provider_failed"), ("<b>", "provider_failed")],
)
def test_who_does_not_agree_is_brought_back_without_a_code(error, reported, anonymous, provider):
    way = sign_ins.begin(anonymous, provider)
    answer = way.come_back(url=changed(provider.refuse(way.url), error=error))
    assert sign_ins.result(answer) == {"error": reported}


def test_what_a_provider_sends_beside_is_ignored_and_what_it_may_not_send_is_refused(
    anonymous, provider, person
):
    way = sign_ins.begin(anonymous, provider)
    url = provider.consent(way.url, person)
    assert way.come_back(url=changed(url, authuser="0", hd="example.org", anything="else")).status_code == 303
    for bad in (
        f"{url}&state=again",
        changed(url, code="x" * 1025),
        changed(url, state="no state"),
        changed(url, code="\n"),
    ):
        assert refused(anonymous.get(bad)) == (422, "invalid_request")
    assert anonymous.get("/identity-callbacks/evil", params={"state": "x"}).status_code == 422
