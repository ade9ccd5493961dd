"""Full-text search: texts and queries are cut into words here, so that PostgreSQL's parser never reads the texts of users.

A text becomes a ``tsvector`` literal and a query a ``tsquery`` literal whose lexemes are quoted letters and digits: neither
can raise an error in the database, and the cost of both is linear in the length of the text.

Lexemes: a folded word; ``~stem`` for the stem of an English word; for a script without spaces each pair of characters and the
last one; ``~`` for a text that has more words than PostgreSQL keeps positions for.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

# Marks on one letter that are read: https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format
MARK_RUN = 30
# A longer word is compared by its beginning; a lexeme of PostgreSQL is shorter than 2,046 bytes.
WORD_CHARACTERS = 200
# https://www.postgresql.org/docs/current/textsearch-limitations.html
LAST_POSITION, LEXEME_POSITIONS = 16_383, 255
PREFIX_CHARACTERS = 3  # shorter words are found whole only
STEM_CHARACTERS = 4
WITHOUT_POSITIONS = "~"
CACHED_WORDS = (
    10_000  # whose lexemes are remembered: making a stem takes ten times as long as finding it again
)

# Scripts that are written without spaces between words, and Hangul, whose words are compounds.
UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1050-\u108f\u109a-\u109d\u1780-\u17d3"
    "\u1100-\u11ff\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3038-\u303c\u3041-\u3096\u3099-\u309a\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua48c"
    "\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\U0001aff0-\U0001b16f\U00020000-\U0003fffd"
)
EMOJI = "\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
# Diacritics are dropped from scripts that are also written without them; in others a mark is part of the letter.
DIACRITICS = (
    (0x300, 0x36F), (0x483, 0x489), (0x591, 0x5C7), (0x610, 0x61A), (0x640, 0x640), (0x64B, 0x65F), (0x670, 0x670),
    (0x6D6, 0x6ED), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
)  # fmt: skip
# https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point, and the colors of emoji
IGNORED = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x180B, 0x180F), (0x200C, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0x1F3FB, 0x1F3FF), (0xE0000, 0xE0FFF),
)  # fmt: skip
LETTERS = "ØO øo ĐD đd ŁL łl ĦH ħh ŦT ŧt ıi ƆO ɔo ƏE əe ÆAE æae ŒOE œoe ÞTH þth ÐD ðd ŊN ŋn ĸk"
# Where Unicode has marks and decimal digits; the rest is ideographs, syllables and symbols.
BLOCKS_WITH_MARKS = (
    range(0x300, 0x3400), range(0xA600, 0xAC00), range(0xFB00, 0x12000), range(0x16A00, 0x17000), range(0x1BC00, 0x1F000),
)  # fmt: skip
QUOTATION_MARKS = dict.fromkeys(map(ord, "“”„‟＂"), '"')


def _tables() -> tuple[dict[int, str | None], str]:
    """The translation of each character that is folded, and the marks, for a character class."""
    folded: dict[int, str | None] = {
        number: None for first, last in DIACRITICS + IGNORED for number in range(first, last + 1)
    }
    folded |= {ord(letter[0]): letter[1:] for letter in LETTERS.split()}
    marks = []
    for number in chain(*BLOCKS_WITH_MARKS):
        kind = unicodedata.category(chr(number))
        if kind[0] == "M":
            marks.append(chr(number))
        elif kind == "Nd":
            folded[number] = str(unicodedata.decimal(chr(number)))
    return folded, "".join(marks)


FOLDED, MARKS = _tables()
LONG_MARK_RUN = re.compile(f"([{MARKS}]{{{MARK_RUN}}})[{MARKS}]+")
WORD = re.compile(f"([{UNSPACED}]+)|(?:(?![{UNSPACED}_])[\\w{MARKS}])+|[{EMOJI}]")
ASCII_WORD = re.compile("[A-Za-z0-9]+")  # what WORD finds in ASCII
PART = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\\x00-\\x7f]+")
TERM = re.compile(r'(-?)"([^"]*)"|(\S+)')
PLURAL = re.compile("(?<![su])s$")
INFLECTION = re.compile(
    "(?<=[a-z][a-z][a-z])(?:(?<!e)ed|ing|(?<=[cdeghkmnrt])ly)$|(?:(?<=[aeiouy][a-z]ee)|(?<=[aeiouy][a-z][a-z]ee))d$"
)
VOWEL = re.compile("[aeiouy]")
FINAL_E = re.compile("(?<=[a-z][a-z])e$")
DOUBLE_CONSONANT = re.compile("(?<=[a-z][a-z])([b-df-hj-np-tv-z])(?=\\1$)")


class Word(NamedTuple):
    """A lexeme and its position; ``is_piece`` marks characters of a script without spaces."""

    lexeme: str
    position: int
    is_piece: bool = False
    is_last_piece: bool = False
    text: str = ""


def words(text: str, position: int = 1) -> Iterator[Word]:
    """The words of a text, in their order, from ``position``.  Case, diacritics and compatibility forms are folded."""
    if text.isascii():
        for index, run in enumerate(ASCII_WORD.findall(text), position):
            characters = run[:WORD_CHARACTERS]
            yield Word(characters.lower(), index, False, False, characters)
        return
    text = unicodedata.normalize("NFKD", LONG_MARK_RUN.sub(r"\1", text)).translate(FOLDED)
    text = unicodedata.normalize("NFC", text)
    for match in WORD.finditer(text):
        run = match[1]
        if run is None:
            characters = match[0][:WORD_CHARACTERS]
            yield Word(characters.casefold()[:WORD_CHARACTERS], position, text=characters)
            position += 1
            continue
        for first, second in pairwise(run):
            yield Word(first + second, position, True)
            position += 1
        yield Word(run[-1], position, True, True)
        position += 1


def stem(word: str) -> str:
    """An English word without ``-s``, ``-ed``, ``-ing`` and ``-ly``: the same for most of its forms, and not itself a word."""
    if len(word) < STEM_CHARACTERS or not (word.isascii() and word.isalpha()):
        return word
    short = PLURAL.sub("", word)
    shorter = INFLECTION.sub("", short)
    if VOWEL.search(shorter):
        short = shorter
    if short[-1] == "y":
        return short[:-1] + "i"
    if short.endswith("ie"):
        return short[:-1]
    return DOUBLE_CONSONANT.sub("", FINAL_E.sub("", short))


def vector(*weighted: tuple[str | None, str], start: int = 1) -> str:
    """The ``tsvector`` literal of ``(text, weight)`` pairs, whose words have positions from ``start``.

    A word of several parts (``getUserName``, ``invoice2026``, ``v1``) also matches each part of two letters or a digit.
    """
    positions_by_lexeme: dict[str, list[str]] = {}
    position, is_overfull = start - 1, False
    for text, weight in weighted:
        position += 1  # so that no phrase goes from one text into the next
        for word in words(text or "", position):
            position = word.position + 1
            position_and_weight = f"{word.position}{weight}"
            for lexeme in (word.lexeme,) if word.is_piece else _lexemes(word.text, word.lexeme):
                positions = positions_by_lexeme.setdefault(lexeme, [])
                if len(positions) < LEXEME_POSITIONS and word.position <= LAST_POSITION:
                    positions.append(position_and_weight)
                else:
                    is_overfull = True
    if is_overfull:
        positions_by_lexeme[WITHOUT_POSITIONS] = []
    return " ".join(
        f"'{lexeme}':{','.join(positions)}" if positions else f"'{lexeme}'"
        for lexeme, positions in positions_by_lexeme.items()
    )


@lru_cache(maxsize=CACHED_WORDS)
def _lexemes(text: str, lexeme: str) -> tuple[str, ...]:
    """The lexeme of a word of a text, its stem, and its parts."""
    if lexeme.isdigit():
        return (lexeme,)
    if text.isalpha() and (text.islower() or text[1:].islower() or text.isupper()):
        base = stem(lexeme)
        return (lexeme,) if base == lexeme else (lexeme, f"~{base}")
    parts = {part.casefold() for part in PART.findall(text) if len(part) > 1 or part.isdigit()} - {lexeme}
    stems = {f"~{base}" for part in (*parts, lexeme) if (base := stem(part)) != part}
    return lexeme, *parts, *stems


class Query(NamedTuple):
    """``tsquery`` literals: the condition, and what counts for the rank: the exact words, and their other forms."""

    match: str
    exact: str
    near: str


def query(text: str) -> Query:
    """The query of a search text: words, ``"phrases"``, ``-exclusions`` and alternatives separated by ``or``.

    Without any word it matches nothing.
    """
    terms = []
    for match in TERM.finditer(text.translate(QUOTATION_MARKS)):
        is_quoted = match[3] is None
        raw = match[2] if is_quoted else match[3]
        is_excluded = match[1] == "-" if is_quoted else raw[0] == "-" and raw[1:2] != "-"
        term = _significant(list(words(raw)))
        if term:
            terms.append((term, is_quoted, is_excluded, not is_quoted and raw.casefold() == "or"))
    groups: list[list[str]] = [[]]
    exact: dict[str, None] = {}
    near: dict[str, None] = {}
    for index, (term, is_quoted, is_excluded, is_or) in enumerate(terms):
        if is_or and groups[-1] and index + 1 < len(terms):
            groups.append([])
            continue
        condition, similar = _term(term, is_quoted)
        groups[-1].append(f"!({condition})" if is_excluded else f"({condition})")
        if not is_excluded:
            exact |= dict.fromkeys(f"'{word.lexeme}'" for word in term)
            near |= dict.fromkeys(similar)
    return Query(
        " | ".join(" & ".join(group) for group in groups if group), " | ".join(exact), " | ".join(near)
    )


def _significant(term: list[Word]) -> list[Word]:
    """The words of a term that a text must have, without a last piece, which is part of the pair before it."""
    return [
        word
        for index, word in enumerate(term)
        if not (
            word.is_last_piece and index and term[index - 1].is_piece and not term[index - 1].is_last_piece
        )
    ]


def _term(term: Sequence[Word], is_quoted: bool) -> tuple[str, list[str]]:
    """The condition of one term, and the lexemes of its other forms."""
    *lexemes, ending = (*(f"'{word.lexeme}'" for word in term[:-1]), _ending(term[-1], is_quoted))
    if not lexemes:
        near = [ending, *(() if is_quoted else _forms(term[-1]))]
        return " | ".join(near), near
    gaps = (f" <{after.position - before.position}> " for before, after in pairwise(term))
    phrase = "".join(chain(*zip(lexemes, gaps, strict=True), [ending]))
    apart = " & ".join([f"'{WITHOUT_POSITIONS}'", *dict.fromkeys(lexemes), ending])
    return f"({phrase}) | ({apart})", [ending]


def _ending(word: Word, is_quoted: bool) -> str:
    """The last word of a term, which may be the beginning of a longer one."""
    if word.is_piece:
        return f"'{word.lexeme}':*" if word.is_last_piece else f"'{word.lexeme}'"
    is_whole = is_quoted or len(word.lexeme) < PREFIX_CHARACTERS or word.lexeme.isdigit()
    return f"'{word.lexeme}'" if is_whole else f"'{word.lexeme}':*"


def _forms(word: Word) -> tuple[str, ...]:
    """The other forms of an English word."""
    if len(word.lexeme) < PREFIX_CHARACTERS or not (word.lexeme.isascii() and word.lexeme.isalpha()):
        return ()
    base = stem(word.lexeme)
    return (f"'~{base}'",) if base == word.lexeme else (f"'{base}'", f"'~{base}'")
