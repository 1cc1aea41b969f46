"""Gain and forgetting in the middle of training, and what was forgotten when gains were the same."""

from harness.report.charts.figure import Figure, Mark
from harness.report.model.arms import metric, targets, trained_arms, triple
from harness.report.model.curves import Curve, curve
from harness.report.tables import table as tables
from harness.report.tables.table import Cell, Col, Columns, Figures, Num, Table
from harness.report.topics.curves import ARM, FORGETTING, GAIN, Passed, curves_table, position
from harness.report.topics.versus_full import forgets_cell, seeds_cell
from harness.report.words.numbers import POINTS, Triple, fixed
from harness.report.words.phrases import Sentence, amount, gained_by, same_within, some
from harness.schema.comparisons import MatchedGain
from harness.schema.results import Results

_SAID = {
    "less": "had forgotten less",
    "more": "had forgotten more",
    "undecided": "cannot be told apart from it",
    "not settled": "did not reach such a gain surely enough to be compared",
}
_NOT_SETTLED = Cell(
    "not settled", title="an arm reaches this gain by one group of items alone, or not under every seed", tone="quiet"
)


def curves(results: Results, target: str) -> list[Curve]:
    """Arms that were scored while they trained."""
    return [curve(arm, {one.step: one for one in arm.trace}) for arm in trained_arms(results, target) if arm.trace]


def matched(results: Results, target: str) -> list[MatchedGain]:
    """Comparisons with full fine-tuning at a gain that both sides reached on their way."""
    return [row for row in results.matched_gain if row.target_task == target]


def _difference(row: MatchedGain) -> Triple | None:
    """Forgetting of the arm minus that of full fine-tuning; None where it is not settled."""
    return triple(row.forgetting_difference, row.ci95)


def _relation(row: MatchedGain) -> str:
    """One of `_SAID`: `undecided` where chance is not ruled out, among all arms of the target."""
    return (row.relation if _difference(row) else None) or "not settled"


def sentence(results: Results, target: str) -> Sentence | None:
    """All arms that were traced beside full fine-tuning; None where there are none on this target."""
    rows, topic = matched(results, target), f"At matched gain on {target}"
    if len(rows) == 1:
        return Sentence(topic, _alone(rows[0], metric(results, target)))
    by = {relation: [row for row in rows if _relation(row) == relation] for relation in _SAID}
    said = "; ".join(_clause(relation, own) for relation, own in by.items() if own)
    text = f"Against full fine-tuning, when both first reached the same gain: {said}."
    return Sentence(topic, text) if rows else None


def _clause(relation: str, rows: list[MatchedGain]) -> str:
    """Of arms that are alike in this, with the bounds that were shown where they cannot be told apart."""
    bound = same_within([row.equal_within for row in rows], POINTS) if relation == "undecided" else ""
    return f"{some([row.arm for row in rows])} {_SAID[relation]}{f' ({bound})' if bound else ''}"


def _alone(row: MatchedGain, name: str) -> str:
    """Of the only arm that was compared."""
    found, relation, gained = _difference(row), _relation(row), gained_by(row.gain, row.matched_on, name)
    if found is None:
        return f"{row.arm} and full fine-tuning did not both reach {gained} surely enough to be compared there."
    if relation == "undecided":
        bound = same_within([row.equal_within], POINTS)
        said = f"{row.arm} and full fine-tuning cannot be told apart in forgetting{f': {bound}' if bound else ''}."
        return f"When both had gained {gained}, {said}"
    value, low, high = found
    size = amount(found if value > 0 else (-value, -high, -low), "accuracy")
    return f"When both had gained {gained}, {row.arm} had forgotten {relation} than full fine-tuning, by {size}."


def table(results: Results) -> Table:
    """A row per arm and step, grouped by target."""
    step = Num[Passed]("Step", lambda row: position(row, ".0f", "the end"), title="Optimizer steps done")
    caption = (
        "Every arm in the middle of its training. The base gains and forgets nothing, and is left out. A step picked "
        "from this table was picked on the test items: check it on others."
    )
    return curves_table("while-training", caption, (ARM, step, GAIN, FORGETTING), results, curves)


def matched_table(results: Results) -> Table:
    """Every traced arm against full fine-tuning when both had gained as much."""
    metrics = {target: metric(results, target) for target in targets(results)}
    when = "Points of accuracy, when it first reached that gain"
    columns: Columns[MatchedGain] = (
        Col("Arm", lambda row: row.arm),
        Num("Seeds", seeds_cell),
        Num("Gain matched at", lambda row: gained_by(row.gain, row.matched_on, metrics[row.target_task]),
            title="Three quarters of the smaller of both largest gains"),
        Num("Arm had forgotten", lambda row: _settled(row, row.forgetting), title=when),
        Num("Full had forgotten", lambda row: _settled(row, row.forgetting_reference), title=when),
        Figures("Difference", lambda row: _difference(row) or _NOT_SETTLED, POINTS, plus=True,
                title="Arm minus full fine-tuning, with its 95 % interval; below zero forgets less"),
        Col("Forgetting", lambda row: _relation_cell(row) if _difference(row) else _NOT_SETTLED),
    )  # fmt: skip
    caption = (
        "At matched gain: what each arm had forgotten when it first reached the same gain as full fine-tuning, read "
        "between the steps that were scored; in nats saved where the metric stands at its ceiling. More and less stand "
        "after Holm's correction over the target's arms. Not settled: an arm does not surely reach that gain."
    )
    return tables.table("matched-gain", caption, columns, {target: matched(results, target) for target in metrics})


def _relation_cell(row: MatchedGain) -> Cell:
    return forgets_cell(_relation(row), row.equal_within)


def _settled(row: MatchedGain, lost: float | None) -> Cell:
    return Cell(fixed((lost or 0.0) * POINTS.scale, 1)) if _difference(row) else _NOT_SETTLED


def chart(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """A line per arm, gain beside forgetting; None where no arm was scored while it trained."""
    from harness.report.charts.curves import over_steps  # altair takes a second to load: not for a sentence

    caption = (
        f"{target}: gain and forgetting while training, from the base (step 0) to the trained model. Bars are 95 % "
        "intervals; they stand side by side for the same step."
    )
    return over_steps(curves(results, target), known, name, target, caption)
