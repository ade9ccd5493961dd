"""Negotiation: what a client likes best of what is offered (RFC 9110 §12)."""

import re
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from handlers.http.plan import Plan
from handlers.http.refusals import NotAcceptable
from models.base.errors import fault

# Weights that a parser of numbers does not read: `1.` is one (RFC 9110 §12.4.2), and `.2` is what older JDKs send.
WEIGHT = re.compile(r"(;[ \t]*q=)(?=\.?[0-9])([0-9]*)\.([0-9]*)", re.I)


def negotiated(accept: bytes | None, plan: Plan) -> str | None:
    """The media type of the answer that the client likes best (RFC 9110 §12.5.1)."""
    if not accept or not plan.offers or accept == b"*/*":
        return plan.offers[0] if plan.offers else None
    liked = _liked(accept) if len(accept) < 1_000 else _liked.__wrapped__(accept)
    best = max(plan.offers, key=liked.quality)
    if liked.quality(best) <= 0:
        detail = f"Available: {', '.join(plan.offers)}."
        raise NotAcceptable(detail, errors=[header_fault("not_acceptable", "Accept", detail)])
    return best


@lru_cache(1_000)
def _liked(accept: bytes) -> MIMEAccept:
    """The media ranges of ``Accept`` with their qualities.  Other parameters, such as ``charset``, choose nothing here.

    ``*`` is ``*/*``: older JDKs send both.
    """
    text = WEIGHT.sub(lambda match: f"{match[1]}{match[2] or 0}.{match[3] or 0}", accept.decode("latin-1"))
    ranges = parse_accept_header(text, MIMEAccept)
    names = [(name.partition(";")[0].strip(), quality) for name, quality in ranges]
    return MIMEAccept(
        [("*/*" if name == "*" else name, quality) for name, quality in names if "/" in name or name == "*"]
    )


def header_fault(code: str, name: str, detail: str) -> dict:
    """A fault of a header, as a problem's ``errors`` tell it."""
    return fault("header", code, detail, parameter=name)
