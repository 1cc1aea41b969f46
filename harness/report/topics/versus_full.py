"""Every arm against full fine-tuning on the same target and seeds: what do the paired comparisons allow to be said?"""

from dataclasses import dataclass

from harness.report.model.arms import FORGETS_NOTHING, metric, targets, triple, untrained_arms
from harness.report.model.links import arm_named
from harness.report.tables import table as tables
from harness.report.tables.table import KEPT, NOT_MEASURED, Cell, Col, Columns, Figures, Table
from harness.report.words.numbers import POINTS, Unit, unit_of
from harness.report.words.phrases import Sentence, counted, margin_of, some
from harness.schema.results import ArmResult, Results, VersusFull

_RELATIONS = {
    ("equal", "less"): "forgot less at equal gain ({margin})",
    ("more", "less"): "gained more and forgot less",
    ("equal", "more"): "forgot more at equal gain ({margin})",
    ("less", "more"): "gained less and forgot more",
    ("equal", "undecided"): "gained as much ({margin}), with no difference in forgetting shown",
}

_UNEQUAL = {
    "more": "gained more",
    "less": "gained less",
    "undecided": "cannot be told apart from it in gain",
    "equal": "gained as much, with forgetting not measured",
}


def sentence(results: Results, target: str) -> Sentence | None:
    """Every trained arm's comparison, by what it allows to say. What trains nothing has a sentence of its own."""
    prompted = {arm.arm for arm in untrained_arms(results, target)}
    rows = [row for row in results.comparisons if row.target_task == target and row.arm not in prompted]
    if not rows:
        return None
    margin = margin_of(rows[0].equal_gain_margin, metric(results, target))
    clauses = []
    for (gains, forgets), phrase in _RELATIONS.items():
        names = [row.arm for row in rows if row.gain == gains and row.forgets == forgets]
        if names:
            clauses.append(f"{some(names)} {phrase.format(margin=margin)}")
    rest = [row for row in rows if (row.gain, row.forgets) not in _RELATIONS]
    for relation, phrase in _UNEQUAL.items():
        number = sum(row.gain == relation for row in rest)
        if number:
            clauses.append(f"{counted(number, 'arm')} {phrase}")
    if any(row.gain != "equal" for row in rest):
        clauses.append("where gains are not equal, nothing is claimed about forgetting")
    return Sentence(f"Against {rows[0].reference} fine-tuning on {target}", f"{'; '.join(clauses)}.")


_TONES = {"less": "good", "more": "bad"}
_GAIN_TONES = {"more": "good", "less": "bad"}
_WITHOUT_TRAINING = {
    "equal": "gains as much without training",
    "more": "gains more without training",
    "less": "gains less, without training",
    "undecided": "gain cannot be told apart, without training",
}


@dataclass(frozen=True)
class _Compared:
    """An arm against full fine-tuning.

    Attributes:
        arm: None where the results lack it.
        unit: of the gain.
    """

    row: VersusFull
    arm: ArmResult | None
    unit: Unit

    @property
    def untrained(self) -> bool:
        return self.arm is not None and not self.arm.trains


def table(results: Results) -> Table:
    """Arm by arm and target by target, those without training first."""
    groups = {}
    for target in targets(results):
        rows = [row for row in results.comparisons if row.target_task == target]
        if rows:
            unit = unit_of(metric(results, target))
            found = [_Compared(row, arm_named(results, target, row.arm), unit) for row in rows]
            label = f"{target}: equal gain means {margin_of(rows[0].equal_gain_margin, metric(results, target))}"
            groups[label] = sorted(found, key=lambda one: not one.untrained)
    caption = (
        "Against full fine-tuning, paired item by item and seed by seed, each side from its own base "
        "at its own quantization: what quantization cost is not in it. Who learns less also forgets less, "
        "so forgetting is compared where gains are equal."
    )
    return tables.table("comparisons", caption, _COLUMNS, groups)


def _seeds(one: _Compared) -> Cell:
    return Cell(str(len(one.row.seeds)), tone="warn" if len(one.row.seeds) == 1 else "")


def _forgets(one: _Compared) -> Cell:
    if one.untrained:
        return KEPT
    if one.row.forgetting_difference is None or one.row.forgets is None:
        return NOT_MEASURED
    return Cell(one.row.forgets, tone=_TONES.get(one.row.forgets, "quiet"))


def _verdict(one: _Compared) -> str:
    row = one.row
    return f"{_WITHOUT_TRAINING.get(row.gain, row.gain)}; {FORGETS_NOTHING}" if one.untrained else row.verdict


_COLUMNS: Columns[_Compared] = (
    Col("Arm",
        lambda one: Cell(one.row.arm, "no training" if one.untrained else "", key=one.arm.key if one.arm else "")),
    Col("Seeds", _seeds, numeric=True),
    Figures("Difference in gain", lambda one: triple(one.row.gain_difference, one.row.gain_ci95),
            lambda one: one.unit, plus=True,
            title="Arm minus full fine-tuning; the metric's own unit, shares in points"),
    Figures("Difference in forgetting",
            lambda one: KEPT if one.untrained else triple(one.row.forgetting_difference, one.row.forgetting_ci95),
            POINTS, plus=True, among=lambda one: [triple(one.row.forgetting_difference, one.row.forgetting_ci95)],
            title="Arm minus full fine-tuning, points of accuracy; below zero forgets less"),
    Col("Gain", lambda one: Cell(one.row.gain, tone=_GAIN_TONES.get(one.row.gain, "quiet"))),
    Col("Forgetting", _forgets),
    Col("Verdict", _verdict),
)  # fmt: skip
