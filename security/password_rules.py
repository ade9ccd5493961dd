"""Which passwords are too weak (NIST SP 800-63B §5.1.1.2): without variety, of the person's own names, of sequences, or common.

``common_passwords.txt.gz`` has the words that the 20,000 most common passwords are made of (Royce Williams's list, as Django
ships it), and what is usual in offices, in the form of ``core``.
"""

import gzip
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from unicodedata import normalize

from models.base.errors import InvalidValue

MIN_CHARACTERS = 10  # as in the contract; a password may become shorter by its normal form
MIN_COUNTED_CHARACTERS = 7  # where a sequence or repetition counts as one
MAX_EXTRA_CHARACTERS = 6  # digits and signs beside a common word
WORDS = Path(__file__).with_name("common_passwords.txt.gz")
LEET = str.maketrans("01345789@$!|", "oieastbgasii")
OTHER_LEET = str.maketrans("01345789@$!|", "oleastbgasll")
# Keys beside each other on keyboards, in rows and in columns.
WALKS = (
    *("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    *("qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn"),
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol"),
)
Follows = Callable[[str, str], bool]  # whether a character follows another in a sequence
STEPS = {pair: step for walk in WALKS for step in (1, -1) for pair in pairwise(walk[::step])}


class PasswordTooWeak(InvalidValue):
    """The password is too weak.

    Cause: The password lacks lowercase letters, uppercase letters, or a digit or symbol; contains the name or the email
    address; consists mostly of sequences or repetitions; or varies a common password.
    Fix: Choose a longer password that combines several unrelated words with a digit or symbol.
    Try: curl --json '{"email": "new@example.org", "name": "New", "password": "'"$(printf %012d 0)"'"}' $BASE/users
    """


def refuse_weak(password: str, email: str = "", name: str = "", field: str = "password") -> None:
    """Refuse what is easily guessed, for every reason at once.  Its length is the contract's matter.

    ``field`` is the property of the request that has the password.
    """
    if reasons := list(_weaknesses(normalize("NFKC", password), email, name)):
        raise PasswordTooWeak(" ".join(reasons), fields=[field], reasons=reasons)


def refuse_weak_new(new_password: str, email: str = "", name: str = "") -> None:
    """The same of a password that takes the place of another: the property is ``new_password``."""
    refuse_weak(new_password, email, name, field="new_password")


def _weaknesses(password: str, email: str, name: str) -> Iterator[str]:
    """Why the password is too weak, in sentences."""
    if len(password) < MIN_CHARACTERS:
        yield f"The password has fewer than {MIN_CHARACTERS} characters."
    needed = {
        "lowercase letters": str.islower,
        "uppercase letters": str.isupper,
        "a digit or symbol": _is_sign,
    }
    missing = [what for what, fits in needed.items() if not any(map(fits, password))]
    if missing:
        yield f"The password lacks {', '.join(missing)}."
    plain, names = password.casefold(), {email.partition("@")[0], *name.split()}
    if any(len(part) > 3 and normalize("NFKC", part).casefold() in plain for part in names):
        yield "The password contains the name or the email address."
    if len(set(plain)) < 5 or what_counts(unit(plain)) < MIN_COUNTED_CHARACTERS:
        yield "The password consists mostly of sequences or repetitions."
    if _is_common(plain):
        yield "The password is a variation of a common password."


def what_counts(text: str) -> int:
    """The number of characters when three or more in a row, equal or in sequence, count as one."""
    count = index = 0
    while index < len(text):
        length = max(
            _run(text[index:], follows)
            for follows in (_same, _alphabet(1), _alphabet(-1), _keyboard(1), _keyboard(-1))
        )
        index += length if length >= 3 else 1
        count += 1
    return count


def unit(text: str) -> str:
    """The part that the text repeats: ``abc`` of ``abcabcab``; else the whole text."""
    for length in range(1, len(text) // 2 + 1):
        if all(character == text[index % length] for index, character in enumerate(text)):
            return text[:length]
    return text


def core(text: str, leet: dict[int, int] = LEET) -> str:
    """The letters of a password, without what stands around them, and with letters for the signs that look like them."""
    first = next((index for index, character in enumerate(text) if character.isalpha()), len(text))
    last = next((index for index in range(len(text), first, -1) if text[index - 1].isalpha()), first)
    return "".join(character for character in text[first:last].translate(leet) if character.isalpha())


def _is_common(plain: str) -> bool:
    """Whether it is a common word, or one repeated, with only a few digits and signs around or in place of letters."""
    words = [core(plain, leet) for leet in (LEET, OTHER_LEET)]
    others = "".join(character for character in plain if not character.isalpha())
    return what_counts(others) <= MAX_EXTRA_CHARACTERS and any(
        {word, unit(word)} & common() for word in words
    )


@cache
def common() -> frozenset[str]:
    """The words of common passwords."""
    return frozenset(gzip.decompress(WORDS.read_bytes()).decode().split())


def _run(text: str, follows: Follows) -> int:
    """The number of characters at the beginning of the text that follow each other."""
    return next((length for length, pair in enumerate(pairwise(text), 1) if not follows(*pair)), len(text))


def _same(first: str, second: str) -> bool:
    return first == second


def _alphabet(step: int) -> Follows:
    return lambda first, second: ord(second) - ord(first) == step and first.isalnum() and second.isalnum()


def _keyboard(step: int) -> Follows:
    return lambda first, second: STEPS.get((first, second)) == step


def _is_sign(character: str) -> bool:
    return not character.isalpha() and not character.isspace()
