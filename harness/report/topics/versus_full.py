"""Every arm against full fine-tuning on the same target and seeds: what do the paired comparisons allow to be said?"""

from harness.report.model.arms import FORGETS_NOTHING, metric, targets, triple, untrained_arms
from harness.report.tables import table as tables
from harness.report.tables.table import KEPT, Cell, Col, Columns, Figures, Num, Table
from harness.report.words.numbers import POINTS, Triple, unit_of
from harness.report.words.phrases import Sentence, margin_of, same_within, some
from harness.schema.comparisons import MatchedGain, VersusFull
from harness.schema.results import Results

_MATCHED = {
    "less": "forgot less at matched gain",
    "more": "forgot more at matched gain",
    "undecided": "cannot be told apart from it in forgetting at matched gain",
}

_GAINS = {
    "more": "gained more",
    "less": "gained less",
    "undecided": "cannot be told apart from it in gain",
    "equal": "gained as much ({margin})",
    "ceiling": "gained, as it did, all there is to gain",
}


def _said(row: VersusFull) -> str:
    """What the row allows to say; the gain alone where forgetting cannot be compared."""
    if {row.gain, row.forgets} == {"more", "less"}:
        return f"gained {row.gain} and forgot {row.forgets}"
    return _MATCHED.get(row.forgets_at_matched_gain or "") or _GAINS[row.gain]


def _bound(results: Results, rows: list[VersusFull], clause: str) -> str:
    """Within what they are the same, of rows that cannot be told apart; else empty."""
    if clause == _MATCHED["undecided"]:
        known = {(one.target_task, one.arm): one.equal_within for one in results.matched_gain}
        return same_within([known.get((row.target_task, row.arm)) for row in rows], POINTS)
    if clause == _GAINS["undecided"]:
        unit = unit_of(metric(results, rows[0].target_task))
        return same_within([row.gain_equal_within for row in rows], unit)
    return ""


def sentence(results: Results, target: str) -> Sentence | None:
    """Every trained arm's comparison, by what it allows to say. What trains nothing has a sentence of its own."""
    prompted = {arm.arm for arm in untrained_arms(results, target)}
    rows = [row for row in results.comparisons if row.target_task == target and row.arm not in prompted]
    if not rows:
        return None
    margin = margin_of(rows[0].equal_gain_margin, metric(results, target))
    said = {row.arm: _said(row) for row in rows}
    clauses = []
    for clause in dict.fromkeys(said.values()):
        own = [row for row in rows if said[row.arm] == clause]
        told = f"{some([row.arm for row in own])} {clause.format(margin=margin)}"
        bound = _bound(results, own, clause)
        clauses.append(f"{told} ({bound})" if bound else told)
    if any(one in _GAINS.values() for one in said.values()):
        clauses.append("where no gain could be matched along training, nothing is claimed about forgetting")
    return Sentence(f"Against {rows[0].reference} fine-tuning on {target}", f"{'; '.join(clauses)}.")


_TONES = {"less": "good", "more": "bad"}
_ALONE = "Two one-sided tests at 5 % each, of this comparison alone"
_GAIN_TONES = {"more": "good", "less": "bad"}
_WITHOUT_TRAINING = {
    "equal": "gains as much without training",
    "ceiling": "gains as much without training",
    "more": "gains more without training",
    "less": "gains less, without training",
    "undecided": "gain cannot be told apart, without training",
}


def seeds_cell(row: VersusFull | MatchedGain) -> Cell:
    """How many a comparison rests on."""
    return Cell(str(len(row.seeds)), tone="warn" if len(row.seeds) == 1 else "")


def forgets_cell(relation: str, equal_within: float | None = None) -> Cell:
    """`less`, `more`, or what leaves it open, and within what both are the same then."""
    detail = same_within([equal_within], POINTS) if relation == "undecided" else ""
    return Cell(relation, detail, _ALONE if detail else "", tone=_TONES.get(relation, "quiet"))


def table(results: Results) -> Table:
    """Arm by arm and target by target, those without training first."""
    keys = {(arm.target_task, arm.arm): arm.key for arm in results.arms}
    free = {(arm.target_task, arm.arm) for arm in results.arms if not arm.trains}

    def untrained(row: VersusFull) -> bool:
        return (row.target_task, row.arm) in free

    def name(row: VersusFull) -> Cell:
        key = keys.get((row.target_task, row.arm), "")
        return Cell(row.arm, "no training" if untrained(row) else "", key=key)

    def gained(row: VersusFull) -> Cell:
        open_ = row.gain in ("undecided", "equal")
        detail = same_within([row.gain_equal_within], unit_of(metric(results, row.target_task))) if open_ else ""
        return Cell(row.gain, detail, _ALONE if detail else "", tone=_GAIN_TONES.get(row.gain, "quiet"))

    def forgot(row: VersusFull) -> Cell | None:
        return forgets_cell(row.forgets or "", row.forgetting_equal_within) if _forgetting(row) else None

    def verdict(row: VersusFull) -> str:
        return f"{_WITHOUT_TRAINING.get(row.gain, row.gain)}; {FORGETS_NOTHING}" if untrained(row) else row.verdict

    columns: Columns[VersusFull] = (
        Col("Arm", name),
        Num("Seeds", seeds_cell),
        Figures("Difference in gain", lambda row: triple(row.gain_difference, row.gain_ci95),
                lambda row: unit_of(metric(results, row.target_task)), plus=True,
                title="Arm minus full fine-tuning; the metric's own unit, shares in points"),
        Figures("Difference in forgetting", lambda row: KEPT if untrained(row) else _forgetting(row), POINTS,
                plus=True, among=lambda row: [_forgetting(row)],
                title="Arm minus full fine-tuning, points of accuracy; below zero forgets less"),
        Col("Gain", gained),
        Col("Forgetting", lambda row: KEPT if untrained(row) else forgot(row)),
        Col("Verdict", verdict),
    )  # fmt: skip
    groups = {}
    for target in targets(results):
        if rows := [row for row in results.comparisons if row.target_task == target]:
            margin = margin_of(rows[0].equal_gain_margin, metric(results, target))
            groups[f"{target}: equal gain means {margin}"] = sorted(rows, key=lambda row: not untrained(row))
    caption = (
        "Against full fine-tuning, paired item by item and seed by seed: what is delivered, storing the base in fewer "
        "bits included. More and less stand after Holm's correction over the target's arms; what is undecided says "
        "within what both are the same, each comparison alone. Who learns less also forgets less: the verdict takes "
        "forgetting at matched gain, read along training."
    )
    return tables.table("comparisons", caption, columns, groups)


def _forgetting(row: VersusFull) -> Triple | None:
    return triple(row.forgetting_difference, row.forgetting_ci95)
