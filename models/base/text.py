"""Text in canonical form, so that what looks the same is stored and compared as the same (Unicode UAX #15, UTS #55)."""

import re
from unicodedata import category, normalize

# C0 controls and DEL.  A text of several lines has line ends and tabs.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Controls, line and paragraph separators, and the embeddings, overrides and isolates that reorder the rest of a line.
NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# C1 controls: the remains of a wrong decoding, which some terminals obey.
C1_CONTROLS = re.compile(r"[\x80-\x9f]")
REPLACEMENT = "\ufffd"
LINE_ENDS = re.compile(r"\r\n?")
# White space, and what is used as if it were: zero-width space, word joiner, byte order mark.
OUTER = (
    " \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
SEPARATORS = {"Zs", "Zl", "Zp"}
# Format characters (Cf) that have a glyph: signs that stand before or below a number.
WITH_GLYPH = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
# Characters of other categories that are drawn as nothing: fillers, joiners and the blank of braille.
FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def is_line(text: str) -> bool:
    """Whether the text is one line with a visible character."""
    return not NOT_IN_A_LINE.search(text) and any(map(_is_visible, text))


def is_lines(text: str) -> bool:
    """Whether the text, of any number of lines, has no control characters but line ends and tabs."""
    return not CONTROLS.search(text)


def canonical_line(text: str) -> str:
    """One line in Unicode normal form C, without blanks around it."""
    return _composed(text).strip(OUTER)


def as_line(text: str, max_length: int) -> str:
    """The canonical line nearest to any text, of at most ``max_length`` characters; empty when nothing of it is visible."""
    line = canonical_line(" ".join(NOT_IN_A_LINE.sub(" ", text).split()))[:max_length].strip(OUTER)
    return line if is_line(line) else ""


def canonical_lines(text: str) -> str:
    """Any number of lines in Unicode normal form C, each ended by a line feed."""
    return _composed(LINE_ENDS.sub("\n", text) if "\r" in text else text)


def canonical_email(address: str) -> str:
    """An email address as accounts store it: in lower case, the local part too."""
    return address.lower()


def folded(text: str) -> str:
    """The form in which names are compared: regardless of case, composition, runs of blanks, and characters drawn as nothing."""
    visible = "".join(character for character in text if character.isspace() or _is_visible(character))
    return " ".join(normalize("NFC", normalize("NFD", visible).casefold()).split())


def _composed(text: str) -> str:
    return text if text.isascii() else normalize("NFC", C1_CONTROLS.sub(REPLACEMENT, text))


def _is_visible(character: str) -> bool:
    if character.isascii():
        return " " < character < "\x7f"
    kind = category(character)
    if kind == "Cf":
        return character in WITH_GLYPH
    return kind not in SEPARATORS and character not in FILLERS and not _is_ignorable(ord(character))


def _is_ignorable(point: int) -> bool:
    """Whether the code point is a variation selector, or reserved for characters that are ignored (UAX #44)."""
    return 0x180B <= point <= 0x180F or 0xFE00 <= point <= 0xFE0F or 0xE0000 <= point <= 0xE0FFF
