"""Values in canonical form: what is equal is stored, compared, and answered as equal, however it was spelled."""

import pytest

from contract_tests.support import factories, sign_ins
from contract_tests.support.clients import refused
from contract_tests.support.company import Company
from contract_tests.support.provider import Person

MERGE = "application/merge-patch+json"
UNSEEN = [
    "\u200b", "\u3000", "\u2800", "\u3164", "\u115f", "\uffa0", "\u00ad", "\ufe0f", "\u2060\ufeff", "\U000e0041", "\u180e",
    " \u200d\u200c ",
]  # fmt: skip
UNSAFE = [
    "a\x07", "\x1b[31mred", "a\nb", "a\rb", "a\tb", "a\x7f", "a\u2028b", "a\u2029b", "a\u202eb", "a\u202ab", "a\u2066b",
    "a\u2069b", "a\x00b",
]  # fmt: skip


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


@pytest.fixture
def teams(company):
    """Forms a team of the name; the answer."""
    return lambda name: company.owner.post(f"/organizations/{company.id}/teams", {"name": name})


@pytest.mark.parametrize(
    ("spelled", "stored"),
    [
        ("2001:db8:0:0:0:0:0:1/128", "2001:db8::1/128"),
        ("2001:db8::1/128", "2001:db8::1/128"),
        ("2001:DB8::1:1/64", "2001:db8::/64"),
        ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
        ("::ffff:c000:207/128", "192.0.2.7/32"),
        ("64:ff9b::192.0.2.33/96", "64:ff9b::/96"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("::/0", "::/0"),
    ],
)
def test_an_address_range_is_answered_in_one_spelling(company, spelled, stored):
    team, body = company.team(), {"role": "guest", "address_ranges": [spelled, stored]}
    checked = company.owner.post(f"/teams/{team}/grants", body, params={"validate_only": "true"})
    made = company.owner.post(f"/teams/{team}/grants", body)
    assert (checked.status_code, made.status_code) == (200, 201)
    assert checked.json()["address_ranges"] == made.json()["address_ranges"] == [stored]
    path = company.grant("guest")
    assert company.owner.patch(path, {"address_ranges": [spelled]}).json()["address_ranges"] == [stored]


def test_a_range_of_mapped_addresses_holds_for_callers_with_ipv4(company):
    company.grant("guest", address_ranges=["::ffff:127.0.0.0/104"])
    assert company.seen() == set(company.tasks)


@pytest.mark.parametrize(
    "wrong",
    ["2001:db8::1", "192.0.2.0/255.255.255.0", "192.0.2.0/024", "010.0.0.0/8", "fe80::1%eth0/64", "::1::/64", "1.2.3/24", "/8"],
)  # fmt: skip
def test_what_is_no_address_range_is_refused(company, wrong):
    answer = company.owner.post(
        f"/teams/{company.team()}/grants", {"role": "guest", "address_ranges": [wrong]}
    )
    assert refused(answer) == (422, "invalid_request")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]][-1] == (
        "/address_ranges/0",
        answer.json()["errors"][-1]["code"],
    )


@pytest.mark.parametrize("spelled", ["88", "88.0", "8.8e1", "880E-1", "88.000"])
def test_an_integer_is_stored_and_answered_as_an_integer(founder, spelled):
    path = f"/organizations/{founder.organization_id}/retention"
    content = f'{{"permission_checks_days":{spelled},"password":"{factories.PASSWORD}"}}'
    answer = founder.request("PATCH", path, content=content, headers={"Content-Type": MERGE})
    read = founder.get(path)
    assert answer.status_code == 200
    assert (answer.content, answer.headers["etag"]) == (read.content, read.headers["etag"])
    assert b'"permission_checks_days":88,' in answer.content
    (event,) = founder.events(event_type="retention.updated")
    change = next(entry for entry in event["changes"] if entry["field"] == "permission_checks_days")
    assert (change["after"], type(change["after"])) == (88, int)
    assert isinstance(event["snapshot"]["retention"]["permission_checks_days"], int)


@pytest.mark.parametrize(
    "wrong", ["88.5", "4.0000000000000000001", "1e-400", '"88"', "true", "9223372036854775808"]
)
def test_what_is_no_integer_of_the_range_is_refused(founder, wrong):
    path = f"/organizations/{founder.organization_id}/retention"
    content, headers = f'{{"permission_checks_days":{wrong}}}', {"Content-Type": MERGE}
    answer = founder.request("PATCH", path, content=content, headers=headers)
    assert refused(answer) == (422, "invalid_request")


@pytest.mark.parametrize("text", [*UNSEEN, *UNSAFE], ids=ascii)
def test_a_title_can_be_seen_and_stays_in_its_line(founder, text):
    body = {"project_id": founder.project["id"], "title": text, "status": "todo"}
    answer = founder.post("/tasks", body)
    assert refused(answer) == (422, "invalid_request")
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/title"}


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("Gera\u0308t pru\u0308fen", "Ger\u00e4t pr\u00fcfen"),
        ("  Outer \u3000", "Outer"),
        ("\ufeffMark", "Mark"),
        ("\u05e9\u05dc\u05d5\u05dd \u200f1", "\u05e9\u05dc\u05d5\u05dd \u200f1"),
        ("\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f467"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("a\x9b31mb", "a\ufffd31mb"),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_title_is_stored_composed_and_trimmed(founder, sent, answered):
    assert factories.task(founder, founder.project["id"], title=sent)["title"] == answered


def test_a_text_that_grows_when_it_is_composed_is_measured_composed(founder):
    body = {"project_id": founder.project["id"], "status": "todo"}
    answer = founder.post("/tasks", {**body, "title": "\u0958" * 101})
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/title", "too_long")
    ]
    assert len(founder.post("/tasks", {**body, "title": "\u0958" * 100}).json()["title"]) == 200


def test_a_description_has_lines_and_no_other_controls(founder):
    made = factories.task(founder, founder.project["id"], description="a\r\n\tb\rc\u202e\n")
    assert made["description"] == "a\n\tb\nc\u202e\n"
    answer = founder.patch(f"/tasks/{made['id']}", {"description": "\x1b[31m"})
    assert refused(answer) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Caf\u00e9 1", "Cafe\u0301 1"),
        ("Core", "Core "),
        ("Core", "\u3000core"),
        ("Stra\u00dfe", "STRASSE"),
        ("\u039f\u03b4\u03cc\u03c2", "\u039f\u0394\u038c\u03a3"),
        ("Core team", "Core   team"),
        ("Core team", "Core\u00a0team"),
        ("Core", "Co\u200bre"),
        ("Core", "Co\u00adre"),
        ("\u212b", "\u00e5"),
    ],
    ids=ascii,
)
def test_teams_that_cannot_be_told_apart_have_no_two_names(teams, company, first, second):
    assert teams(first).status_code == 201
    assert refused(teams(second)) == (409, "team_name_taken")
    other = teams("Another").json()
    assert refused(company.owner.patch(f"/teams/{other['id']}", {"name": second})) == (409, "team_name_taken")


def test_a_team_may_write_its_own_name_in_another_way(teams, company):
    made = teams("Core team").json()
    renamed = company.owner.patch(f"/teams/{made['id']}", {"name": "CORE  team"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "CORE  team")
    assert {teams(name).status_code for name in ("Core", "Core teams", "Core-team")} == {201}


@pytest.mark.parametrize(
    "name",
    [
        "localtime",
        "Factory",
        "posixrules",
        "posix/UTC",
        "right/UTC",
        "europe/berlin",
        "UTC+1",
        "0",
        "tzdata.zi",
    ],
)
def test_a_time_zone_is_one_of_the_iana_database(founder, name):
    answer = founder.patch("/users/me", {"time_zone": name})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/time_zone")
    assert founder.patch("/users/me", {"time_zone": "Asia/Calcutta"}).json()["time_zone"] == "Asia/Calcutta"


def test_an_email_address_is_answered_as_accounts_are_known_by_it(founder):
    path = f"/organizations/{founder.organization_id}/invitations"
    made = founder.post(path, {"email": "New.Person@EXAMPLE.Org", "role": "guest"}).json()
    assert made["email"] == "new.person@example.org"
    again = founder.post(path, {"email": "NEW.person@example.org", "role": "guest"})
    assert again.status_code == 409


def test_an_api_key_may_have_every_scope_there_is(founder, contract):
    scopes = sorted(contract.document["x-scopes"])
    made = founder.post("/api-keys", {"name": "Everything", "scopes": scopes})
    assert made.status_code == 201
    assert sorted(founder.get("/api-keys").json()["items"][0]["scopes"]) == scopes


@pytest.mark.parametrize(
    ("supplied", "name"),
    [
        ("A\u0308da\n\u202eX", "\u00c4da X"),
        ("\u200b\u2800", None),
        ("  Ada \x1b[1m ", "Ada [1m"),
        ("\u0958" * 90, "\u0915\u093c" * 50),
    ],
    ids=ascii,
)
def test_the_name_that_a_provider_tells_is_made_a_line(anonymous, provider, supplied, name):
    person = Person(sign_ins.address(), name=supplied)
    session = sign_ins.sign_in(anonymous, provider, person).json()
    user = anonymous.get("/users/me", headers={"Authorization": f"Bearer {session['access_token']}"}).json()
    assert user["name"] == (name or person.email.partition("@")[0])
