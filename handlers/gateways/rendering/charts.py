"""Charts: a small description, turned into Vega-Lite with its data inside."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from handlers.gateways.rendering.child_process import render
from handlers.gateways.rendering.tables import clean

ChartKind = Literal["bar", "line", "area", "pie", "donut", "scatter"]
AxisKind = Literal["category", "date", "number"]
MAX_POINTS = 5_000
VEGA_LITE = "6.4"
# Okabe and Ito's colors, which people with any kind of color blindness tell apart; yellow, too light on white, is left out.
COLORS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#000000")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 1], [1, 3], [10, 4])
MARKS: Mapping[str, Mapping[str, Any]] = {
    "bar": {"type": "bar"},
    "line": {"type": "line", "point": True},
    "area": {"type": "area", "opacity": 0.85},
    "pie": {"type": "arc", "stroke": "#ffffff"},
    "donut": {"type": "arc", "innerRadius": 60, "stroke": "#ffffff"},
    "scatter": {"type": "point", "filled": True, "size": 50},
}
TYPES = {"category": "nominal", "date": "temporal", "number": "quantitative"}
# Keys by which Vega asks for what is not in the specification, or links to it.
OUTSIDE = frozenset({"url", "href", "loader", "expr", "signal", "usermeta"})


class UnsuitableChart(ValueError):
    """A chart that cannot be drawn: without data, with too much, with values that do not fit an axis, or with an address."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """``title`` may be empty.  ``kind`` says what the values are: names, dates, or numbers."""

    title: str = ""
    kind: AxisKind = "category"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """``series`` has the points ``(x, y)`` of each by its name; of a pie, one series whose x are the names of the slices.
    ``alt`` is what is read out to who does not see the chart; without it, the title and the figures."""

    kind: ChartKind
    title: str
    series: Mapping[str, Sequence[tuple[Any, float]]]
    x: Axis = field(default_factory=Axis)
    y: Axis = field(default_factory=lambda: Axis(kind="number"))
    alt: str = ""
    locale: str = "en-US"

    @property
    def description(self) -> str:
        """The alternative text."""
        if self.alt:
            return clean(self.alt)
        points = [f"{x}: {y}" for points in self.series.values() for x, y in points]
        more = f", and {len(points) - 20} more" if len(points) > 20 else ""
        return clean(f"{self.title}. {', '.join(points[:20])}{more}.")


def chart_svg(chart: Chart) -> bytes:
    """The chart as SVG."""
    return render("svg", {"charts": [specification(chart)]})


def chart_png(chart: Chart, scale: float = 2.0) -> bytes:
    """The chart as PNG; ``scale`` 2 has twice the pixels."""
    return render("png", {"charts": [specification(chart)], "scale": scale})


def specification(chart: Chart) -> dict[str, Any]:
    """What the child process draws: a Vega-Lite specification that asks for nothing outside itself, and its locale."""
    spec = vega_lite(chart)
    refuse_outside(spec)
    return {"spec": spec, "locale": chart.locale, "version": VEGA_LITE}


def refuse_outside(spec: Any) -> None:
    """Refuse a specification that names an address, or a program, anywhere but in the values of its data.

    The converter's own list of allowed addresses does not hold for images of a PNG: they are requested even when it is empty.
    """
    pending = [spec]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if forbidden := OUTSIDE & part.keys():
                raise UnsuitableChart(f"A chart must not use {', '.join(sorted(forbidden))}.")
            pending += [value for key, value in part.items() if key != "values"]
        elif isinstance(part, list):
            pending += part


def vega_lite(chart: Chart) -> dict[str, Any]:
    """The chart in Vega-Lite.  Names of fields are ours, and texts are values, so that no text is taken for a program."""
    values = [
        {"x": _value(x, chart.x), "y": _value(y, chart.y), "series": clean(name)}
        for name, points in chart.series.items()
        for x, y in points
    ]
    if not 0 < len(values) <= MAX_POINTS:
        raise UnsuitableChart(f"A chart has 1 to {MAX_POINTS:,} points; this one has {len(values):,}.")
    title = {"text": clean(chart.title), "anchor": "start", "fontSize": 14}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": title,
        "description": chart.description,
        "width": 460,
        "height": 240,
        "background": "#ffffff",
        "data": {"values": values},
        "mark": dict(MARKS[chart.kind]),
        "encoding": _slices() if chart.kind in ("pie", "donut") else _axes(chart),
        "config": {"font": "Noto Sans", "range": {"category": list(COLORS)}},
    }


def _slices() -> dict[str, Any]:
    color = {"field": "x", "type": "nominal", "title": None, "sort": None}
    return {
        "theta": {"field": "y", "type": "quantitative", "stack": True},
        "color": color,
        "order": {"field": "y"},
    }


def _axes(chart: Chart) -> dict[str, Any]:
    """The encoding of two axes; series differ in color and, in lines and points, in dashes and shapes."""
    x: dict[str, Any] = {"field": "x", "type": TYPES[chart.x.kind], "title": clean(chart.x.title) or None}
    if chart.x.kind == "category":
        x["sort"] = None
    y: dict[str, Any] = {"field": "y", "type": TYPES[chart.y.kind], "title": clean(chart.y.title) or None}
    encoding: dict[str, Any] = {"x": x, "y": y}
    if chart.kind in ("bar", "area"):
        y["stack"] = "zero"
    if len(chart.series) > 1:
        series = {"field": "series", "type": "nominal", "title": None, "sort": None}
        encoding["color"] = series
        if chart.kind == "line":
            encoding["strokeDash"] = {**series, "scale": {"range": [list(dash) for dash in DASHES]}}
        if chart.kind == "scatter":
            encoding["shape"] = series
    return encoding


def _value(value: Any, axis: Axis) -> str | float:
    if axis.kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) < float("inf"):
            return value
    elif axis.kind == "date" and isinstance(value, datetime.date):
        return value.isoformat()
    elif axis.kind == "category" and isinstance(value, str):
        return clean(value)
    raise UnsuitableChart(f"{value!r} is no {axis.kind}.")
