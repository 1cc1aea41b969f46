"""The table at the end of a run, for a terminal of any width."""

import io
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report.arms import Arm, forgetting, gain, method_label, metric, targets, trained_arms
from harness.report.numbers import (
    MINUS,
    MISSING,
    POINTS,
    Unit,
    count,
    duration,
    fixed,
    size,
    supported_decimals,
    unit_of,
)
from harness.report.text import finite, visible, visible_content
from harness.report.verdict import verdict

ROOMY = 120
"""Columns from which both bounds of an interval are shown; below, the larger distance to one."""

Triple = tuple[float, float, float]


def render_table(results: dict[str, Any], width: int, color: bool) -> str:
    """Gain, forgetting and cost of every arm per target, then the warnings, as lines of at most `width` columns."""
    results = visible_content(finite(results))
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as captured:
        for target in targets(results):
            if trained_arms(results, target):
                console.print(Text(_heading(results, target, roomy=width >= ROOMY), style="bold"))
                console.print(_table(results, target, roomy=width >= ROOMY))
                console.print()
        for sentence in verdict(results).sentences:
            console.print(Text(f"{sentence.topic}: ", style="bold") + Text(sentence.text))
        for warning in verdict(results).warnings:
            console.print(Text(f"! {warning}", style="yellow"))
    return _plain(captured.get())


def _heading(results: dict[str, Any], target: str, roomy: bool) -> str:
    unit = unit_of(metric(results, target)).name or metric(results, target)
    return f"{target}: gain in {unit}, forgetting in points, {'95 % interval' if roomy else '± 95 % interval'}"


def _table(results: dict[str, Any], target: str, roomy: bool) -> Table:
    unit = unit_of(metric(results, target))
    arms = trained_arms(results, target)
    gains, losses = [gain(arm) for arm in arms], [forgetting(arm) for arm in arms]
    table = Table(box=None, padding=(0, 2 if roomy else 1, 0, 0))
    table.add_column("method", overflow="fold")
    for heading, justify in _COLUMNS:
        table.add_column(heading if roomy else _SHORT.get(heading, heading), justify=justify, no_wrap=True)
    for arm, gained, lost in zip(arms, gains, losses, strict=True):
        table.add_row(
            method_label(arm),
            MISSING if arm["rank"] is None else str(arm["rank"]),
            arm["quantization"],
            _figure(gained, gains, unit, roomy, plus=True) if gained else _stopped(arm),
            _figure(lost, losses, POINTS, roomy) if lost else MISSING,
            count(arm["cost"].get("trainable_params")),
            duration(arm["cost"].get("train_s")),
            size(arm["cost"].get("peak_memory_bytes")),
        )
    return table


_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("rank", "right"),
    ("quantization", "left"),
    ("gain", "right"),
    ("forgetting", "right"),
    ("trained parameters", "right"),
    ("time", "right"),
    ("memory", "right"),
)
_SHORT = {"quantization": "quant", "trained parameters": "params"}


def _figure(triple: Triple, column: Sequence[Triple | None], unit: Unit, roomy: bool, plus: bool = False) -> str:
    """`+42.3 [38.1, 46.5]`, or `+42.3 ±4.2` where there is little room."""
    decimals = supported_decimals([one[1:] for one in column if one], unit.scale)
    value, low, high = (unit.scale * bound for bound in triple)
    if roomy:
        return f"{fixed(value, decimals, plus)} [{fixed(low, decimals)}, {fixed(high, decimals)}]"
    return f"{fixed(value, decimals, plus)} ±{fixed(max(value - low, high - value), decimals)}"


def _stopped(arm: Arm) -> str:
    """Why there is no figure."""
    statuses = [status.replace("_", " ") for status in dict.fromkeys(arm["statuses"]) if status != "completed"]
    return visible(", ".join(statuses)) or MISSING


def _plain(text: str) -> str:
    """Terminals and logs that know no typographic minus still show the sign; no blanks at line ends."""
    plain = text.replace(MINUS, "-").replace(MISSING, "-")
    return "".join(f"{line.rstrip()}\n" for line in plain.splitlines())
