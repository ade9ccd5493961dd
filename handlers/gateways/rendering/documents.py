"""Documents: sections of text, key figures, tables, and charts, in the style of an organization, as PDF.

The PDF is tagged (PDF/UA-1), with title, language, and a text for each picture.  What the sections say is data: the template
shows it as text, whatever it contains.
"""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from handlers.gateways.rendering.charts import Chart, specification
from handlers.gateways.rendering.child_process import RenderingTooCostly, render
from handlers.gateways.rendering.localized import formatter
from handlers.gateways.rendering.tables import Column, Table, clean

# A document is for reading: what has more rows is an XLSX or CSV file.
MAX_TABLE_ROWS, MAX_CHARACTERS, MAX_CHARTS = 2_000, 2_000_000, 20
FONTS = (
    "Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai", "Noto Sans Symbols",
    "Noto Emoji",
)  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n"
# Letters after which a word that has no end may be broken, in a paragraph and in a narrow cell.
BREAKABLE, BREAKABLE_IN_CELLS = 40, 16

SectionKind = Literal["key_figures", "text", "chart", "table"]


@dataclass(frozen=True, kw_only=True)
class Text:
    """Paragraphs, divided by empty lines."""

    body: str
    heading: str = ""
    kind: SectionKind = "text"


@dataclass(frozen=True, kw_only=True)
class KeyFigures:
    """Labels with their values, each with the column that says how it is written."""

    figures: Sequence[tuple[Column, Any]]
    heading: str = ""
    kind: SectionKind = "key_figures"


@dataclass(frozen=True, kw_only=True)
class TableSection:
    """A table whose head is repeated on each page."""

    table: Table
    heading: str = ""
    kind: SectionKind = "table"


@dataclass(frozen=True, kw_only=True)
class ChartSection:
    """A chart, drawn in the locale of the document."""

    chart: Chart
    heading: str = ""
    kind: SectionKind = "chart"


Section = Text | KeyFigures | TableSection | ChartSection


@dataclass(frozen=True, kw_only=True)
class Style:
    """What an organization says of its documents.  Only sections of the kinds in ``sections`` are shown, in that order.

    ``logo`` is a PNG or JPEG file; ``accent_color`` is ``#rrggbb``, ``locale`` a tag such as ``de-DE``.
    """

    locale: str = "en-US"
    paper: Literal["a4", "letter"] = "a4"
    accent_color: str = "#0b5cad"
    header_text: str = ""
    footer_text: str = ""
    logo: bytes | None = None
    sections: Sequence[SectionKind] = ("key_figures", "text", "chart", "table")


@dataclass(frozen=True, kw_only=True)
class Document:
    """``created_at`` is the date of the file: with the same one, the same document has the same bytes."""

    title: str
    sections: Sequence[Section]
    created_at: datetime.datetime
    subtitle: str = ""
    author: str = ""


def pdf(document: Document, style: Style | None = None, font_folders: Sequence[str] = ()) -> bytes:
    """The document as a PDF file.  ``font_folders`` have fonts beside those of the package, for further scripts.

    :class:`~handlers.gateways.rendering.child_process.RenderingTooCostly` for what takes too much; UnsuitableTable and
    UnsuitableChart for data that cannot be shown.
    """
    style = style or Style()
    sections = [section for kind in style.sections for section in document.sections if section.kind == kind]
    charts = [
        specification(replace(section.chart, locale=style.locale))
        for section in sections
        if isinstance(section, ChartSection)
    ]
    if len(charts) > MAX_CHARTS:
        raise RenderingTooCostly(f"The document has {len(charts)} charts; the limit is {MAX_CHARTS}.")
    language, _, region = style.locale.partition("-")
    content = {
        "title": _text(document.title) or "Document",
        "subtitle": _text(document.subtitle),
        "author": _text(document.author),
        "lang": language,
        "region": region,
        "fonts": FONTS,
        "paper": {"a4": "a4", "letter": "us-letter"}[style.paper],
        "accent_color": style.accent_color,
        "header_text": _text(style.header_text),
        "footer_text": _text(style.footer_text),
        "logo_alt": _text(style.header_text) or "Logo",
        "sections": _sections(sections, formatter(style.locale)),
    }
    if (characters := _characters(content)) > MAX_CHARACTERS:
        raise RenderingTooCostly(
            f"The document has {characters:,} characters; the limit is {MAX_CHARACTERS:,}."
        )
    logo = None
    if style.logo:
        logo = {"content": list(style.logo), "format": "png" if style.logo.startswith(PNG) else "jpg"}
    data = {"document": content, "charts": charts, "logo": logo, "font_folders": list(font_folders)}
    return render("pdf", {**data, "timestamp": int(document.created_at.timestamp())})


def _sections(sections: Sequence[Section], text: Callable[[Column, Any], str]) -> list[dict[str, Any]]:
    """The sections as the template takes them; charts are known by their number."""
    charts = iter(range(len(sections)))
    return [
        {"kind": section.kind, "heading": _text(section.heading), **_content(section, text, charts)}
        for section in sections
    ]


def _content(section: Section, text: Callable[[Column, Any], str], charts: Any) -> dict[str, Any]:
    if isinstance(section, Text):
        return {"paragraphs": [_text(part) for part in section.body.split("\n\n") if part.strip()]}
    if isinstance(section, ChartSection):
        return {"index": next(charts), "alt": _text(section.chart.description)}
    if isinstance(section, KeyFigures):
        columns = [column for column, _ in section.figures]
        values = next(
            Table(columns=columns, rows=[[value for _, value in section.figures]]).values(at_most=1)
        )
        figures = [
            {"label": _text(column.title), "value": _text(text(column, value))}
            for column, value in zip(columns, values, strict=True)
        ]
        return {"figures": figures}
    table = section.table
    return {
        "titles": [_text(title, BREAKABLE_IN_CELLS) for title in table.titles()],
        "numbers": [column.is_number for column in table.columns],
        "weights": [column.width or 1 for column in table.columns],
        "cells": [
            _text(text(column, value), BREAKABLE_IN_CELLS)
            for row in table.values(at_most=MAX_TABLE_ROWS)
            for column, value in zip(table.columns, row, strict=True)
        ],
    }


def _text(text: str, breakable: int = BREAKABLE) -> str:
    """Clean text, in which a word without an end has places to break."""
    return re.sub(rf"\S{{{breakable}}}(?=\S)", "\\g<0>\u200b", clean(text))


def _characters(value: Any) -> int:
    """How many characters the texts of a value have together."""
    if isinstance(value, str):
        return len(value)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return sum(map(_characters, parts))
