"""Checks of lists: what is in them, in which order, page by page."""

from contract_tests.contract.mutants.checks import refused
from contract_tests.contract.mutants.scenes import PRIORITIES, TASKS_OF_A_LONG_LIST
from contract_tests.support import factories

PAGES_WITHOUT_END = 40


def a_list_is_whole(scene):
    params = {"project_id": scene.long_list["id"], "include": "total"}
    default = scene.owner.get("/tasks", params=params).json()["items"]
    assert len(default) == 20, "a page has 20 items by default"
    page = scene.owner.get("/tasks", params={**params, "limit": 100}).json()
    assert len(page["items"]) == TASKS_OF_A_LONG_LIST, "a page has as many items as were asked for"
    assert page["total"] == TASKS_OF_A_LONG_LIST, "the total is that of the list"
    assert page["next_cursor"] is None, "the last page has no next one"
    for sort in ("created_at", "-created_at", "priority", "-priority", "-updated_at"):
        tasks = _pages(scene, {"project_id": scene.long_list["id"], "limit": 7, "sort": sort})
        ids = {task["id"] for task in tasks}
        assert len(ids) == len(tasks) == TASKS_OF_A_LONG_LIST, f"pages by {sort} have each task once"
        name = sort.removeprefix("-")
        values = [PRIORITIES.index(task[name]) if name == "priority" else task[name] for task in tasks]
        assert values == sorted(values, reverse=sort.startswith("-")), f"pages by {sort} are in order"


def _pages(scene, params):
    """A list to its end, page by page, by ``Link``, which leads where ``next_cursor`` does."""
    items = []
    for _ in range(PAGES_WITHOUT_END):
        answer = scene.owner.get("/tasks", params=params)
        items += answer.json()["items"]
        following = answer.json()["next_cursor"]
        if following is None:
            assert "link" not in answer.headers, "the last page links to no next one"
            return items
        link = answer.headers.get("link", "")
        assert f"cursor={following}" in link, "Link leads to the next page"
        params = {**params, "cursor": following}
    raise AssertionError("the list has no end")


def cursors_are_signed(scene):
    params = {"project_id": scene.long_list["id"], "limit": 7}
    cursor = scene.owner.get("/tasks", params=params).json()["next_cursor"]
    for wrong in (f"A{cursor[1:]}" if cursor[0] != "A" else f"B{cursor[1:]}", "eyJhIjoxfQ"):
        answer = scene.owner.get("/tasks", params={**params, "cursor": wrong})
        assert answer.status_code == 422, "a cursor that was changed is refused"
        assert answer.json()["errors"][0]["parameter"] == "cursor", "the cursor is named"
    of_another_list = scene.owner.get("/tasks", params={**params, "sort": "priority", "cursor": cursor})
    assert of_another_list.status_code == 422, "a cursor of another list is refused"


def filters_and_searches_find(scene):
    project = factories.project(scene.owner, scene.organization_id)["id"]
    make = lambda **fields: factories.task(scene.owner, project, **fields)["id"]  # noqa: E731
    aside = make(title="Aside", description="The walrus sleeps", due_on="2026-05-02")
    best = make(title="Walrus", description="A walrus is a walrus", priority="high", due_on="2026-05-01")
    done = make(title="Done", status="done", assignee_ids=[scene.people["member"].id])

    def listed(**params):
        answer = scene.owner.get("/tasks", params={"project_id": project, "sort": "created_at", **params})
        return [task["id"] for task in answer.json()["items"]]

    assert listed() == [aside, best, done], "a list without filters is whole"
    assert listed(status="todo") == [aside, best], "a filter narrows a list"
    several = listed(status=["done", "todo"], priority="none")
    assert several == [aside, done], "each of several values counts"
    assert listed(due_to="2026-05-01") == [best], "the last day of a range is part of it"
    assert listed(due_from="2026-05-01") == [aside, best], "the first day of a range is part of it"
    by_assignee = listed(assignee_id=scene.people["member"].id)
    assert by_assignee == listed(assigned="true") == [done], "tasks are listed by assignee"
    assert listed(text="walrus", sort="relevance") == [best, aside], "the best match is the first"
    irrelevant = scene.owner.get("/tasks", params={"sort": "relevance"})
    assert refused(irrelevant) == (422, "sort_needs_text"), "relevance needs a search text"
    page = scene.owner.get(
        "/tasks", params={"project_id": project, "include": ["people", "projects"]}
    ).json()["included"]
    assert [included["id"] for included in page["projects"]] == [project], "projects are included"
    people = {scene.people["owner"].id, scene.people["member"].id}
    assert {person["id"] for person in page["people"]} == people, "people are included"


def searches_find_words_as_people_write_them(scene):
    project = factories.project(scene.owner, scene.organization_id)["id"]
    make = lambda title: factories.task(scene.owner, project, title=title)["id"]  # noqa: E731
    german, path, company = make("Gera\u0308t pru\u0308fen"), make("Fix login/logout flow"), make("AT&T")
    kanji, who, exports = make("発注書の確認"), make("The Who"), make("Exporting lists")

    def matches(text):
        answer = scene.owner.get("/tasks", params={"project_id": project, "text": text, "sort": "created_at"})
        assert answer.status_code == 200, answer.text
        return [task["id"] for task in answer.json()["items"]]

    assert matches("Gerät") == matches("gerat") == [german], "normalization, case, and diacritics are ignored"
    assert matches("logout") == matches("login/logout") == [path], "parts of compounds are words"
    assert matches("logout/login") == [], "joined words are found in their order only"
    assert matches("at&t") == [company] and matches("the") == [who], "no word is too common to be found"
    assert matches("確認") == [kanji], "parts of a text without spaces are found"
    assert matches("exported") == matches("expo") == [exports], "forms and beginnings of words are found"
    assert matches("-login -who -at -確認 -exports") == [german], "excluded words exclude"
    assert matches("-" * 40) == [], "punctuation is no word"


def tasks_without_a_date_come_last(scene):
    project = factories.project(scene.owner, scene.organization_id)["id"]
    dates = ("9999-12-31", None, "0001-01-01", None)
    for due_on in dates:
        factories.task(scene.owner, project, due_on=due_on)
    for sort, first in (("due_on", "0001-01-01"), ("-due_on", "9999-12-31")):
        tasks = _pages(scene, {"project_id": project, "limit": 1, "sort": sort})
        last = next(date for date in dates if date not in (None, first))
        assert [task["due_on"] for task in tasks] == [first, last, None, None], f"{sort}: no date comes last"
