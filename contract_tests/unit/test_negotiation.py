"""Content negotiation: the offered media type that the client likes best (RFC 9110 §12.5.1)."""

from types import SimpleNamespace

import pytest

from handlers.http.negotiation import negotiated
from handlers.http.refusals import NotAcceptable

JSON, HTML = "application/json", "text/html"
BOTH = SimpleNamespace(offers=(JSON, HTML))
NOTHING = SimpleNamespace(offers=())


@pytest.mark.parametrize(
    "accept, best",
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("text/html", HTML),
        ("TEXT/HTML", HTML),
        ("text/*", HTML),
        ("application/*", JSON),
        ("text/html, application/json", JSON),
        ("text/html, application/json;q=0.9", HTML),
        ("text/html;q=0.1, application/json;q=0.2", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML),
        ("image/png, */*;q=0.1", JSON),
        ("application/json;q=0, */*", HTML),
        ("text/html;q=0, text/*;q=1, application/json;q=0.1", JSON),
        ("text/html ; level=1 ; q=0.5 , application/json ; q=0.4", HTML),
        ("text/html; charset=utf-8", HTML),
        (", ,text/html,", HTML),
        ("application/json;q=1.000, text/html;q=0.999", JSON),
        ("application/json;Q=0, */*", HTML),
        ("application/json;q=0.5;extension, text/html;q=0.6", HTML),
        ("application/json;q=0.5;extension=1, text/html;q=0.6", HTML),
        ("application/json; charset=utf-8, text/html;q=0.5", JSON),
        ("application/json;q=2, text/html", HTML),
        ('text/html;note="a, b";q=0.1, application/json;q=0.2', JSON),
        ("application/json;q=0., text/html;q=1.", HTML),
        ("application/json; Q=.2, text/html; q=.1", JSON),
        ("image/gif, *; q=.2, */*; q=.2", JSON),
        ("text/html;q=0, *;q=.5", JSON),
    ],
)
def test_the_best_offer_is_chosen(accept, best):
    assert negotiated(accept and accept.encode(), BOTH) == best


@pytest.mark.parametrize(
    "accept",
    ["image/png", "application/xml", "text/plain", "application/json;Q=0", "*/*;q=0", "json", ";"],
)
def test_when_nothing_fits_all_offers_are_named(accept):
    with pytest.raises(NotAcceptable) as refused:
        negotiated(accept.encode(), SimpleNamespace(offers=(JSON,)))
    assert refused.value.detail == "Available: application/json."
    assert refused.value.errors[0]["parameter"] == "Accept"


@pytest.mark.parametrize(
    "accept", ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "*", "*;q=1.", "application/json;q=1."]
)
def test_what_older_clients_accept_by_default_is_json(accept):
    assert negotiated(accept.encode(), SimpleNamespace(offers=(JSON,))) == JSON


def test_an_answer_without_a_body_is_always_acceptable():
    for accept in (None, b"image/png", b"*/*;q=0"):
        assert negotiated(accept, NOTHING) is None
