"""What happened to general text: perplexity, bits per byte, and the distance from the base."""

from functools import partial

from harness.report.model.arms import BASE, base_arms, general_tasks, targets, trained_arms
from harness.report.tables import table as tables
from harness.report.tables.table import Cell, Col, Num, Table, arm_cell
from harness.report.words.numbers import MISSING, fixed
from harness.schema.results import ArmResult, Results
from harness.schema.scores import GeneralScore

Scored = tuple[ArmResult, GeneralScore | None]
"""A row: an arm, and its score on one text task."""

_MEASURES = (
    ("Perplexity per token", "exp of the nats per token; mean over texts", 2, "perplexity"),
    ("Perplexity per word", "exp of the nats per word, over all texts together", 1, "word_perplexity"),
    ("Bits per byte", "Over all texts together; no tokenizer sways it", 3, "bits_per_byte"),
)


def table(results: Results) -> Table:
    """A row per arm, grouped by text task and target, before and after, for every measure that some text has."""
    groups = {
        f"{task} after {target}": [
            (arm, next((score for score in arm.general if score.task == task), None))
            for arm in (*base_arms(results, target), *trained_arms(results, target))
            if arm.general
        ]
        for task in general_tasks(results, "text")
        for target in targets(results)
    }
    scores = [score for rows in groups.values() for _, score in rows if score]
    columns: list[Col[Scored]] = [Col("Arm", lambda row: arm_cell(row[0]))]
    for label, title, decimals, field in _MEASURES:
        if any(_pair(score, field)[1] is not None for score in scores):
            columns.append(Num(label, partial(_change, field, decimals), title=title))
    if any(score.kl_to_base is not None for score in scores):
        title = "Nats per token on the first texts; 0 is the base's own predictions"
        columns.append(Num("KL to the base", _divergence, title=title))
    caption = "General text after training, with the base's figure before. Lower is better."
    return tables.table("perplexity", caption, columns, groups, "narrow")


def _pair(score: GeneralScore | None, field: str) -> tuple[float | None, float | None]:
    """A figure before and after."""
    return getattr(score, f"{field}_before", None), getattr(score, f"{field}_after", None)


def _change(field: str, decimals: int, row: Scored) -> Cell | None:
    before, after = _pair(row[1], field)
    if after is None:
        return None
    if before is None:
        return Cell(fixed(after, decimals), title="before: not measured")
    if before == after:
        return Cell(fixed(after, decimals))
    change = f"{fixed(100 * (after / before - 1), 1, plus=True)} %" if before else ""
    return Cell(fixed(after, decimals), f"before {fixed(before, decimals)}", change)


def _divergence(row: Scored) -> Cell | str | None:
    arm, score = row
    if arm.method == BASE:
        return Cell(MISSING, title="this is the base", tone="quiet")
    return None if score is None or score.kl_to_base is None else fixed(score.kl_to_base, 3)
