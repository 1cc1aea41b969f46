"""Differences between two runs with their bounds, a line where nothing differs, and what may be lost: a forest plot."""

import math
from dataclasses import dataclass

import altair as alt
import pandas as pd

from harness.report.charts.figure import INK, MUTED, Figure, Mark
from harness.report.charts.lines import Drawing
from harness.report.charts.scatter import cut
from harness.report.charts.theme import color, data, figure, nice_domain, shape
from harness.report.gate.rows import (
    Direction,
    against,
    direction_of,
    figures,
    levels_of,
    measure_name,
    task_name,
    urgent_first,
    verdict_text,
)
from harness.report.model.arms import method_label
from harness.report.model.links import arm_named
from harness.report.words.numbers import unit_of
from harness.schema.gate import GateContent, GateResult, Verdict
from harness.schema.results import Results

MOST_ROWS = 40
"""Rows of one figure; of more, only those that do not pass."""
WIDTH, STEP, LABEL = 430, 19, 200
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 1.0, 1.02, 1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0,
          20.0, 50.0, 100.0)  # fmt: skip
_MOST_TICKS = 7
_OF_ONE_TASK = ("forgetting_task", "text")


@dataclass(frozen=True)
class _Family:
    """Rows that share an axis.

    Attributes:
        neutral: the value of no difference.
        scale: from a row's own unit to the axis's.
    """

    target: str
    title: str
    neutral: float
    scale: float

    @property
    def is_ratio(self) -> bool:
        return self.neutral == 1


def forests(content: GateContent, results: Results, known: list[Mark], name: str) -> list[Figure]:
    """A figure per target and kind of measure: scores in points, in nats, costs as ratios. Identical rows are left out.

    Args:
        content: of `gate.json`, finite and with visible texts.
        known: colour and shape of every method of the present run.
    """
    found: dict[_Family, list[GateResult]] = {}
    for row in content.gates:
        differs = row.difference is not None and direction_of(row) not in (Direction.SAME, Direction.MISSING)
        if differs and not (row.is_cost and min(row.difference or 0, row.limit) <= 0):  # which has no logarithm
            found.setdefault(_family(row), []).append(row)
    families = enumerate(found.items())
    return [_forest(family, rows, results, known, f"{name}-{place}") for place, (family, rows) in families]


def _family(row: GateResult) -> _Family:
    if row.metric is None:
        return _Family(row.target, "Ratio to the baseline (log scale), below 1 is cheaper", 1.0, 1.0)
    unit = unit_of(row.metric)
    return _Family(row.target, f"Difference ({unit.name or 'metric'}), above 0 is better", 0.0, unit.scale)


def _forest(family: _Family, rows: list[GateResult], results: Results, known: list[Mark], name: str) -> Figure:
    """A panel per measure and task, a row per arm."""
    shown, said = selected(rows)
    frame = _drawn(shown, family, results)
    values = [*frame["value"], *frame["low"], *frame["high"], *frame["limit"], family.neutral]
    strangers = dict.fromkeys(frame.loc[~frame["method"].isin([mark.name for mark in known]), "method"])
    found = [*known, *(Mark(method, INK, "circle", shared=True) for method in strangers)]
    last = frame["panel"].iloc[-1]
    panels = frame.groupby("panel", sort=False)
    chart = alt.vconcat(*(_panel(rows, family, values, found, panel == last) for panel, rows in panels), spacing=6)
    kind = "costs" if family.is_ratio else f"scores in {family.title.partition('(')[2].partition(')')[0]}"
    levels = levels_of(shown)
    bounds = f"Bars are one-sided bounds{f', at {levels} each' if levels else ''}"
    bounds += ", of timings; counts have none" if family.is_ratio else ""
    caption = (
        f"{family.target}: {kind}, now against before. {bounds}. The upright line is no difference, the grey field "
        f"beside it what may be lost.{said}"
    )
    longest = max(map(len, frame["label"]))
    return figure(chart, name, family.target, f"Differences in {kind} on {family.target}", caption, longest)


def selected(rows: list[GateResult]) -> tuple[list[GateResult], str]:
    """At most `MOST_ROWS` rows in the order of the run, and what a caption says of those left out.

    Of more than that, only what does not pass; where everything passes, what is not about one task alone.
    """
    if len(rows) <= MOST_ROWS:
        return _by_panel(rows, rows), ""
    urgent = [row for row in urgent_first(rows) if row.verdict is not Verdict.PASS]
    which = f"those that do not pass ({len(urgent):,})"
    if not urgent:
        urgent = [row for row in rows if row.measure not in _OF_ONE_TASK] or rows
        which = f"all of which pass, those that are not about one general task alone ({len(urgent):,})"
    cut = f", {MOST_ROWS} of these" if len(urgent) > MOST_ROWS else ""
    said = f" Of {len(rows):,} rows that differ, {which}{cut} are drawn; the tables have all."
    return _by_panel(urgent[:MOST_ROWS], rows), said


def _by_panel(rows: list[GateResult], everything: list[GateResult]) -> list[GateResult]:
    """Rows of one panel together, panels and rows in the order of `everything`."""
    order = list(dict.fromkeys(_panel_name(row) for row in everything))
    place = {row.id: number for number, row in enumerate(everything)}
    return sorted(rows, key=lambda row: (order.index(_panel_name(row)), place[row.id]))


def _panel_name(row: GateResult) -> str:
    task = task_name(row) if row.measure in _OF_ONE_TASK else ""
    return ", ".join(filter(None, (measure_name(row), task, against(row).replace("its own", "the"))))


def _drawn(rows: list[GateResult], family: _Family, results: Results) -> pd.DataFrame:
    """A row for each, in the unit of the axis; the grey field reaches from `field` to `limit`."""
    drawn = []
    for row in rows:
        arm = arm_named(results, row.target, row.arm)
        value = family.scale * (row.difference or 0.0)
        low, high = (family.scale * bound for bound in row.bounds) if row.bounds else (value, value)
        said = figures(row)
        bounds = f" ({said.bounds})" if said.bounds else ""
        asks_for_gain = row.measure == "learned"  # the limit is a gain that is needed, and not a loss that may be
        limit = row.limit if family.is_ratio else family.scale * row.limit * (1 if asks_for_gain else -1)
        drawn.append(
            {"arm": row.arm, "label": cut(row.arm), "method": row.arm if arm is None else method_label(arm),
             "panel": _panel_name(row), "value": value, "low": low, "high": high, "limit": limit,
             "field": limit if asks_for_gain else family.neutral, "neutral": family.neutral,
             "verdict": "" if row.verdict is Verdict.PASS else verdict_text(row.verdict),
             "note": f"{_panel_name(row)}: {said.difference}{bounds}, margin {said.margin}, {row.verdict}"}
        )  # fmt: skip
    return pd.DataFrame(drawn)


def _panel(frame: pd.DataFrame, family: _Family, values: list[float], known: list[Mark], last: bool) -> Drawing:
    """One measure on one task.

    Args:
        values: all that the axis must hold, the same for every panel.
        last: whether the axis has its labels here.
    """
    scale, axis = _axis(family, values, last)
    x = alt.X("value:Q", title=family.title if last else None, scale=scale, axis=axis)
    order = list(frame["label"])
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(grid=False, labelLimit=LABEL))
    rows, ink = alt.Chart(data(frame)), color(known)
    field = rows.mark_bar(color=MUTED, opacity=0.14, height={"band": 1})
    limit, neutral = (
        rows.mark_tick(color=upright, thickness=1.3, size=STEP, orient="vertical") for upright in (MUTED, INK)
    )
    verdict = rows.mark_text(color=INK, align="left", baseline="middle", fontSize=11)
    layers = (
        field.encode(alt.X("field:Q", scale=scale), y, x2=alt.X2("limit:Q")),
        limit.encode(y=y, x=alt.X("limit:Q")),
        neutral.encode(y=y, x=alt.X("neutral:Q")),
        rows.mark_rule(strokeWidth=1.8, opacity=0.7).encode(y=y, x=alt.X("low:Q"), x2=alt.X2("high:Q"), color=ink),
        rows.mark_point(filled=True, size=60, opacity=1).encode(x, y, color=ink, shape=shape(known)),
        verdict.encode(alt.XValue(WIDTH + 8), y, text=alt.Text("verdict:N")),  # type: ignore[no-untyped-call]
    )
    title = alt.TitleParams(frame["panel"].iloc[0], fontSize=12, fontWeight=500, offset=3, limit=WIDTH, frame="group")
    return alt.layer(*layers).properties(width=WIDTH, height=STEP * len(set(order)), title=title)


def _axis(family: _Family, values: list[float], labels: bool) -> tuple[alt.Scale, alt.Axis]:
    """Linear for differences, logarithmic for ratios."""
    if not family.is_ratio:
        low, high = nice_domain(values, 0.05)
        return alt.Scale(domain=[low, high], nice=False, zero=False), alt.Axis(tickCount=6, labels=labels)
    low, high = (math.exp(bound) for bound in nice_domain([math.log(value) for value in values], 0.05))
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    every = -(-len(ticks) // _MOST_TICKS)
    kept = ticks[ticks.index(1.0) % every :: every]
    return alt.Scale(type="log", domain=[low, high], nice=False), alt.Axis(values=kept, format="~g", labels=labels)
