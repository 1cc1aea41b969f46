"""How does LoRA fare against full fine-tuning as targets get further from what the base knows?"""

from operator import attrgetter
from typing import NamedTuple

from harness.report.charts.figure import Figure, Mark
from harness.report.model.arms import REFERENCE, comparison, forgetting, gain, measured_arms, targets, triple
from harness.report.tables import table as tables
from harness.report.tables.table import Cell, Col, Columns, Figures, Num, Table
from harness.report.words.numbers import MINUS, MISSING, POINTS, Triple, Unit, absolute, unit_of
from harness.report.words.phrases import Sentence, joined, margin_of
from harness.schema.comparisons import VersusFull
from harness.schema.results import ArmResult, Results

LORA = "lora"
USUAL_RANK = 16
FEWEST = 3
"""Targets from which on there is a ladder."""

_GAINS = {
    "more": "gained more on {targets}",
    "equal": "gained as much ({margin}) on {targets}",
    "ceiling": "gained, as it did, all there is to gain on {targets}",
    "less": "gained less on {targets}",
    "undecided": "cannot be told apart in gain on {targets}",
}


class Step(NamedTuple):
    """Both arms on one target, and what their paired comparison says; None where they shared no seed."""

    target: str
    full: ArmResult
    lora: ArmResult
    comparison: VersusFull | None

    @property
    def unit(self) -> Unit:
        """Of gains."""
        return unit_of(self.full.metric)


def ladder(results: Results) -> list[Step]:
    """Steps in the order of the run; empty unless both arms were measured on enough targets."""
    found = {target: measured_arms(results, target) for target in targets(results)}
    full = {target: arm for target, arms in found.items() for arm in arms if arm.arm == REFERENCE}
    ranks: dict[int, dict[str, ArmResult]] = {}
    for target in full:
        for arm in found[target]:
            if arm.method == LORA and not arm.settings and arm.quantization == "none" and arm.rank:
                ranks.setdefault(arm.rank, {})[target] = arm
    if not ranks:
        return []
    lora = ranks[max(ranks, key=lambda rank: (len(ranks[rank]), rank == USUAL_RANK, rank))]
    steps = [Step(target, full[target], arm, comparison(results, arm)) for target, arm in lora.items()]
    return steps if len(steps) >= FEWEST else []


def sentence(results: Results) -> Sentence | None:
    """Targets by what their paired comparison allows to say; None where the run is no ladder."""
    steps = ladder(results)
    rows = [(step, step.comparison) for step in steps if step.comparison is not None]
    if not rows:
        return None
    clauses = []
    for relation, phrase in _GAINS.items():
        if there := [step for step, row in rows if row.gain == relation]:
            margin = margin_of(rows[0][1].equal_gain_margin, there[0].full.metric)
            clauses.append(phrase.format(targets=joined([step.target for step in there]), margin=margin))
    for forgets in ("less", "more"):
        if names := [step.target for step, row in rows if row.forgets_at_matched_gain == forgets]:
            clauses.append(f"forgot {forgets} at matched gain on {joined(names)}")
    way = f"from {steps[0].target} (near) to {steps[-1].target} (far)"
    text = f"Against full fine-tuning, {way}, {steps[0].lora.arm} {'; '.join(clauses)}."
    return Sentence("Domain shift", text)


def table(results: Results) -> Table:
    """Full fine-tuning and LoRA side by side, a row per target; without rows where the run is no ladder."""
    steps = ladder(results)
    lora = steps[0].lora.arm if steps else ""
    unit, points = attrgetter("unit"), "Points of accuracy"
    columns: Columns[Step] = (
        Col("Target", lambda step: Cell(step.target, step.full.metric.replace("_", " "))),
        Num("Base", lambda step: absolute(step.full.target.before if step.full.target else None, step.full.metric),
            title="Score before any training"),
        Figures("Gain, full", lambda step: gain(step.full), unit, plus=True, among=_gains),
        Figures(f"Gain, {lora}", lambda step: gain(step.lora), unit, plus=True, among=_gains),
        Figures("Difference in gain", _difference, unit, plus=True, title="LoRA minus full fine-tuning, paired"),
        Figures("Forgetting, full", lambda step: forgetting(step.full), POINTS, among=_losses, title=points),
        Figures(f"Forgetting, {lora}", lambda step: forgetting(step.lora), POINTS, among=_losses, title=points),
        Col("Verdict", lambda step: step.comparison.verdict if step.comparison else None,
            title="LoRA against full fine-tuning"),
    )  # fmt: skip
    caption = (
        f"From near to what the base knows to far from it, in the order of the run: full fine-tuning and {lora}. "
        f"Differences are {lora} {MINUS} full, paired item by item; shares are in points."
    )
    return tables.table("domain-shift", caption, columns, {"": steps}, "wide prose")


def _gains(step: Step) -> tuple[Triple | None, ...]:
    """From which both columns take their decimals."""
    return gain(step.full), gain(step.lora)


def _losses(step: Step) -> tuple[Triple | None, ...]:
    return forgetting(step.full), forgetting(step.lora)


def _difference(step: Step) -> Triple | Cell:
    row = step.comparison
    paired = row and triple(row.gain_difference, row.gain_ci95)
    return paired or Cell(MISSING, title="no seed in common", tone="quiet")


def chart(results: Results, known: list[Mark], name: str) -> Figure | None:
    """Two panels, gain and forgetting; gain only where all targets share a unit. None where the run is no ladder."""
    from harness.report.charts.levels import ladder as draw  # altair takes a second to load: not for a sentence

    steps = ladder(results)
    if not steps:
        return None
    units = {step.unit for step in steps}
    caption = (
        f"Full fine-tuning and {steps[0].lora.arm}, from near to what the base knows (left) to far from it (right). "
        "Bars are 95 % intervals. Targets differ in more than distance: read the two arms of one target against "
        "each other."
    )
    arms = [arm for step in steps for arm in (step.full, step.lora)]
    return draw(arms, units.pop() if len(units) == 1 else None, known, name, caption)
