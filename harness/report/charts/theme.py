"""How charts look: colour and shape per method, and ink that follows the page's light or dark scheme.

Charts are static SVG. Their texts and lines carry one of the `INKS` below, legible on white and on black;
the page's style sheet maps each of them to a variable of its scheme, so one rendering serves both.
"""

import html
import math
import re
from collections.abc import Sequence

import altair as alt
import pandas as pd
import vl_convert

from harness.report.charts.figure import GRID, INK, MUTED, Figure, Mark, VegaLite

FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"

_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]* d="(?:M0,0h0v0h0Z)?"[^>]*/>')
_IDLE = re.compile(
    r' (?:font-family|class|role|aria-hidden|aria-roledescription|pointer-events)="[^"]*"'
    r'| (?:opacity|stroke-width|fill-opacity|stroke-opacity)="1"| font-size="12px"'
)
"""What the picture inherits, what only scripts ask for, and what holds without being said."""
_DECIMALS = re.compile(r"(?<=\.\d\d)\d+")


class _Rows(alt.InlineData):
    """Rows that nothing changes: copies of a chart share them, which makes charts of many rows fast."""

    def __deepcopy__(self, memo: object = None) -> "_Rows":
        return self


def data(frame: pd.DataFrame) -> alt.InlineData:
    """Rows for a chart, with null for what is missing; no row limit."""
    columns = (_with_null(frame[name]) for name in frame)
    names = list(map(str, frame))
    return _Rows(values=[dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)])


def _with_null(column: pd.Series) -> list[object]:
    values = column.tolist()
    return [None if gap else value for gap, value in zip(column.isna(), values, strict=True)]


def color(known: list[Mark]) -> alt.Color:
    scale = alt.Scale(domain=[mark.name for mark in known], range=[mark.color for mark in known])
    return alt.Color("method:N", scale=scale, legend=None)


def shape(known: list[Mark]) -> alt.Shape:
    scale = alt.Scale(domain=[mark.name for mark in known], range=[mark.shape for mark in known])
    return alt.Shape("method:N", scale=scale, legend=None)


def layered(layers: Sequence[alt.Chart], width: int, height: int) -> VegaLite:
    """Those with rows. As `alt.layer`, which copies every layer several times: too slow for charts by the hundred."""
    parts = [part for layer in layers if all((part := layer.to_dict(validate=False))["datasets"].values())]
    kept = [{name: part[name] for name in ("data", "mark", "encoding")} for part in parts]
    rows = {name: found for part in parts for name, found in part["datasets"].items()}
    return {"datasets": rows, "layer": kept, "width": width, "height": height}


def figure(
    chart: alt.TopLevelMixin | VegaLite, name: str, target: str, description: str, caption: str, longest: int = 0
) -> Figure:
    """`chart` as a picture that stands in the page and can be drawn again by scripts.

    Args:
        description: what a screen reader says instead of the picture.
        longest: letters of the longest label on the left, which a reader's font may draw wider.
    """
    spec = specification(chart, longest)
    return Figure(_svg(spec, name, description), caption, name, target, spec)


def specification(chart: alt.TopLevelMixin | VegaLite, longest: int = 0) -> VegaLite:
    """`chart` as Vega-Lite, in the looks of the page."""
    found: VegaLite = chart if isinstance(chart, dict) else chart.to_dict(validate=False)
    padding = {"left": 14 + longest, "right": 10, "top": 6, "bottom": 4}  # a reader's font may run wider
    looks = {"config": _CONFIG, "background": None, "padding": padding}
    return {name: part for name, part in (found | looks).items() if name != "$schema"}


def _svg(spec: VegaLite, name: str, description: str) -> str:
    """SVG to stand in a page: transparent, named, with ids that no other chart of the page has.

    In fewer bytes, too: without what says nothing, and with hundredths of pixels at most.
    """
    svg = re.sub(r'(\bid="|url\(#)', rf"\g<1>{name}-", vl_convert.vegalite_to_svg(spec))
    svg = re.sub(r"<[^>]+>", lambda tag: "" if _EMPTY.match(tag[0]) else _DECIMALS.sub("", _IDLE.sub("", tag[0])), svg)
    said = f'role="img" aria-label="{html.escape(description)}" font-family="{FONT}" font-size="12px"'
    return svg.replace("<svg ", f"<svg {said} ", 1)


def nice_domain(values: list[float], pad: float = 0.08) -> list[float]:
    """Limits with some air around `values`."""
    low, high = min(values), max(values)
    room = (high - low or abs(high) or 1.0) * pad
    return [low - room, high + room]


def powers(values: list[float], base: int) -> list[float]:
    """Tick positions of a logarithmic axis that holds `values`, all above zero."""
    low, high = math.floor(math.log(min(values), base)), math.ceil(math.log(max(values), base))
    return [float(base) ** exponent for exponent in range(low, high + 1)]


_CONFIG: VegaLite = {
    "aria": False,  # the picture as a whole is named, and the tables hold its numbers
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12.5, "titleFontWeight": 500,
        "titlePadding": 8, "gridColor": GRID, "gridOpacity": 0.28, "domain": False, "tickColor": GRID, "ticks": False,
        "labelPadding": 6,
    },
    "header": {"labelColor": INK, "labelFontSize": 12, "labelFontWeight": 500, "titleColor": INK},
    "title": {"color": INK, "fontSize": 13, "fontWeight": 600, "anchor": "start"},
    "text": {"color": INK, "fontSize": 12},
    "legend": {"labelColor": MUTED, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12},
}  # fmt: skip
