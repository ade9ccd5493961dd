"""The search for canaries finds them in whatever form they are written."""

import base64

import pytest

from contract_tests.support.canaries import in_text

WORD = "Quirinalia-4711"


@pytest.mark.parametrize(
    "text",
    [
        f"Hello {WORD}!",
        WORD.upper(),
        f'{{"name": "{WORD.lower()}"}}',
        WORD.encode().hex(),
        *(base64.b64encode(f"{'x' * before}{WORD} and more".encode()).decode() for before in range(6)),
    ],
)
def test_a_canary_is_found(text):
    assert in_text([WORD], text)


def test_what_is_no_canary_is_not():
    assert not in_text([WORD], "Quirinalia is a feast in February; 4711 is a number")
