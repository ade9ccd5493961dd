"""Checks of values: what is equal is stored, compared and answered as equal."""

from contract_tests.contract.mutants.checks import refused
from models.base.ids import new_id

MERGE = {"Content-Type": "application/merge-patch+json"}


def a_whole_number_is_an_integer(scene):
    retention = f"/organizations/{scene.organization_id}/retention"
    days = scene.owner.get(retention).json()["permission_checks_days"] % 300 + 1
    body = f'{{"permission_checks_days": {days}.0}}'
    answer = scene.owner.request("PATCH", retention, content=body, headers=MERGE)
    assert answer.status_code == 200, "88.0 is accepted as 88"
    assert answer.content == scene.owner.get(retention).content, "one version has one representation"
    assert isinstance(answer.json()["permission_checks_days"], int), "88.0 is the integer 88"


def equivalent_names_are_equal(scene):
    teams, word = f"/organizations/{scene.organization_id}/teams", new_id()
    first = scene.owner.post(teams, {"name": f"Caf\u00e9 {word}"})
    assert first.status_code == 201, "a name is taken"
    for twin in (f"Cafe\u0301 {word}", f"CAF\u00c9  {word}", f"Ca\u200bf\u00e9 {word} "):
        answer = scene.owner.post(teams, {"name": twin})
        assert refused(answer) == (409, "team_name_taken"), f"{twin.partition(word)[0]!a} is the same name"


def values_are_stored_in_one_form(scene):
    task = scene.task(title=" Gera\u0308t ", description="a\r\nb")
    assert (task["title"], task["description"]) == ("Ger\u00e4t", "a\nb"), "texts are composed and trimmed"
    assert scene.owner.get(f"/tasks/{task['id']}").json() == task, "a task is read as it was answered"
    team = scene.owner.post(f"/organizations/{scene.organization_id}/teams", {"name": new_id()}).json()
    ranges = ["2001:DB8:0:0:0:0:0:1/128", "::ffff:192.0.2.7/120"]
    made = scene.owner.post(f"/teams/{team['id']}/grants", {"role": "guest", "address_ranges": ranges})
    assert made.status_code == 201, "every spelling of a range can be answered"
    assert made.json()["address_ranges"] == ["2001:db8::1/128", "192.0.2.0/24"], "ranges have one spelling"


def names_are_visible(scene):
    teams = f"/organizations/{scene.organization_id}/teams"
    for name in ("\u200b", "\u2800", "\x1b[31mRed", "a\nb", "a\u202eb"):
        answer = scene.owner.post(teams, {"name": name})
        assert refused(answer) == (422, "invalid_request"), f"{name!a} is no name"


def a_key_may_have_every_scope(scene):
    scopes = sorted(scene.contract.document["x-scopes"])
    made = scene.owner.post("/api-keys", {"name": "Everything", "scopes": scopes})
    assert made.status_code == 201, "a key may have every scope that there is"
    assert scene.owner.get("/api-keys").status_code == 200, "its key is listed"
