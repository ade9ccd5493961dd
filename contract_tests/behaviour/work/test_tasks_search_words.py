"""What a search takes for a word: in compounds, in names, in any language and in any form of the same characters."""

from functools import partial
from unicodedata import normalize

import pytest

from contract_tests.support import factories

composed = partial(normalize, "NFC")  # as texts are stored
DECOMPOSED = "Gera\u0308t pru\u0308fen"
TITLES = [
    "Fix login/logout flow",
    "Send invoice.pdf to accounting",
    "Rename foo_bar to baz-qux",
    "Release v1.2.3 on 2026-11-27",
    "AT&T contract",
    "Book The Who for the party",
    "Ask IT about C:\\Users\\ada\\report.docx",
    "Read https://docs.example.org/guides/webhooks?topic=retries#backoff",
    "Write to grace.hopper@navy.example",
    "Call getUserName only once",
    "To be or not to be",
    "Café menu",
    DECOMPOSED,
    "Straße sperren",
    "Crème brûlée für alle",
    "Zażółć gęślą jaźń",
    "İstanbul ofisi, ışık ve ILIK su",
    "ΟΔΟΣ ΣΟΦΙΑΣ",
    "Счёт за ёлку",
    "إِرْسَالُ الفاتورة",
    "שָׁלוֹם עולם",
    "रिपोर्ट हिन्दी में",
    "ตรวจสอบใบแจ้งหนี้",
    "発注書の確認",
    "第２回ケースレビュー",
    "审核采购订单",
    "발주서를 확인하세요",
    "Release party 🎉 👍🏽",
    "ﬁnal ＦＵＬＬＷＩＤＴＨ x² ½",
    "Ångström, Øresund and Łódź",
    "جلسه ٢٠٢٥",
    "naïve co\u00adoperation",
    "Отчёт2025 и GroßeMüller7",
]

EXPECTED = [
    ("logout", "Fix login/logout flow"),
    ("login/logout", "Fix login/logout flow"),
    ("pdf", "Send invoice.pdf to accounting"),
    ("invoice.pdf", "Send invoice.pdf to accounting"),
    ("bar", "Rename foo_bar to baz-qux"),
    ("foo_bar", "Rename foo_bar to baz-qux"),
    ("foo-bar", "Rename foo_bar to baz-qux"),
    ("qux", "Rename foo_bar to baz-qux"),
    ("v1.2.3", "Release v1.2.3 on 2026-11-27"),
    ("1.2.3", "Release v1.2.3 on 2026-11-27"),
    ("2026-11", "Release v1.2.3 on 2026-11-27"),
    ("at&t", "AT&T contract"),
    ("The Who", "Book The Who for the party"),
    ('"the who"', "Book The Who for the party"),
    ("“The Who”", "Book The Who for the party"),
    ("IT docx", "Ask IT about C:\\Users\\ada\\report.docx"),
    ("Users\\ada", "Ask IT about C:\\Users\\ada\\report.docx"),
    ("retries", "Read https://docs.example.org/guides/webhooks?topic=retries#backoff"),
    ("guides/webhooks", "Read https://docs.example.org/guides/webhooks?topic=retries#backoff"),
    ("hopper", "Write to grace.hopper@navy.example"),
    ("grace.hopper@navy.example", "Write to grace.hopper@navy.example"),
    ("navy", "Write to grace.hopper@navy.example"),
    ("user name call", "Call getUserName only once"),
    ("getusername", "Call getUserName only once"),
    ("getUser", "Call getUserName only once"),
    ("to be or not to be", "To be or not to be"),
    ("NOT", "To be or not to be"),
    ("cafe", "Café menu"),
    ("CAFE\u0301", "Café menu"),
    ("Gerät", DECOMPOSED),
    ("gerat", DECOMPOSED),
    ("strasse", "Straße sperren"),
    ("STRASSE", "Straße sperren"),
    ("creme brulee", "Crème brûlée für alle"),
    ("zazolc gesla", "Zażółć gęślą jaźń"),
    ("istanbul", "İstanbul ofisi, ışık ve ILIK su"),
    ("ISIK", "İstanbul ofisi, ışık ve ILIK su"),
    ("ılık", "İstanbul ofisi, ışık ve ILIK su"),
    ("οδος", "ΟΔΟΣ ΣΟΦΙΑΣ"),
    ("σοφίας", "ΟΔΟΣ ΣΟΦΙΑΣ"),
    ("счет", "Счёт за ёлку"),
    ("ЕЛК", "Счёт за ёлку"),
    ("ارسال", "إِرْسَالُ الفاتورة"),
    ("שלום", "שָׁלוֹם עולם"),
    ("हिन्दी", "रिपोर्ट हिन्दी में"),
    ("ใบแจ้งหนี้", "ตรวจสอบใบแจ้งหนี้"),
    ("確認", "発注書の確認"),
    ("発注書", "発注書の確認"),
    ("書", "発注書の確認"),
    ("認", "発注書の確認"),
    ("第2回", "第２回ケースレビュー"),
    ("ｹｰｽ", "第２回ケースレビュー"),
    ("采购", "审核采购订单"),
    ("订单", "审核采购订单"),
    ("발주서", "발주서를 확인하세요"),
    ("확인", "발주서를 확인하세요"),
    ("🎉", "Release party 🎉 👍🏽"),
    ("👍", "Release party 🎉 👍🏽"),
    ("final fullwidth", "ﬁnal ＦＵＬＬＷＩＤＴＨ x² ½"),
    ("x2", "ﬁnal ＦＵＬＬＷＩＤＴＨ x² ½"),
    ("angstrom oresund lodz", "Ångström, Øresund and Łódź"),
    ("2025", "جلسه ٢٠٢٥"),
    ("cooperation", "naïve co\u00adoperation"),
    ("отчет", "Отчёт2025 и GroßeMüller7"),
    ("2025 muller", "Отчёт2025 и GroßeMüller7"),
]


@pytest.fixture(scope="module")
def library(anonymous):
    person = factories.newcomer(anonymous)
    project = factories.project(person, factories.organization(person)["id"])
    for title in TITLES:
        factories.task(person, project["id"], title=title)
    person.project = project
    person.titles = lambda text, **params: [
        task["title"] for task in person.everything("/tasks", text=text, **params)
    ]
    return person


@pytest.mark.parametrize(("text", "title"), EXPECTED)
def test_a_word_is_found_in_compounds_and_in_any_language(library, text, title):
    titles = library.titles(text)
    assert composed(title) in titles
    assert len(titles) <= 3


@pytest.mark.parametrize("title", TITLES)
def test_a_title_finds_its_task_with_and_without_quotes(library, title):
    assert composed(title) in library.titles(title)
    assert composed(title) in library.titles(f'"{title}"')


@pytest.mark.parametrize("title", [title for title in TITLES if " or " not in title])
def test_each_word_of_a_title_finds_its_task(library, title):
    for word in title.split():
        assert composed(title) in library.titles(word), word


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("-login", "Fix login/logout flow"),
        ("-logout", "Fix login/logout flow"),
        ('-"login logout"', "Fix login/logout flow"),
        ("-確認", "発注書の確認"),
        ("-at&t", "AT&T contract"),
        ("-cafe", "Café menu"),
    ],
)
def test_an_excluded_word_excludes_what_the_word_finds(library, text, title):
    titles = library.titles(text)
    assert title not in titles
    assert len(titles) == len(TITLES) - 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("logout/login", "Fix login/logout flow"),
        ('"flow login"', "Fix login/logout flow"),
        ("書注", "発注書の確認"),
        ("発注確認", "発注書の確認"),
        ("v1.3", "Release v1.2.3 on 2026-11-27"),
        ("t&at", "AT&T contract"),
        ("pdfs.invoice", "Send invoice.pdf to accounting"),
        ('"invoi"', "Send invoice.pdf to accounting"),
    ],
)
def test_words_that_stand_together_are_found_in_their_order_only(library, text, title):
    assert title not in library.titles(text)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("account", True),
        ("acc", True),
        ("ac", False),
        ("accountings", True),
        ('"accounting"', True),
        ('"account"', False),
        ("202", False),
        ("fullwi", True),
    ],
)
def test_a_word_of_three_letters_also_finds_words_that_begin_with_it(library, text, is_found):
    assert bool(library.titles(text)) is is_found


@pytest.mark.parametrize(
    "text", ["-" * 33, "-" * 200, "- " * 100, "─" * 200, "&", "...", '"', '""', "_", "€", "\u0301" * 200]
)
def test_punctuation_is_no_word_and_finds_nothing(library, text):
    answer = library.get("/tasks", params={"text": text, "include": "total"})
    assert (answer.status_code, answer.json()["items"], answer.json()["total"]) == (200, [], 0)


def test_punctuation_beside_words_changes_nothing(library):
    for text in (f"logout {'-' * 150}", "logout & flow", "(logout)", "logout,", "logout:*"):
        assert library.titles(text) == ["Fix login/logout flow"], text


@pytest.mark.parametrize("text", ["or", '"or"', "or not", "not or"])
def test_or_is_a_word_where_it_separates_nothing(library, text):
    assert library.titles(text) == ["To be or not to be"]


def test_alternatives_are_each_a_whole_search(library):
    assert set(library.titles("login flow or cafe menu")) == {"Fix login/logout flow", "Café menu"}
    assert library.titles("login menu or cafe flow") == []


def test_a_word_as_it_stands_ranks_before_one_that_begins_with_it(library):
    project = factories.project(library, library.project["organization_id"])
    titles = ["Log", "Logbook", "Logarithm"]
    for title in titles:
        factories.task(library, project["id"], title=title)
    assert library.titles("log", sort="relevance", project_id=project["id"])[0] == "Log"
