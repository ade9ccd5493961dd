"""PDF documents: tagged, with whatever text people wrote as text, in bounded time and memory."""

import datetime
import io
import struct
import zlib

import pypdf
import pytest

from handlers.gateways.rendering import child_process, documents
from handlers.gateways.rendering.charts import Chart
from handlers.gateways.rendering.child_process import RenderingTooCostly
from handlers.gateways.rendering.documents import (
    ChartSection,
    Document,
    KeyFigures,
    Style,
    TableSection,
    Text,
    pdf,
)
from handlers.gateways.rendering.tables import Column, Table, UnsuitableTable

MOMENT = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
HOSTILE = [
    '#import "@preview/x:0.1.0": *', '#read("/etc/passwd")', "#sys.inputs.data", '#eval("1")', "$x^2$ @a <b> *c* _d_ `e`",
    r"\ \u{41} // /* */", "= Title", "]#panic()[", '"#panic()"', "{{1}}", "Grün €", "\U0001f600",
]  # fmt: skip
COLUMNS = [Column(title="Name"), Column(title="Price", kind="money", currency="EUR")]


def png(width=1, height=1):
    """A PNG file with pixels of one color."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x80" * 3 * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def document(*sections, title="Report", **more):
    return Document(title=title, sections=sections, created_at=MOMENT, **more)


@pytest.fixture(scope="module")
def hostile():
    """A document in which everything that people write is hostile, read by another library."""
    rows = [[HOSTILE[number % len(HOSTILE)], number] for number in range(100)]
    charts = [
        ChartSection(chart=Chart(kind=kind, title=HOSTILE[0], series={HOSTILE[1]: [("a", 1), ("b", 2)]}))
        for kind in ("bar", "line", "area", "pie", "donut", "scatter")
    ]
    content = pdf(
        document(
            TableSection(table=Table(columns=COLUMNS, rows=rows), heading=HOSTILE[2]),
            *charts,
            Text(body="\n\n".join([*HOSTILE, "שלום", "مرحبا", "\u202eabc", "日本", "w" * 10_000])),
            KeyFigures(figures=[(Column(title=text), text) for text in HOSTILE]),
            title=HOSTILE[1],
            subtitle=HOSTILE[6],
            author=HOSTILE[4],
        ),
        Style(locale="de-DE", header_text=HOSTILE[0], footer_text=HOSTILE[7], logo=png(2, 2)),
    )
    return pypdf.PdfReader(io.BytesIO(content))


def test_whatever_people_write_comes_out_as_text(hostile):
    text = "\n".join(page.extract_text() for page in hostile.pages)
    for line in HOSTILE:
        assert line in text
    assert text.replace("\u200b", "").replace("\n", "").count("w") >= 10_000
    assert "[U+65E5]" in text, "what no font has is written as its code point"
    assert "root:" not in text


def test_documents_are_tagged_with_title_and_language(hostile):
    root = hostile.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("de-DE", True)
    assert hostile.metadata.title == HOSTILE[1]
    assert hostile.metadata.creation_date == MOMENT
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()


def test_pages_have_numbers_and_repeat_the_head_of_a_table(hostile):
    count = len(hostile.pages)
    texts = [page.extract_text() for page in hostile.pages]
    assert [f"{number} / {count}" in text for number, text in enumerate(texts, 1)] == [True] * count
    assert sum("Price (EUR)" in text for text in texts) > 1
    assert all(HOSTILE[0] in text and HOSTILE[7] in text for text in texts)


def test_values_are_written_as_in_the_locale_and_fonts_are_inside(hostile):
    assert "0,99\u00a0EUR" in "".join(page.extract_text() for page in hostile.pages)
    fonts = [font.get_object() for page in hostile.pages for font in page["/Resources"]["/Font"].values()]
    names = {font["/BaseFont"].partition("+")[2] for font in fonts}
    assert {name[:4] for name in names} == {"Noto"}
    assert all("/FontDescriptor" in font["/DescendantFonts"][0].get_object() for font in fonts)


def test_sections_stand_in_the_order_of_the_style_and_a_damaged_logo_is_left_out():
    subject = document(
        Text(body="first"), KeyFigures(figures=[(Column(title="x"), "second")]), Text(body="third")
    )
    style = Style(sections=("key_figures",), logo=png()[:-20], paper="letter")
    (page,) = pypdf.PdfReader(io.BytesIO(pdf(subject, style))).pages
    assert page.mediabox.width == 612
    text = page.extract_text()
    assert "second" in text and "first" not in text and "third" not in text


def test_what_takes_too_much_ends_and_takes_nothing_else_with_it(monkeypatch):
    subject = document(ChartSection(chart=Chart(kind="bar", title="x", series={"a": [("b", 1)]})))
    for name, value in (("MEMORY_BYTES", 100_000_000), ("TIMEOUT_SECONDS", 0.001), ("MAX_INPUT_BYTES", 10)):
        with monkeypatch.context() as patch, pytest.raises(RenderingTooCostly):
            patch.setattr(child_process, name, value)
            pdf(subject)


def test_what_is_too_large_for_a_document_is_refused_before_it_is_rendered(monkeypatch):
    with pytest.raises(UnsuitableTable, match="2,001 rows; the limit is 2,000"):
        pdf(document(TableSection(table=Table(columns=COLUMNS, rows=[["a", 1]] * 2_001))))
    with pytest.raises(RenderingTooCostly, match="characters; the limit is 2,000,000"):
        pdf(document(Text(body="x " * 1_000_000)))
    with pytest.raises(RenderingTooCostly, match="21 charts"):
        pdf(document(*[ChartSection(chart=Chart(kind="bar", title="x", series={"a": [("b", 1)]}))] * 21))


def test_the_child_has_nothing_of_the_server(monkeypatch):
    """Neither its variables, among them the secret, nor its folder."""
    monkeypatch.setenv("REMIT_SECRET", "planted")
    seen = {}

    def run(arguments, **options):
        seen.update(options, arguments=arguments)
        raise child_process.subprocess.TimeoutExpired(arguments, 1)

    monkeypatch.setattr(child_process.subprocess, "run", run)
    with pytest.raises(RenderingTooCostly):
        pdf(document(Text(body="x")))
    assert set(seen["env"]) == {"HOME", "TMPDIR", "TZ", "LANG"}
    assert seen["arguments"][1] == "-I"
    assert documents.FONTS[0] == "Noto Sans"
