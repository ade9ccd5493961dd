"""Negotiation: which of the media types that an operation offers a client likes best (RFC 9110 §12.5.1)."""

import re

from handlers.http.refusals import NotAcceptable
from models.base.errors import fault

QUALITY = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)\s*$")


def negotiated(accept, plan):
    """The media type of the answer that the client likes best (RFC 9110 §12.5.1)."""
    if not accept or not plan.offers or accept == b"*/*":
        return plan.offers[0] if plan.offers else None
    liked = []
    for part in accept.decode("latin-1").split(","):
        name, _, rest = part.partition(";")
        quality = QUALITY.search(rest)
        liked.append((name.strip().lower(), float(quality[1]) if quality else 1.0))

    def quality_of(offer):
        ranges = {offer: 3, offer.partition("/")[0] + "/*": 2, "*/*": 1}
        found = max(((ranges[name], quality) for name, quality in liked if name in ranges), default=(0, 0.0))
        return found[1]

    best = max(plan.offers, key=quality_of)
    if quality_of(best) <= 0:
        detail = f"Offered: {', '.join(plan.offers)}."
        raise NotAcceptable(detail, errors=[header_fault("not_acceptable", "Accept", detail)])
    return best


def header_fault(code, name, detail):
    """A fault of a header, as a problem's ``errors`` tell it."""
    return fault("header", code, detail, parameter=name)
