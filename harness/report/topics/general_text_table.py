"""What happened to general text: perplexity, bits per byte, and the distance from the base."""

from typing import Any

from harness.report.model.arms import BASE, Arm, base_arms, general_tasks, targets, trained_arms
from harness.report.model.links import key_of
from harness.report.tables.table import NOT_MEASURED, Cell, Column, Group, Table
from harness.report.words.numbers import MISSING, fixed
from harness.schema.results import GeneralScore, Results

_MEASURES = (
    ("perplexity", Column("Perplexity per token", True, "exp of the nats per token; mean over texts"), 2),
    ("word_perplexity", Column("Perplexity per word", True, "exp of the nats per word, over all texts together"), 1),
    ("bits_per_byte", Column("Bits per byte", True, "Over all texts together; no tokenizer sways it"), 3),
)
_DIVERGENCE = Column("KL to the base", True, "Nats per token on the first texts; 0 is the base's own predictions")


def text_table(results: Results) -> Table | None:
    """A row per arm, grouped by text task and target, before and after; None where no text task was scored."""
    tasks = general_tasks(results, "text")
    if not tasks:
        return None
    groups, found = [], []
    for task in tasks:
        for target in targets(results):
            arms = [arm for arm in (*base_arms(results, target), *trained_arms(results, target)) if arm.general]
            scores = [(arm, _score(arm, task)) for arm in arms]
            groups.append((f"{task} after {target}", scores))
            found += [score for _, score in scores if score is not None]
    measures = [one for one in _MEASURES if any(score.get(f"{one[0]}_after") is not None for score in found)]
    diverged = any(score.kl_to_base is not None for score in found)
    columns = (Column("Arm"), *(column for _, column, _ in measures), *([_DIVERGENCE] if diverged else []))
    rows = (
        Group(
            label,
            tuple(
                (
                    Cell(arm.arm, key=key_of(arm)),
                    *(_before_and_after(score, name, decimals) for name, _, decimals in measures),
                    *([_divergence(arm, score)] if diverged else []),
                )
                for arm, score in scores
            ),
        )
        for label, scores in groups
    )
    caption = "General text after training, with the base's figure before. Lower is better."
    return Table("perplexity", caption, columns, tuple(rows), "narrow")


def _score(arm: Arm, task: str) -> dict[str, Any] | None:
    return next((score for score in arm.general if score.task == task), None)


def _before_and_after(score: GeneralScore | None, name: str, decimals: int) -> Cell:
    after = None if score is None else score.get(f"{name}_after")
    if score is None or after is None:
        return NOT_MEASURED
    before = score.get(f"{name}_before")
    if before is None:
        return Cell(fixed(after, decimals), title="before: not measured")
    if before == after:
        return Cell(fixed(after, decimals))
    change = f"{fixed(100 * (after / before - 1), 1, plus=True)} %" if before else ""
    return Cell(fixed(after, decimals), f"before {fixed(before, decimals)}", change)


def _divergence(arm: Arm, score: GeneralScore | None) -> Cell:
    if arm.method == BASE:
        return Cell(MISSING, title="this is the base", tone="quiet")
    value = None if score is None else score.kl_to_base
    return NOT_MEASURED if value is None else Cell(fixed(value, 3))
