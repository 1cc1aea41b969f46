"""What a gate says, in words: the one place that turns a row of `gate.json` into texts.

The page, the terminal, `summary.md` and a CI system's annotations all draw on it: which way a figure went, its
figures with their units, its margin, the reason, and what would settle it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from harness.judge.gate.margins import ANCHOR, BASE, COUNTS, FORGETTING, LEARNED, STEP_TIME
from harness.judge.gate.scores import ALPHA
from harness.report.words import numbers
from harness.report.words.numbers import MISSING, Unit, fixed
from harness.report.words.phrases import joined, some
from harness.schema.gate import Anchor, Check, GateContent, GateResult, Side, Verdict, Worse
from harness.schema.wording import counted


class Direction(Enum):
    """Which way a figure went, margins aside."""

    WORSE = "got worse"
    BETTER = "got better"
    OPEN = "cannot be told"
    SAME = "unchanged"
    MISSING = "not compared"


class Look(NamedTuple):
    """How a verdict is shown: on a page, in Markdown, on a terminal, and where a difference lies then."""

    shape: str
    tone: str
    mark: str
    color: str
    lies: str


LOOKS = {
    Verdict.FAIL: Look("✕", "bad", "❌", "31", "outside the margin"),
    Verdict.INCONCLUSIVE: Look("?", "warn", "❔", "33", "perhaps outside"),
    Verdict.PASS: Look("✓", "good", "✅", "32", "inside the margin"),
}
VERDICTS = tuple(LOOKS)
"""The most urgent first."""

NAMES = {
    "gain": "target score",
    "learned": "learned over the base",
    "forgetting": "forgetting, mean",
    "forgetting_task": "forgetting",
    "text": "general text",
    "peak_memory": "peak memory",
    "flops": "operations, training",
    "serving_flops": "operations, serving",
    "artifact_size": "size to keep",
    "trainable_params": "trained parameters",
    "step_time": "step time",
}
_BYTES = ("peak_memory", "artifact_size")
_TIMES = Unit(1.0, "times")


def direction_of(row: GateResult) -> Direction:
    """Better or worse where the one-sided bound says so; a count has no noise and needs none."""
    if row.is_cost and row.low is None and row.before is not None and row.after is not None:
        return _direction(row.before - row.after, row.before - row.after)
    if row.difference is None or row.bounds is None:
        return Direction.OPEN if row.verdict is Verdict.INCONCLUSIVE else Direction.MISSING
    low, high = row.bounds
    if row.is_cost:
        return _direction(1 - high, 1 - low)
    # Whether the bounds hold the noise of items alone, since seeds matter and there was one.
    one_seed = row.verdict is Verdict.INCONCLUSIVE and len(row.seeds) == 1 and row.seeds[0] is not None
    told = _direction(low, high)
    return Direction.OPEN if one_seed and told is not Direction.SAME else told


def _direction(low: float, high: float) -> Direction:
    if low == high == 0:
        return Direction.SAME
    return Direction.BETTER if low > 0 else Direction.WORSE if high < 0 else Direction.OPEN


def urgent_first(rows: Sequence[GateResult]) -> list[GateResult]:
    """Failures, then what is open, then what held; each in the order of the run."""
    return sorted(rows, key=lambda row: VERDICTS.index(row.verdict))


def verdict_text(verdict: Verdict) -> str:
    """`✕ FAIL`: a shape and a word."""
    return f"{LOOKS[verdict].shape} {verdict}"


def measure_name(row: GateResult) -> str:
    """What is compared, in words; a name that is not known as it is."""
    return NAMES.get(row.measure, row.measure)


def task_name(row: GateResult) -> str:
    """The task that was scored; empty for costs."""
    if row.is_cost:
        return ""
    return "all general tasks" if row.measure == FORGETTING else row.task or row.target


def against(row: GateResult | Worse) -> str:
    """Empty where it is the baseline, as usual."""
    return {BASE: "against its own base", ANCHOR: "against the anchor"}.get(row.against, "")


@dataclass(frozen=True)
class Figures:
    """A row's numbers as texts, each with its unit."""

    before: str
    after: str
    difference: str
    bounds: str
    """One-sided ones of the difference; empty where it has no noise or was not measured."""
    level: str
    """How sure each bound is, `95 %`; empty where there is none, or an older file does not say."""
    margin: str
    merit: float | None
    """What differences are sorted by: hundredths, positive where it got better."""


def figures(row: GateResult) -> Figures:
    """Before, after, difference, bounds, margin: scores in points or nats, costs as ratios."""
    unit, decimals = _unit(row), _decimals(row)
    before, after = _sides(row)
    value, merit = MISSING, None
    if row.difference is not None:
        merit = 100 * (1 - row.difference) if row.is_cost else unit.scale * row.difference
        value = _ratio(row.difference) if row.is_cost else unit.after(fixed(merit, decimals, plus=True))
    bounds = numbers.spread(row.bounds, decimals, unit.scale)
    return Figures(before, after, value, bounds, levels_of([row]) if bounds else "", _margin(row, unit), merit)


def levels_of(rows: Iterable[GateResult]) -> str:
    """`95 %`, `95 % to 98.75 %`: how sure the bounds of all these rows are; empty where none has one."""
    known = sorted({row.confidence for row in rows if row.confidence is not None})
    ends = dict.fromkeys(f"{100 * one:.6g} %" for one in (*known[:1], *known[-1:]))
    return " to ".join(ends)


def _unit(row: GateResult) -> Unit:
    return _TIMES if row.metric is None else numbers.unit_of(row.metric)


def _decimals(row: GateResult) -> int:
    return 2 if row.is_cost else max(1, numbers.supported_decimals([row.bounds], _unit(row).scale))


def _sides(row: GateResult) -> tuple[str, str]:
    """Before and after; counts to the last digit where they would look alike otherwise."""
    before, after = _amount(row, row.before), _amount(row, row.after)
    if before == after and row.before != row.after and row.measure in COUNTS:
        unit = " B" if row.measure in _BYTES else ""
        return f"{row.before:,.0f}{unit}", f"{row.after:,.0f}{unit}"
    return before, after


def _amount(row: GateResult, value: float | None) -> str:
    if value is None or row.metric is not None:
        return numbers.absolute(value, row.metric or "")
    if row.measure == STEP_TIME:
        return f"{_TIMES.after(f'{value:.3g}')} the control"
    return numbers.size(value) if row.measure in _BYTES else numbers.count(value)


def _ratio(ratio: float) -> str:
    text = fixed(ratio, 3)
    if text == "1.000" and ratio != 1:
        return f"just {'above' if ratio > 1 else 'below'} 1 time"
    return f"{text} times"


def _margin(row: GateResult, unit: Unit) -> str:
    if row.is_cost:
        return _TIMES.after(f"{row.limit:g}")
    sign, word = (1, "at least ") if row.measure == LEARNED else (-1, "")
    return unit.after(f"{word}{sign * unit.scale * row.limit:+.3g}".replace("-", numbers.MINUS))


def why(row: GateResult) -> str:
    """The gate's reason, what would have shown, and what would settle it."""
    said = [row.reason]
    if row.detectable is not None and row.low != row.high and not row.is_cost:
        least = _unit(row).after(fixed(_unit(row).scale * row.detectable, _decimals(row)))
        said.append(f"a difference of {least} would have shown")
    if row.verdict is Verdict.INCONCLUSIVE and row.difference is not None:
        said.append(_settling(row))
    return "; ".join(said)


def _settling(row: GateResult) -> str:
    """How many seeds or items would decide."""
    parts = [counted(number, what.removesuffix("s")) for what, number in row.settle or () if number is not None]
    if not parts:
        return "too near to the margin for more seeds or items to settle it"
    return f"about {joined(parts)} would settle it, if the difference stayed"


def sentence(row: GateResult) -> str:
    """What one gate says: the difference, its bounds, the margin, and what could have been seen."""
    shown = figures(row)
    said = f"{row.verdict} {row.id}: "
    if row.difference is not None:
        bounds = f" ({f'one-sided {shown.level}'.rstrip()}: {shown.bounds})" if shown.bounds else ""
        of = f" the {row.against}" if row.is_cost else ""
        said += f"{shown.difference}{of}{bounds}, {'' if row.measure == LEARNED else 'margin '}{shown.margin}; "
    return said + why(row)


def not_comparable(content: GateContent) -> list[str]:
    """Names of the checks that do not hold."""
    return [one.name for one in content.comparable if one.verdict is not Verdict.PASS]


def headline(content: GateContent) -> str:
    """Why the verdict is what it is, in one line."""
    counts, judged = content.counts, content.counts.judged
    if not content.reached_end:
        return "the run broke off before every gate was judged"
    if not judged:
        return "no gate was judged"
    if broken := not_comparable(content):
        return f"the two sides cannot be compared ({', '.join(broken)})"
    said = [f"{counts.FAIL} of {counted(judged, 'gate')} failed"] if counts.FAIL else []
    said += [f"{counts.INCONCLUSIVE} of {judged} cannot tell yet"] if counts.INCONCLUSIVE else []
    return ", ".join(said) or f"{counted(judged, 'gate')} held, nothing got worse by more than its margin"


def notable(checks: Sequence[Check]) -> list[Check]:
    """Those that failed, or that hold only because the user allowed the difference."""
    return [one for one in checks if one.verdict is not Verdict.PASS or one.reason.startswith("allowed")]


def side_facts(side: Side) -> str:
    """How many trials it has, and when it was accepted."""
    return counted(side.trials, "trial") + (f", accepted {side.accepted_at[:10]}" if side.accepted_at else "")


def anchor_facts(anchor: Anchor) -> str:
    """What else the run is held to, and since when; empty where the baseline is its own anchor, as at first."""
    moved = f"moved here on {anchor.moved_at[:10]}: {anchor.reason}" if anchor.moved_at else ""
    if anchor.own:
        return f"the baseline, {moved}" if moved else ""
    return f"{counted(anchor.trials, 'trial')}, accepted {anchor.accepted_at[:10]}" + (f", {moved}" if moved else "")


def looks_told(content: GateContent) -> list[str]:
    """Which look at these trials this is, arm by arm, where it is not the first; and why looks were not kept."""
    told: dict[tuple[int, int, float, float], list[str]] = {}
    for one in content.looks:
        if one.number > 1 or not one.error:
            told.setdefault((one.number, len(one.seeds), one.error, one.left), []).append(f"{one.target} {one.arm}")
    said = [
        f"look {number} at {some(arms)}, under {counted(seeds, 'seed')}: {_spends(error)}; {_share(left)} is left for "
        "other seeds"
        for (number, seeds, error, left), arms in told.items()
    ]
    return [*said, *([content.looks_unkept] if content.looks_unkept else [])]


def _spends(error: float) -> str:
    return f"it spends {_share(error)} of error, of {_share(ALPHA)} for all looks" if error else "the error is spent"


def _share(error: float) -> str:
    return f"{100 * error:.6g} %" if error else "nothing"


def trials_named(trials: Sequence[str]) -> str:
    """The only one, or how many."""
    return trials[0] if len(trials) == 1 else counted(len(trials), "trial")


def points_lost(one: Worse) -> str:
    return MISSING if one.difference is None else fixed(-numbers.POINTS.scale * one.difference, 1)


def p_text(p: float) -> str:
    """`0.012`, `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
