"""Rendering: a template and facts become a page, with the headers that say what a browser may do with it.

Every page extends ``templates/skeleton.html`` and has its one style sheet inside, which the policy names by its hash. Whatever
is put into a template is escaped, and a fact that is missing is an error.
"""

import base64
import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

FOLDER = Path(__file__).with_name("templates")
CSS = (FOLDER / "page.css").read_text("utf-8")
STYLE = f"'sha256-{base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()}'"


def environment(folder):
    """The templates of a folder: HTML is escaped, and what is undefined raises."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _templates():
    templates = environment(FOLDER)
    templates.globals["css"] = Markup(CSS)  # noqa: S704  the style sheet is a file of ours
    templates.filters |= {"code": code, "moment": moment, "duration": duration}
    return templates


def page(template, *, forms="'none'", styles=STYLE, has_script=False, has_icon=True, **facts):
    """``(HTML, headers)`` of a page.

    ``forms`` are the places that its forms may lead to, and ``styles`` the style sheets that hold, both as a content security
    policy names them. ``has_script`` lets scripts of this server run and ask it. Without an icon, not even an image is loaded.
    """
    allowed = {"default-src": "'none'", "style-src": styles}
    if has_script:
        allowed |= {"script-src": "'self'", "connect-src": "'self'"}
    if has_icon:
        allowed["img-src"] = "data:"
    allowed |= {"form-action": forms, "frame-ancestors": "'none'", "base-uri": "'none'"}
    policy = "; ".join(f"{name} {places}" for name, places in allowed.items())
    html = _templates().get_template(template).render(**facts, has_icon=has_icon)
    return html, {"Content-Type": "text/html", "Content-Security-Policy": policy}


def code(text):
    """The text with what stands between backticks as ``<code>``."""
    pieces = text.split("`")
    marked = [
        Markup("<code>{}</code>").format(piece) if number % 2 else escape(piece)
        for number, piece in enumerate(pieces)
    ]
    return Markup("").join(marked)


def moment(value: datetime):
    """A moment as people read it: ``1 March 2026, 09:30 UTC``."""
    there = value.astimezone(UTC)
    return f"{there.day} {there:%B %Y, %H:%M} UTC"


def duration(seconds):
    """Seconds as people read them: ``40 s``, ``12 min``, ``3 h``, ``2 days``."""
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
