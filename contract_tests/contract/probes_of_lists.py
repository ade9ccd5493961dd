"""Probes of lists: what is in them, in which order, page by page."""

from contract_tests.contract.planted import MANY, PRIORITIES, refused
from contract_tests.support import factories

TOO_LONG_AGO = 40  # pages after which a list has no end


def a_list_is_whole(stage):
    params = {"project_id": stage.many["id"], "include": "total"}
    assert len(stage.owner.get("/tasks", params=params).json()["items"]) == 20
    page = stage.owner.get("/tasks", params={**params, "limit": 100}).json()
    assert (len(page["items"]), page["total"], page["next_cursor"]) == (MANY, MANY, None)
    for sort in ("created_at", "-created_at", "priority", "-priority", "-updated_at"):
        found = _pages(stage, {"project_id": stage.many["id"], "limit": 7, "sort": sort})
        assert len({task["id"] for task in found}) == len(found) == MANY, sort
        name = sort.removeprefix("-")
        values = [PRIORITIES.index(task[name]) if name == "priority" else task[name] for task in found]
        assert values == sorted(values, reverse=sort.startswith("-")), sort


def _pages(stage, params):
    """A list to its end, page by page, by ``Link``, which leads where ``next_cursor`` does."""
    found = []
    for _ in range(TOO_LONG_AGO):
        answer = stage.owner.get("/tasks", params=params)
        found += answer.json()["items"]
        following = answer.json()["next_cursor"]
        if following is None:
            assert "link" not in answer.headers
            return found
        assert f"cursor={following}" in answer.headers["link"]
        params = {**params, "cursor": following}
    raise AssertionError("the list has no end")


def a_cursor_is_ours(stage):
    params = {"project_id": stage.many["id"], "limit": 7}
    cursor = stage.owner.get("/tasks", params=params).json()["next_cursor"]
    for wrong in (f"A{cursor[1:]}" if cursor[0] != "A" else f"B{cursor[1:]}", "eyJhIjoxfQ"):
        answer = stage.owner.get("/tasks", params={**params, "cursor": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "cursor")
    assert (
        stage.owner.get("/tasks", params={**params, "sort": "priority", "cursor": cursor}).status_code == 422
    )


def filters_and_searches_find(stage):
    project = factories.project(stage.owner, stage.organization_id)["id"]
    make = lambda **fields: factories.task(stage.owner, project, **fields)["id"]  # noqa: E731
    aside = make(title="Aside", description="The walrus sleeps", due_on="2026-05-02")
    best = make(title="Walrus", description="A walrus is a walrus", priority="high", due_on="2026-05-01")
    done = make(title="Done", status="done", assignee_ids=[stage.people["member"].id])

    def found(**params):
        answer = stage.owner.get("/tasks", params={"project_id": project, "sort": "created_at", **params})
        return [task["id"] for task in answer.json()["items"]]

    assert found() == [aside, best, done]
    assert found(status="todo") == [aside, best]
    assert found(status=["done", "todo"], priority="none") == [aside, done]
    assert found(due_to="2026-05-01") == [best]
    assert found(due_from="2026-05-01") == [aside, best]
    assert found(assignee_id=stage.people["member"].id) == found(assigned="true") == [done]
    assert found(text="walrus", sort="relevance") == [best, aside]
    assert refused(stage.owner.get("/tasks", params={"sort": "relevance"})) == (422, "sort_needs_text")
    page = stage.owner.get(
        "/tasks", params={"project_id": project, "include": ["people", "projects"]}
    ).json()["included"]
    assert [one["id"] for one in page["projects"]] == [project]
    assert {one["id"] for one in page["people"]} == {stage.people["owner"].id, stage.people["member"].id}


def searches_find_words_as_people_write_them(stage):
    project = factories.project(stage.owner, stage.organization_id)["id"]
    make = lambda title: factories.task(stage.owner, project, title=title)["id"]  # noqa: E731
    german, path, company = make("Gera\u0308t pru\u0308fen"), make("Fix login/logout flow"), make("AT&T")
    kanji, who, exports = make("発注書の確認"), make("The Who"), make("Exporting lists")

    def found(text):
        answer = stage.owner.get("/tasks", params={"project_id": project, "text": text, "sort": "created_at"})
        assert answer.status_code == 200, answer.text
        return [task["id"] for task in answer.json()["items"]]

    assert found("Gerät") == found("gerat") == [german], "normalization, case, and diacritics are ignored"
    assert found("logout") == found("login/logout") == [path], "parts of compounds are words"
    assert found("logout/login") == [], "joined words are found in their order only"
    assert found("at&t") == [company] and found("the") == [who], "no word is too common to be found"
    assert found("確認") == [kanji], "parts of a text without spaces are found"
    assert found("exported") == found("expo") == [exports], "forms and beginnings of words are found"
    assert found("-login -who -at -確認 -exports") == [german], "excluded words exclude"
    assert found("-" * 40) == [], "punctuation is no word"


def tasks_without_a_date_come_last(stage):
    project = factories.project(stage.owner, stage.organization_id)["id"]
    dates = ("9999-12-31", None, "0001-01-01", None)
    for due_on in dates:
        factories.task(stage.owner, project, due_on=due_on)
    for sort, first in (("due_on", "0001-01-01"), ("-due_on", "9999-12-31")):
        found = _pages(stage, {"project_id": project, "limit": 1, "sort": sort})
        last = next(date for date in dates if date not in (None, first))
        assert [task["due_on"] for task in found] == [first, last, None, None], f"{sort}: no date comes last"
