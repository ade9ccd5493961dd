"""Search in the documentation: entries are ranked by where they have the words of a question, which may be whole sentences."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

MAX_RESULTS = 30
SNIPPET_CHARACTERS = 220
# How much it counts that a word is in the title, in the name of what the entry is a part of, or in its text.
IN_TITLE, IN_CONTEXT, IN_TEXT, WHOLE_TITLE, REPEATED = 8.0, 3.0, 1.0, 4.0, 0.1
AS_ASKED = 4.0  # is for a title in the words of the whole question
PAST = 8.0  # is taken off what is about earlier releases
WORD = re.compile(r"[a-z0-9]+(?:[_:.-]+[a-z0-9]+)*")
STOP_WORDS = frozenset(
    WORD.findall(
        """
        a an and any are as at be by can could do does for from had happen happens has have how i if in is it its may me must my
        need needed needs of on or our shall should so that the their there these they this to us want was we what when where
        which who why will with would you your
        """
    )
)
ENDINGS = (
    "ations",
    "ation",
    "ating",
    "ated",
    "ates",
    "ate",
    "ions",
    "ion",
    "ings",
    "ing",
    "ed",
    "es",
    "e",
    "s",
)
# Words of readers, and the word of the documentation, both as stems.
SYNONYMS = {
    "pagin": "pag", "cursor": "pag", "deprec": "ver", "idempotent": "idempotency", "webhook": "event", "throttl": "limit",
    "quota": "limit", "signin": "login", "auth": "authentic", "oauth2": "oauth",
}  # fmt: skip


class Entry(NamedTuple):
    """What can be found: ``kind`` and ``context`` say what it is and a part of what, ``facts`` stand beside its title."""

    kind: str
    title: str
    context: str
    text: str
    url: str
    facts: tuple[str, ...] = ()
    is_past: bool = False


class Result(NamedTuple):
    entry: Entry
    snippet: str


def stem(word: str) -> str:
    """The part of a word that its forms share: ``created`` and ``creation`` have the same."""
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return f"{word[:-3]}y"
    ending = next((end for end in ENDINGS if word.endswith(end) and len(word) - len(end) >= 3), "")
    shorter = word.removesuffix(ending)
    root = stem(shorter) if ending else shorter
    return SYNONYMS.get(root, root)


def words(text: str) -> list[str]:
    """The stems of a text; an identifier such as ``tasks:write`` is a word, as are its parts."""
    stems = []
    for word in WORD.findall(text.lower()):
        parts = re.split(r"[_:.-]+", word)
        stems += [stem(part) for part in parts]
        if len(parts) > 1:
            stems.append(word)
    return stems


class Index:
    """Every entry with its words, those of its text counted: what a question costs does not depend on the lengths of texts."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.rows = [
            (
                entry,
                set(words(entry.title)),
                set(words(entry.context)),
                Counter(words(f"{entry.text} {' '.join(entry.facts)}")),
            )
            for entry in entries
        ]
        self.vocabulary = {
            word for _, title, context, text in self.rows for word in (*title, *context, *text)
        }

    def find(self, question: str) -> list[Result]:
        """The entries that have all words of the question, best first; if none has, those with the most of them."""
        asked = self.asked(question)
        if not asked:
            return []
        ranked, whole = [], [stem(word) for word in WORD.findall(question.lower())]
        for number, (entry, title, context, text) in enumerate(self.rows):
            scores = [_score(word, title, context, text) for word in asked]
            matched = sum(score > 0 for score in scores)
            if 2 * matched >= len(asked):
                is_whole = {word for word in title if word not in STOP_WORDS} <= set(asked)
                score = sum(scores) + WHOLE_TITLE * is_whole - PAST * entry.is_past
                score += AS_ASKED * sum(word in title for word in whole) / len(whole)
                ranked.append((matched, score, -number, entry))
        most = max((row[0] for row in ranked), default=0)
        best = sorted((row for row in ranked if row[0] == most), key=lambda row: row[:3], reverse=True)
        return [Result(entry, _snippet(entry.text, set(asked))) for *_, entry in best[:MAX_RESULTS]]

    def asked(self, question: str) -> list[str]:
        """The words of a question without those that every question has; identifiers whole where they are known."""
        stems: list[str] = []
        for word in WORD.findall(question.lower()):
            if word in self.vocabulary and re.search(r"[_:.-]", word):
                stems.append(word)
            else:
                stems += [stem(part) for part in re.split(r"[_:.-]+", word) if part not in STOP_WORDS]
        return list(dict.fromkeys(stems))


def _score(word: str, title: set[str], context: set[str], text: Counter[str]) -> float:
    count = text[word]
    return (
        IN_TITLE * (word in title)
        + IN_CONTEXT * (word in context)
        + IN_TEXT * (count > 0)
        + REPEATED * min(count, 5)
    )


def _snippet(text: str, asked: set[str]) -> str:
    """The sentence that has most of the words, or the first."""
    sentences = re.split(r"(?<=[.!?])\s+", text)
    best = max(sentences, key=lambda sentence: len(asked & set(words(sentence))))
    return best if len(best) <= SNIPPET_CHARACTERS else f"{best[:SNIPPET_CHARACTERS].rsplit(' ', 1)[0]} …"
