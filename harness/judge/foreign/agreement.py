"""Do all runs of a task have the same items, put in the same way? Only then does a difference say something.

What differs is refused by file and item; other prompts and another configuration may be what is judged, and the user
may then allow them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.judge.foreign.sheet import Item, Number, Sheet, is_named
from harness.judge.stats import Floats
from harness.schema.errors import UserError, one_of, shown

ALLOWABLE = ("prompts", "config")
"""Differences that the user may allow; they are then printed."""


@dataclass(frozen=True)
class Scores:
    """One metric of one task on both sides: `(runs, items)`, in the order of `items`."""

    before: Floats
    after: Floats
    weights: Floats
    """`(items,)`, of the items in a mean, 1 on average."""


def require_agreement(sheets: Sequence[Sheet], allowed: frozenset[str]) -> list[str]:
    """Every run has the items of the first one.

    Returns:
        What differs and is allowed.

    Raises:
        UserError: other items, other texts, or a difference that is not allowed.
    """
    first, differing = sheets[0], []
    for sheet in sheets[1:]:
        if sheet.program != first.program:
            raise UserError(f"{sheet.where}: of {sheet.program}, and {first.where} of {first.program}. Compare alike.")
        _require_same_items(first, sheet)
        for name, item in sheet.items.items():
            if item.content != first.items[name].content:
                raise UserError(
                    f"{item.where}: another question or right answer than in {first.items[name].where}. Items that "
                    "were edited cannot be paired: evaluate both sides on the same task."
                )
        differing += _prompts(first, sheet, "prompts" in allowed) + _config(first, sheet, "config" in allowed)
    return list(dict.fromkeys(differing))


def _require_same_items(first: Sheet, sheet: Sheet) -> None:
    for one, other in ((first, sheet), (sheet, first)):
        missing = [item for name, item in one.items.items() if name not in other.items]
        if missing:
            more = f", and {len(missing) - 1:,} more" if len(missing) > 1 else ""
            raise UserError(
                f"{missing[0].where}: not in {other.where}{more}. Both sides need the same items: evaluate without a "
                "limit, or with the same one."
            )


def _prompts(first: Sheet, sheet: Sheet, allowed: bool) -> list[str]:
    other = [item for name, item in sheet.items.items() if item.prompt != first.items[name].prompt]
    if not other:
        return []
    number = f"{len(other):,} of {len(sheet.items):,} prompts of {sheet.task}"
    if not allowed:
        raise UserError(
            f"{other[0].where}: another prompt than in {first.where} ({number} differ), so other shots, template or "
            "system text. If this is the change to be judged, say --allow prompts."
        )
    return [number]


def _config(first: Sheet, sheet: Sheet, allowed: bool) -> list[str]:
    """Settings that both runs tell and that differ."""
    found = [name for name in first.config if name in sheet.config and sheet.config[name] != first.config[name]]
    said = [f"{name} of {sheet.task} was {shown(first.config[name])}, is {shown(sheet.config[name])}" for name in found]
    if said and not allowed:
        raise UserError(
            f"{sheet.where}: {said[0]} (in {first.where}). If this is the change to be judged, say --allow config."
        )
    return said


def metrics_of(sheets: Sequence[Sheet], asked: Sequence[str]) -> list[str]:
    """Those that are asked for, all where none is; in the order of the file.

    Raises:
        UserError: one is not in every run, or none of those asked for is there.
    """
    found = {id(sheet): [name for name in sheet.metrics if _is_asked(name, asked)] for sheet in sheets}
    first = sheets[0]
    for sheet in sheets:
        if not found[id(sheet)]:
            raise one_of("--metrics", asked[0], sheet.metrics, f"That is what {sheet.where} holds.")
        for one, other in ((first, sheet), (sheet, first)):
            missing = [name for name in found[id(one)] if name not in found[id(other)]]
            if missing:
                raise UserError(
                    f"{one.where}: {missing[0]} of {one.task} is not in {other.where}. Score both sides alike, or "
                    "judge what both have: --metrics LIST."
                )
    return found[id(first)]


def _is_asked(metric: str, asked: Sequence[str]) -> bool:
    return not asked or any(is_named(metric, name) for name in asked)


def scores_of(metric: str, before: Sequence[Sheet], after: Sequence[Sheet]) -> Scores | str:
    """A metric of all runs, item by item; a text where it has no number per item, and says why.

    Raises:
        UserError: some items have a number and some have none, or weigh otherwise.
    """
    sheets, names = (*before, *after), list(before[0].items)
    items = [[sheet.items[name] for name in names] for sheet in sheets]
    found = [[_score(item, metric) for item in row] for row in items]
    texts = [(item, one) for row, own in zip(items, found, strict=True)
             for item, one in zip(row, own, strict=True) if isinstance(one, str)]  # fmt: skip
    if len(texts) == len(sheets) * len(names):
        return texts[0][1]
    if texts:
        raise UserError(f"{texts[0][0].where}: {metric}: {texts[0][1]}. Judge other metrics: --metrics LIST.")
    numbers = [[one for one in row if isinstance(one, Number)] for row in found]
    weights, values = (
        np.array([[getattr(one, part) for one in row] for row in numbers], dtype=np.float64)
        for part in ("weight", "value")
    )
    _require_same_weights(weights, metric, items)
    return Scores(values[: len(before)], values[len(before) :], weights[0] / weights[0].mean())


def _score(item: Item, metric: str) -> Number | str:
    """Raises UserError where the item was not scored in the metric."""
    if metric not in item.scores:
        raise UserError(f"{item.where}: no score in {metric}, which other items have. Score the run again.")
    return item.scores[metric]


def _require_same_weights(weights: Floats, metric: str, items: Sequence[Sequence[Item]]) -> None:
    differing = np.argwhere(weights != weights[0])
    if len(differing):
        run, place = differing[0]
        raise UserError(
            f"{items[run][place].where}: {metric} is over {weights[run, place]:g} words or bytes, and over "
            f"{weights[0, place]:g} in {items[0][place].where}. Evaluate both sides on the same texts."
        )


def require_no_copies(sheets: Sequence[Sheet]) -> None:
    """Raises UserError where two runs of a side are one: the same model that gave the same answers is no other seed."""
    seen: dict[object, Sheet] = {}
    for sheet in sheets:
        one = sheet.model, sheet.answers
        if one in seen:
            raise UserError(
                f"{sheet.where}: the same model with the same answers as {seen[one].where}. A copy or a repetition is "
                "no other seed: give one of them."
            )
        seen[one] = sheet
