"""Charts: Vega-Lite with its data inside, which asks for nothing."""

import datetime
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from xml.etree import ElementTree

import pytest

from handlers.gateways.rendering.charts import (
    COLORS,
    MAX_POINTS,
    Axis,
    Chart,
    UnsuitableChart,
    chart_png,
    chart_svg,
    refuse_outside,
    specification,
    vega_lite,
)
from handlers.gateways.rendering.child_process import RenderingFailed, render

MONTHS = [(datetime.date(2026, month, 1), month * 1000.5) for month in range(1, 5)]


def chart(kind="line", series=None, **more):
    return Chart(kind=kind, title="Hours", series=series or {"Ada": MONTHS}, x=Axis(kind="date"), **more)


@pytest.fixture
def outside():
    """A server on loopback, and the paths that it is asked for."""
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/chart", paths
    server.shutdown()
    server.server_close()


def test_a_chart_is_drawn_as_svg_in_the_words_of_its_locale():
    hostile = '<script>alert(1)</script> "&'
    svg = chart_svg(chart("line", {hostile: MONTHS, "b": MONTHS}, locale="de-DE"))
    root = ElementTree.fromstring(svg)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert hostile in texts
    assert "März" in texts
    assert "4.000" in texts
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg",
        "g",
        "path",
        "rect",
        "text",
        "line",
    }


def test_a_chart_is_drawn_as_png():
    assert chart_png(chart("bar")).startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    "fault",
    [
        {"data": {"url": "http://127.0.0.1/x"}},
        {"data": {"url": "file:///etc/passwd"}},
        {"mark": "image", "encoding": {"url": {"field": "x"}}},
        {"encoding": {"href": {"value": "http://127.0.0.1/x"}}},
        {"layer": [{"data": {"url": "x"}}]},
        {"title": {"text": {"signal": "1"}}},
        {"transform": [{"calculate": "1", "filter": {"expr": "1"}}]},
    ],
)
def test_a_specification_that_asks_for_something_outside_is_refused(fault):
    refuse_outside(specification(chart())["spec"])
    with pytest.raises(UnsuitableChart, match="must not use"):
        refuse_outside({**specification(chart())["spec"], **fault})


def test_an_address_in_the_data_is_a_value_and_is_asked_for_by_nobody(outside):
    address, paths = outside
    series = {address: [(address, 1), (f"{address}?2", 2)]}
    chart_png(Chart(kind="bar", title=address, series=series, alt=address))
    planted = {**specification(chart()), "spec": {**vega_lite(chart()), "data": {"url": address}}}
    with pytest.raises(RenderingFailed, match="not allowed"):
        render("svg", {"charts": [planted]})
    assert paths == []


def test_series_differ_by_more_than_their_color():
    two = {"a": MONTHS, "b": MONTHS}
    assert "strokeDash" in vega_lite(chart("line", two))["encoding"]
    scatter = Chart(kind="scatter", title="s", series={"a": [(1, 2)], "b": [(2, 3)]}, x=Axis(kind="number"))
    assert "shape" in vega_lite(scatter)["encoding"]
    assert len(set(COLORS)) == len(COLORS)


def test_a_chart_says_what_it_shows():
    assert vega_lite(chart())["description"].startswith("Hours. 2026-01-01: 1000.5, 2026-02-01")
    assert vega_lite(chart(alt="Rising."))["description"] == "Rising."


@pytest.mark.parametrize(
    "unsuitable",
    [
        {"Ada": []},
        {"Ada": [(datetime.date(2026, 1, 1), float("nan"))]},
        {"Ada": [(datetime.date(2026, 1, 1), "1")]},
        {"Ada": [("2026-01-01", 1)]},
        {"Ada": MONTHS * (MAX_POINTS // 4 + 1)},
    ],
)
def test_what_cannot_be_drawn_is_refused(unsuitable):
    with pytest.raises(UnsuitableChart):
        specification(chart("bar", unsuitable))
