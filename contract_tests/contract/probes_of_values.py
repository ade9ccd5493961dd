"""Probes of values: what is equal is stored, compared and answered as equal."""

from contract_tests.contract.planted import refused
from models.base.ids import new_id

MERGE = {"Content-Type": "application/merge-patch+json"}


def a_whole_number_is_an_integer(stage):
    place = f"/organizations/{stage.organization_id}/retention"
    days = stage.owner.get(place).json()["permission_checks_days"] % 300 + 1
    body = f'{{"permission_checks_days": {days}.0}}'
    answer = stage.owner.request("PATCH", place, content=body, headers=MERGE)
    assert answer.status_code == 200
    assert answer.content == stage.owner.get(place).content, "one version has one representation"
    assert isinstance(answer.json()["permission_checks_days"], int), "88.0 is the integer 88"


def names_that_look_alike_are_one(stage):
    place, word = f"/organizations/{stage.organization_id}/teams", new_id()
    assert stage.owner.post(place, {"name": f"Caf\u00e9 {word}"}).status_code == 201
    for twin in (f"Cafe\u0301 {word}", f"CAF\u00c9  {word}", f"Ca\u200bf\u00e9 {word} "):
        answer = stage.owner.post(place, {"name": twin})
        assert refused(answer) == (409, "team_name_taken"), f"{twin!r} cannot be told from the first"


def values_are_stored_in_one_form(stage):
    task = stage.task(title=" Gera\u0308t ", description="a\r\nb")
    assert (task["title"], task["description"]) == ("Ger\u00e4t", "a\nb"), "texts are composed and trimmed"
    assert stage.owner.get(f"/tasks/{task['id']}").json() == task
    team = stage.owner.post(f"/organizations/{stage.organization_id}/teams", {"name": new_id()}).json()
    ranges = ["2001:DB8:0:0:0:0:0:1/128", "::ffff:192.0.2.7/120"]
    made = stage.owner.post(f"/teams/{team['id']}/grants", {"role": "guest", "address_ranges": ranges})
    assert made.status_code == 201, "every spelling of a range can be answered"
    assert made.json()["address_ranges"] == ["2001:db8::1/128", "192.0.2.0/24"], "ranges have one spelling"


def a_name_can_be_seen(stage):
    place = f"/organizations/{stage.organization_id}/teams"
    for name in ("\u200b", "\u2800", "\x1b[31mRed", "a\nb", "a\u202eb"):
        answer = stage.owner.post(place, {"name": name})
        assert refused(answer) == (422, "invalid_request"), f"{name!r} is no name"


def a_key_may_have_every_scope(stage):
    scopes = sorted(stage.contract.document["x-scopes"])
    made = stage.owner.post("/api-keys", {"name": "Everything", "scopes": scopes})
    assert made.status_code == 201, "a key may have every scope that there is"
    assert stage.owner.get("/api-keys").status_code == 200
