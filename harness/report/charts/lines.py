"""Lines with intervals along steps, ranks or targets, a panel each where they are many; labels beside their points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import altair as alt
import pandas as pd
from altair.typing import Optional

from harness.report.charts.figure import INK, Figure, Mark
from harness.report.charts.labels import SIDES, Plane
from harness.report.charts.theme import color, data, figure, shape

Drawing = alt.LayerChart | alt.FacetChart


@dataclass(frozen=True)
class Look:
    """Of a line, its bars and its marks: widths and opacities, and pixels to the right."""

    line: tuple[float, Optional[float]]
    bar: tuple[float, float]
    size: float
    shift: Optional[float] = alt.Undefined


def intervals(
    chart: alt.Chart,
    x: alt.X,
    y: tuple[alt.Y, alt.Y],
    known: list[Mark],
    look: Look,
    detail: Optional[alt.Detail] = alt.Undefined,
) -> list[alt.Chart]:
    """A line through the values, bars from `low` to `high`, and marks.

    Args:
        y: the axis of the values, and of where bars begin.
    """
    ink, shift = color(known), look.shift
    line = chart.mark_line(strokeWidth=look.line[0], opacity=look.line[1], xOffset=shift)
    bars = chart.mark_rule(strokeWidth=look.bar[0], opacity=look.bar[1], xOffset=shift)
    dots = chart.mark_point(filled=True, size=look.size, opacity=1, xOffset=shift)
    return [
        line.encode(x, y[0], color=ink, detail=detail),
        bars.encode(x, y[1], y2=alt.Y2("high:Q"), color=ink),
        dots.encode(x, y[0], color=ink, shape=shape(known)),
    ]


def side_by_side(
    frame: pd.DataFrame, by: str, x: alt.X, y: tuple[alt.Y, alt.Y], known: list[Mark], look: Look, pixels: float
) -> list[alt.Chart]:
    """Lines of one panel, moved apart by `pixels` so that their bars can be read."""
    lines = [alt.Chart(data(rows)) for _, rows in frame.groupby(by, sort=False)]
    shifts = (pixels * (place - (len(lines) - 1) / 2) for place in range(len(lines)))
    looks = [replace(look, shift=shift) for shift in shifts]
    return [layer for line, own in zip(lines, looks, strict=True) for layer in intervals(line, x, y, known, own)]


def scales(plane: Plane) -> tuple[alt.Scale, alt.Scale]:
    """Of both axes."""
    return alt.Scale(domain=plane.x_domain, nice=False), alt.Scale(domain=plane.y_domain, nice=False)


def apart(layered: Drawing, by: str, names: Iterable[str], width: int, height: int, columns: int) -> alt.FacetChart:
    """A small panel for each of `names`, in their order, where the rows' field `by` has it."""
    facet = alt.Facet(f"{by}:N", sort=list(dict.fromkeys(names)), title=None, header=alt.Header(labelLimit=width))
    return layered.properties(width=width, height=height).facet(facet, columns=columns)


def beside(panels: Sequence[Drawing], name: str, target: str, description: str, caption: str) -> Figure | None:
    """In one row; panels that hold many smaller ones are wide, and stand two by two. None without panels."""
    wide = len(panels) > 2 and any(isinstance(panel, alt.FacetChart) for panel in panels)
    across = 2 if wide else len(panels) or 1
    rows = [alt.hconcat(*panels[first : first + across], spacing=34) for first in range(0, len(panels), across)]
    chart = alt.vconcat(*rows, spacing=34) if wide else next(iter(rows), None)
    return None if chart is None else figure(chart, name, target, description, caption)


def texts(chart: alt.Chart, x: alt.X, y: alt.Y, text: str) -> list[alt.Chart]:
    """Labels at their spots."""
    return [
        chart.transform_filter(f"datum.align == '{side}'")
        .mark_text(align=side, baseline="middle", color=INK, fontSize=11)
        .encode(x, y, text=alt.Text(f"{text}:N"))
        for side in SIDES
    ]
