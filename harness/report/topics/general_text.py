"""What happened to general text: perplexity, bits per byte, and the distance from the base."""

from collections.abc import Callable
from functools import partial

from harness.report.model.arms import BASE, base_arms, general_tasks, targets, trained_arms
from harness.report.tables import table as tables
from harness.report.tables.table import Cell, Col, Num, Table, arm_cell
from harness.report.words.numbers import MISSING, fixed
from harness.schema.results import ArmResult, Results
from harness.schema.scores import GeneralScore

Scored = tuple[ArmResult, GeneralScore | None]
"""A row: an arm, and its score on one text task."""

Pair = Callable[[GeneralScore], tuple[float | None, float | None]]
"""A figure before and after."""

_MEASURES: tuple[tuple[str, str, int, Pair], ...] = (
    ("Perplexity per token", "exp of the nats per token; mean over texts", 2,
     lambda score: (score.perplexity_before, score.perplexity_after)),
    ("Perplexity per word", "exp of the nats per word, over all texts together", 1,
     lambda score: (score.word_perplexity_before, score.word_perplexity_after)),
    ("Bits per byte", "Over all texts together; no tokenizer sways it", 3,
     lambda score: (score.bits_per_byte_before, score.bits_per_byte_after)),
)  # fmt: skip


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
    for label, title, decimals, pair in _MEASURES:
        if any(pair(score)[1] is not None for score in scores):
            columns.append(Num(label, partial(_change, pair, decimals), title=title))
    if any(score.kl_to_base is not None for score in scores):
        title = "Nats per token on the first texts; 0 is the base's own predictions"
        columns.append(Num("KL to the base", _divergence, title=title))
    caption = "General text after training, with the base's figure before. Lower is better."
    return tables.table("perplexity", caption, columns, groups, "narrow")


def _change(pair: Pair, decimals: int, row: Scored) -> Cell | None:
    before, after = pair(row[1]) if row[1] else (None, None)
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
