"""Text in canonical form, over the assigned characters of Unicode."""

import importlib
import sys
from unicodedata import category

import pytest

from models.base import text

MIGRATED = importlib.import_module("models.migrations.0018_team_names")
# Ideographs and syllables of Hangul, of which each behaves as all the others, are passed over.
ALIKE = (
    range(0x3401, 0x9FFF),
    range(0xAC01, 0xD7A3),
    range(0x17001, 0x18CFF),
    range(0x20001, 0x2F800),
    range(0x2FA20, 0x3FFFF),
)
CHARACTERS = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if category(character) not in ("Cn", "Co", "Cs") and not any(ord(character) in each for each in ALIKE)
]


def test_what_is_canonical_is_valid_and_stays_as_it_is():
    for character in CHARACTERS:
        for value in (character, f"{character}a", f"a{character}"):
            if text.is_line(value):
                line = text.canonical_line(value)
                assert text.is_line(line) and text.canonical_line(line) == line, ascii(value)
            if text.is_lines(value):
                lines = text.canonical_lines(value)
                assert text.is_lines(lines) and text.canonical_lines(lines) == lines, ascii(value)


def test_no_white_space_stands_around_a_line():
    assert [
        mark for mark in CHARACTERS if mark.isspace() and text.canonical_line(f"a{mark}") == f"a{mark}"
    ] == []


def test_names_are_compared_by_what_is_seen_of_them():
    for character in CHARACTERS:
        folded = text.folded(f"a{character}b")
        assert folded == text.folded(folded), ascii(character)


def test_a_migration_folds_names_as_the_server_does():
    assert [mark for mark in CHARACTERS if MIGRATED.folded(f"a{mark} b") != text.folded(f"a{mark} b")] == []


@pytest.mark.parametrize(
    "visible", ["a", "\u00e9", "\u0301", "\u0600", "\ue000", "\U0001f3f4\U000e0067", "\ufffd", "\U0010ffff"]
)
def test_what_is_drawn_is_visible(visible):
    assert text.is_line(visible)
