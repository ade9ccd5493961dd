"""Searching tasks by text: in key, title and description, in any form of a word, ranked and pageable."""

import pytest

from contract_tests.support import factories

TEXTS = {
    "invoice": ("Export an invoice", None),
    "invoices": ("Exporting all invoices", "Every month"),
    "described": ("Something else", "Here the invoice is only described"),
    "export": ("Export the list", "Nothing of bills"),
    "apart": ("List of what to export", "An export apart from its list"),
    "umlaut": ("Größe der Überweisung prüfen", None),
    "other": ("Paint the fence", "Green"),
}


@pytest.fixture(scope="module")
def library(anonymous):
    """A person who has a task for each of the texts; ``names_found`` gives the names of those that a search answers."""
    person = factories.newcomer(anonymous)
    project = factories.project(person, factories.organization(person)["id"])
    names = {
        factories.task(person, project["id"], title=title, description=description)["id"]: name
        for name, (title, description) in TEXTS.items()
    }
    person.project = project
    person.names_found = lambda text, **params: [
        names[task["id"]] for task in person.everything("/tasks", text=text, **params)
    ]
    return person


@pytest.mark.parametrize(
    "text, names",
    [
        ("invoice", {"invoice", "invoices", "described"}),
        ("INVOICES", {"invoice", "invoices", "described"}),
        ("exported", {"invoice", "invoices", "export", "apart"}),
        ("invoice export", {"invoice", "invoices"}),
        ("export invoice", {"invoice", "invoices"}),
        ('"export the list"', {"export"}),
        ('"apart from its list"', {"apart"}),
        ("fence or described", {"other", "described"}),
        ("export -invoice", {"export", "apart"}),
        ("export -invoice -apart", {"export"}),
        ("überweisung", {"umlaut"}),
        ("monthly", {"invoices"}),
        ("elephant", set()),
        ("the", {"described", "export", "other"}),
        ("& | ! ( ) :*", set()),
        ("'; drop table tasks; --", set()),
        ("%", set()),
    ],
)
def test_a_search_finds_the_words_wherever_they_stand(library, text, names):
    assert set(library.names_found(text)) == names


def test_a_task_is_found_by_its_key(library):
    for number in (1, 2, 7):
        key = f"{library.project['key']}-{number}"
        (task,) = library.get("/tasks", params={"text": key}).json()["items"]
        assert task["key"] == key
        (again,) = library.get("/tasks", params={"text": key.lower()}).json()["items"]
        assert again == task


@pytest.mark.parametrize("key", ["A1", "E1", "X86", "B2B", "V2", "ABC123", "T0T0"])
def test_a_key_with_digits_is_found_too(library, key):
    project = factories.project(library, library.project["organization_id"], key=key)
    task = factories.task(library, project["id"], title="7 of 9 is 3.5 on a-scale")
    tasks = library.get("/tasks", params={"text": task["key"]}).json()["items"]
    assert [match["id"] for match in tasks] == [task["id"]]
    library.delete(f"/tasks/{task['id']}")


def test_the_best_match_comes_first(library):
    names = library.names_found("invoice", sort="relevance")
    assert names[-1] == "described"
    assert set(names) == {"invoice", "invoices", "described"}


def test_a_search_keeps_filters_and_sorts(library):
    names = library.names_found("export", sort="created_at", project_id=library.project["id"], status="todo")
    assert names == ["invoice", "invoices", "export", "apart"]
    assert library.names_found("export", status="done") == []


def test_a_search_ranks_matches_of_one_rank_by_id(library):
    project = factories.project(library, library.project["organization_id"])
    made = [factories.task(library, project["id"], title="Zebra crossing")["id"] for _ in range(5)]
    page = library.everything("/tasks", text="zebra", sort="relevance", limit=2)
    assert [task["id"] for task in page] == made[::-1]


def test_a_change_is_found_at_once(library):
    task = factories.task(library, library.project["id"], title="Unheard of")
    library.patch(f"/tasks/{task['id']}", {"description": "A rhinoceros"})
    assert [
        match["id"] for match in library.get("/tasks", params={"text": "rhinoceros"}).json()["items"]
    ] == [task["id"]]
    library.delete(f"/tasks/{task['id']}")
    assert library.get("/tasks", params={"text": "rhinoceros"}).json()["items"] == []


@pytest.mark.parametrize("sort", ["relevance", "created_at"])
def test_a_search_goes_through_all_organizations_of_the_caller(portfolio, sort):
    tasks = portfolio.client.everything("/tasks", text="task -changed", sort=sort, limit=7)
    wanted = {task["id"] for task in portfolio.tasks + portfolio.elsewhere if not task["description"]}
    assert [task["id"] for task in tasks] == sorted(wanted, reverse=sort == "relevance")


@pytest.mark.parametrize("sort", ["relevance", "-created_at", "priority", "due_on"])
def test_F5_a_search_can_be_paged_and_its_order_is_stable(library, sort):
    whole = library.names_found("invoice or export", sort=sort, limit=100)
    assert len(whole) == len(set(whole)) == 5
    for limit in (1, 2, 3):
        assert library.names_found("invoice or export", sort=sort, limit=limit) == whole


def test_F5_a_cursor_of_a_search_outlives_changes_in_the_middle_of_a_sync(anonymous):
    person = factories.newcomer(anonymous)
    project = factories.project(person, factories.organization(person)["id"])
    made = [factories.task(person, project["id"], title=f"Sync item {number}")["id"] for number in range(9)]
    params = {"text": "sync", "sort": "relevance", "limit": 2}
    seen = []
    while True:
        page = person.get("/tasks", params=params).json()
        seen += [task["id"] for task in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
        factories.task(person, project["id"], title="Sync, sync and sync again")
        person.delete(f"/tasks/{page['items'][0]['id']}")
    assert [id for id in seen if id in made] == made[::-1]
