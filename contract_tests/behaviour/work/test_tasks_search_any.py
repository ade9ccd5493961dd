"""Any text that the contract accepts is stored, found by each of its words, and searched for without a fault."""

from functools import lru_cache

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract_tests.support import factories
from models.base import search
from models.base.database import database
from models.base.unit_of_work import UnitOfWork
from models.work.projects import Project
from models.work.tasks import Task

# Whatever has a meaning to a parser of search texts, and characters whose form changes when they are compared.
SIGNS = (
    "'\"\\&|!():*<>-_/.@#~%$^`+=,;?{}[]\t\n ßẞİıΣςﬁㅤـ\u0345\u0301\u0323\u200d\u200b\u00ad\ufe0f\u20e3ﷺ㍿½Ⅷ９٣"
)
NASTY = st.sampled_from(
    [
        *SIGNS,
        "or",
        " OR ",
        "not",
        " -",
        ' "',
        '" ',
        "http://",
        "a@b.c",
        "v1.2",
        "--",
        "確認",
        "발주",
        "ไทย",
        "👩‍👩‍👧",
        "🇩🇪",
        "aB1",
    ]
)
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXTS = st.lists(NASTY | CHARACTERS | st.text(CHARACTERS, max_size=8), min_size=1, max_size=30).map("".join)
THOROUGH = settings(
    max_examples=200, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
MATCHES = """
select words @@ %s::tsquery, ts_rank(words, %s::tsquery) + ts_rank(words, %s::tsquery) from (select %s::tsvector as words) as t
"""
MARKS_OF_PHRASES = '"“”„‟＂'
MOST_CHARACTERS = 20_000


@lru_cache(maxsize=4)
def vector_of(text):
    return search.vector((text, "A"))


def matches(text, asked):
    """Whether a search finds a text in the database, by the same literals that a task and a search become."""
    vector, query = vector_of(text), search.query(asked)
    is_match, rank = database.rows(MATCHES, (*query[:3], vector))[0]
    assert not is_match or "!" in query.match or rank > 0
    return is_match


def plain_words(text):
    """The parts between spaces that a search reads as a word, not as an exclusion, a phrase or a separator."""
    return [
        part
        for part in text.split()
        if len(part) <= 200 and part[0] not in '-"“”„‟＂' and any(True for _ in search.words(part))
    ]


@pytest.fixture
def tables(database_url):
    with database.connection_context():
        yield


@pytest.fixture(scope="module")
def person(anonymous):
    client = factories.newcomer(anonymous)
    client.project = factories.project(client, factories.organization(client)["id"])
    return client


@THOROUGH
@given(text=TEXTS, beside=st.integers(0, 3000))
def test_each_word_of_a_text_finds_it_however_long_the_text_is(tables, text, beside):
    long = (f"a_b/1.2 確認 {text} " * 400)[: beside * 5] + " " + text
    words = plain_words(text)
    for word in words:
        assert matches(text, word), word
        assert matches(long, word), word
        assert not matches(text, f"-{word}"), word
    if words:
        phrase = f'"{text.translate(dict.fromkeys(map(ord, MARKS_OF_PHRASES), " "))}"'
        assert matches(text, phrase)
        assert matches(long, phrase)


@THOROUGH
@given(text=TEXTS, asked=TEXTS)
def test_no_text_and_no_query_is_refused_by_the_database(tables, text, asked):
    matches(text, asked[:200])


@settings(THOROUGH, max_examples=30)
@given(title=TEXTS, asked=TEXTS)
def test_what_the_contract_accepts_is_stored_and_found(person, title, asked):
    made = person.post("/tasks", {"project_id": person.project["id"], "title": title[:200], "status": "todo"})
    assert made.status_code in (201, 422), made.text
    assert person.get("/tasks", params={"text": asked[:200] or "x", "sort": "relevance"}).status_code in (
        200,
        422,
    )
    if made.status_code == 201:
        for word in plain_words(made.json()["title"]):
            tasks = person.get("/tasks", params={"text": word, "limit": 100}).json()["items"]
            assert made.json()["id"] in [task["id"] for task in tasks], word
        person.delete(f"/tasks/{made.json()['id']}")


LONG_TEXTS = {
    "underscores": "a_" * 10_000,
    "slashes": "a/" * 10_000,
    "hyphens": "-" * 20_000,
    "one_word": "x" * 20_000,
    "different_words": " ".join(f"w{number}" for number in range(3_500))[:MOST_CHARACTERS],
    "letters": "a b " * 5_000,
    "ideographs": "".join(chr(0x4E00 + number) for number in range(MOST_CHARACTERS)),
    "rare_ideographs": "".join(chr(0x20000 + number) for number in range(MOST_CHARACTERS)),
    "marks": "a" + "\u0301\u0323" * 9_999,
    "ligatures": "\ufdfa" * 20_000,
    "camel_case": "aBcDeF" * 3_333,
    "capitals": ("a" * 3_000 + "B" * 3_000) * 3,
    "addresses": "a@b.c/d?e=f&" * 1_600,
    "quotes": "'\\\"" * 6_000,
}


@pytest.mark.parametrize("name", LONG_TEXTS)
def test_the_longest_descriptions_are_stored_and_found_by_their_last_word(person, name):
    text = f"{LONG_TEXTS[name][:19_980]} the last/word9"
    task = factories.task(person, person.project["id"], title=f"Long {name}", description=text)
    for asked in ("word9", "last/word9", f"long {name}"):
        assert person.get("/tasks", params={"text": asked, "limit": 100}).json()["items"], asked
    changed = person.patch(f"/tasks/{task['id']}", {"description": LONG_TEXTS[name][:MOST_CHARACTERS]})
    assert changed.status_code == 200, changed.text
    person.delete(f"/tasks/{task['id']}")


@pytest.mark.parametrize("name", LONG_TEXTS)
def test_the_words_of_a_text_grow_with_its_length_and_no_faster(name):
    text = LONG_TEXTS[name]
    whole, half = (len(search.vector((part, "A"))) for part in (text, text[: len(text) // 2]))
    assert whole <= 2 * half + 200
    assert whole < 700_000  # what a tsvector holds is a megabyte


class Telling(str):
    """A text that notes, each time it is read for its words, whether another transaction could number a task."""

    def isascii(self):
        self.notes.append(self.is_free())
        return super().isascii()


def test_nobody_waits_for_the_number_of_a_task_while_its_text_is_read(person, cluster):
    project_id = person.project["id"]
    other = psycopg2.connect(cluster.url())

    def is_free():
        with other, other.cursor() as cursor:
            cursor.execute(
                "select 1 from task_numbers where project_id = %s for update skip locked", (project_id,)
            )
            return bool(cursor.fetchall())

    title = Telling("Count the crates")
    title.notes, title.is_free = [], is_free
    with database.connection_context(), database.transaction() as transaction:
        with UnitOfWork(actor_id=person.person.id, request_id="test"):
            project = Project.get_by_id(project_id)
            task = Task.create_in(project, title=title, status="todo", created_by=person.person.id)
            assert task.key.startswith(project.key)
            assert not is_free()  # the control: the number is held now
        transaction.rollback()
    other.close()
    assert title.notes
    assert all(title.notes)
