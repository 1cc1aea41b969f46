"""Full fine-tuning and LoRA side by side, from near to far."""

from harness.report.model.arms import forgetting, gain
from harness.report.tables.table import NOT_MEASURED, Cell, Column, Group, Table, figure, known
from harness.report.topics.domain_shift import Step, ladder
from harness.report.words.numbers import MINUS, MISSING, POINTS, absolute, fixed, spread, supported_decimals, unit_of
from harness.schema.results import Results


def domain_shift_table(results: Results) -> Table | None:
    """A row per target; None where the run is no ladder."""
    steps = ladder(results)
    if not steps:
        return None
    lora = steps[0].lora["arm"]
    columns = (
        Column("Target"),
        Column("Base", True, "Score before any training"),
        Column("Gain, full", True),
        Column(f"Gain, {lora}", True),
        Column("Difference in gain", True, "LoRA minus full fine-tuning, paired"),
        Column("Forgetting, full", True, "Points of accuracy"),
        Column(f"Forgetting, {lora}", True, "Points of accuracy"),
        Column("Verdict", title="LoRA against full fine-tuning"),
    )
    caption = (
        f"From near to what the base knows to far from it, in the order of the run: full fine-tuning and {lora}. "
        f"Differences are {lora} {MINUS} full, paired item by item; shares are in points."
    )
    rows = tuple(_row(step, steps) for step in steps)
    return Table("domain-shift", caption, columns, (Group("", rows),), "wide prose")


def _row(step: Step, steps: list[Step]) -> tuple[Cell, ...]:
    target = step.full.target
    unit = unit_of(target.metric)
    gains = [gain(arm) for one in steps for arm in (one.full, one.lora)]
    losses = [forgetting(arm) for one in steps for arm in (one.full, one.lora)]
    return (
        Cell(step.target, target.metric.replace("_", " ")),
        known(absolute(target.before, target.metric)),
        figure(gain(step.full), gains, unit, plus=True),
        figure(gain(step.lora), gains, unit, plus=True),
        _difference(step, steps, unit.scale),
        figure(forgetting(step.full), losses, POINTS),
        figure(forgetting(step.lora), losses, POINTS),
        NOT_MEASURED if step.comparison is None else Cell(step.comparison.verdict),
    )


def _difference(step: Step, steps: list[Step], scale: float) -> Cell:
    row = step.comparison
    if row is None or row["gain_difference"] is None:
        return Cell(MISSING, title="no seed in common", tone="quiet")
    decimals = supported_decimals([one.comparison.gain_ci95 for one in steps if one.comparison], scale)
    interval = spread(row["gain_ci95"], decimals, scale)
    return Cell(fixed(row["gain_difference"] * scale, decimals, plus=True), interval)
