"""Words of work: frequent ones, and rare ones that a search finds a few times in a table of any size."""

import bisect
import itertools
import random

TEXT = """
invoice pump contract customer server report machine budget shipment release meeting backup sensor valve
warehouse offer onboarding audit campaign database compressor elevator generator inspection payroll permit
prototype schedule supplier training vehicle website

replace review prepare order inspect update migrate repair approve calibrate draft schedule test

before the end of the quarter after the call with the supplier because the old one leaks in the second
building as agreed with the owner of line four together with the night shift see the notes of last week

ba de fi go hu ka le mi no pu ra se ti vo zu
"""
SUBJECTS, VERBS, DETAILS, SYLLABLES = (each.split() for each in TEXT.split("\n\n"))
COMMON = ["".join(parts) for parts in itertools.product(SYLLABLES, repeat=3)]
random.Random(42).shuffle(COMMON)
EACH = 25
WEIGHTS = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(COMMON))))


def rare(rows: int) -> list[str]:
    """As many words of five syllables as are needed for each to stand in twenty-five rows."""
    everything = ["".join(parts) for parts in itertools.product(SYLLABLES, repeat=5)]
    random.Random(42).shuffle(everything)
    return everything[: max(1, min(rows // EACH, len(everything)))]


def sentences(chance: random.Random, rare_word: str) -> tuple[str, str]:
    """A title and a description; the description has the rare word."""
    draw, bits = chance.random, chance.getrandbits
    top = WEIGHTS[-1]
    some = [COMMON[bisect.bisect(WEIGHTS, draw() * top)] for _ in range(8)]
    subject, verb = SUBJECTS[bits(5)], VERBS[bits(8) % len(VERBS)]
    start = bits(8) % 24
    title = f"{verb.capitalize()} the {some[0]} {subject} {some[1]}"
    detail = " ".join(DETAILS[start : start + 9])
    return title, f"The {subject} {some[2]} {some[3]} {detail}. {' '.join(some[4:])} {rare_word}."
