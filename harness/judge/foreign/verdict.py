"""The verdict on other people's runs: the gates, margins and statistics of `harness.judge.gate`, on their scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.judge.foreign.agreement import require_agreement, require_no_copies
from harness.judge.foreign.rows import Compared, compare
from harness.judge.foreign.sheet import Sheet, is_named
from harness.judge.foreign.side import Asked, Side, paired_runs
from harness.judge.gate.gates import Gate, worst
from harness.judge.gate.judgement import worse_tasks
from harness.judge.gate.margins import BASELINE, FORGETTING, FORGETTING_TASK, TEXT, Margin, margin_for
from harness.judge.gate.scores import doubted, judge_pairs
from harness.judge.p_values import holm
from harness.schema.errors import UserError, one_of
from harness.schema.gate import Change, Check, Counts, GateContent, GateResult, Verdict
from harness.schema.gate import Side as GateSide
from harness.schema.judged import Judged, JudgedRun

ONE_RUN = "one run a side: what is said holds for these two models, and not for the recipe that made them"


@dataclass(frozen=True)
class Rules:
    """How to judge."""

    margins: list[Margin]
    allowed: frozenset[str] = frozenset()
    """Of `ALLOWABLE`."""
    less_is_better: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """All that was compared."""

    rows: list[Compared]
    left_out: dict[str, str]
    differing: list[str]
    """What differs and is allowed."""
    runs: int


def judge_sides(before: Side, after: Side, asked: Asked, rules: Rules) -> tuple[GateContent, Judged]:
    """The content of `gate.json` and of `judge.json`.

    Raises:
        UserError: the two sides do not have the same items, put in the same way, or nothing in them can be judged.
    """
    found = _found(before, after, asked, rules)
    _require_met(rules, found.rows)
    gates = {row.name: _gate(row, after, rules.margins) for row in found.rows}
    rows = [row for row in found.rows if gates[row.name] is not None]
    left_out = found.left_out | {row.name: _no_margin(row) for row in found.rows if gates[row.name] is None}
    if not rows:
        raise UserError(f"Nothing can be judged: {'; '.join(f'{name}: {why}' for name, why in left_out.items())}.")
    judged = [judged_row(gate, [row], found.runs) for row in rows if (gate := gates[row.name]) is not None]
    judged = [*_mean(rows, after, rules.margins, found.runs), *doubted(judged)]
    content = _content(before, after, judged, found, left_out, rules.allowed)
    adjusted = holm([row.interval().p for row in rows])
    ids = {row.name: gate.id for row in rows if (gate := gates[row.name]) is not None}
    table = tuple(row.row(ids[row.name], p) for row, p in zip(rows, adjusted, strict=True))
    return content, Judged(before=_runs(before), after=_runs(after), tasks=table, left_out=left_out)


def _found(before: Side, after: Side, asked: Asked, rules: Rules) -> Found:
    rows: list[Compared] = []
    left_out: dict[str, str] = {}
    differing: list[str] = []
    runs = paired_runs(before, after)
    for task, old, new in runs:
        differing += require_agreement([*old, *new], rules.allowed)
        for side in (before, after):
            require_no_copies(side.sheets[task])
        more, without = compare(old, new, asked.metrics, rules.less_is_better)
        rows, left_out = [*rows, *more], left_out | without
    return Found(rows, left_out, differing, len(runs[0][2]))


def _gate(row: Compared, after: Side, margins: list[Margin]) -> Gate | None:
    """None where no margin holds: scores in a unit of their own, which none names."""
    measure = TEXT if row.is_nll else FORGETTING_TASK
    margin = margin_for(margins, measure, "", BASELINE, row.base, row.task)
    if margin is None or (margin.metric is None and not row.is_share and row.base not in OF_DOCUMENTED_UNIT):
        return None
    return Gate(row.program, label(after), "", measure, BASELINE, margin, row.name, row.shown_metric)


OF_DOCUMENTED_UNIT = ("nll", "nll_per_word")
"""Nats over about as much as a token: margins for general text hold for them."""


def _no_margin(row: Compared) -> str:
    unit = "nats" if row.is_nll else "scores"
    kind = f"{unit} of a unit of their own" if not row.is_share and row.base not in OF_DOCUMENTED_UNIT else unit
    return f'{kind}, and no margin is given for them: say one with metric = "{row.base}" (--gates)'


def judged_row(gate: Gate, rows: Sequence[Compared], runs: int) -> GateResult:
    """A gate's verdict on one row, or on the mean over several. One run a side is two models, and no seed."""
    found = judge_pairs(gate, [row.paired for row in rows], seeded=runs > 1)
    before, after = (float(np.mean(side)) for side in zip(*(row.means() for row in rows), strict=True))
    return found.with_(before=before, after=after, seeds=tuple(range(runs)) if runs > 1 else (None,))


def _mean(rows: Sequence[Compared], after: Side, margins: list[Margin], runs: int) -> list[GateResult]:
    """Over the first metric of every task that is a share, each with equal weight; nothing where there is one task."""
    first: dict[str, Compared] = {}
    for row in rows:
        if row.is_share:
            first.setdefault(row.task, row)
    own = list(first.values())
    margin = margin_for(margins, FORGETTING, "", BASELINE, "accuracy")
    if len(own) < 2 or margin is None:
        return []
    metrics = {row.base for row in own}
    metric = metrics.pop() if len(metrics) == 1 else "score"
    gate = Gate(own[0].program, label(after), "", FORGETTING, BASELINE, margin, None, metric)
    return [judged_row(gate, own, runs)]


def _require_met(rules: Rules, rows: Sequence[Compared]) -> None:
    """Raises UserError where a rule names a task or metric that is not there: a slip of the pen switches it off."""
    metrics = sorted({row.base for row in rows})
    for name, allowed in (("task", sorted({row.task for row in rows})), ("metric", metrics)):
        for place, margin in enumerate(rules.margins, 1):
            value = getattr(margin, name)
            if value is not None and value not in allowed and margin.measure in (FORGETTING_TASK, TEXT):
                hint = "A margin must meet a task of the comparison."
                raise one_of(f"--gates: gates[{place}].{name}", value, allowed, hint)
    for name in rules.less_is_better:
        if not any(is_named(row.metric, name) for row in rows):
            raise one_of("--less-is-better", name, metrics)


def label(side: Side) -> str:
    """What the side is called: its model, or how many there are."""
    models = [model.rstrip("/").rpartition("/")[2] or model for model in side.models]
    return models[0] if len(models) == 1 else f"{models[0]} and {len(models) - 1} more"


def _content(
    before: Side,
    after: Side,
    judged: Sequence[GateResult],
    found: Found,
    left_out: dict[str, str],
    allowed: frozenset[str],
) -> GateContent:
    verdicts = [one.verdict for one in judged]
    return GateContent(
        verdict=worst(verdicts),
        baseline=GateSide(name=_named(before), trials=_count(before)),
        present=GateSide(name=_named(after), trials=_count(after)),
        reached_end=True,
        counts=Counts.of(verdicts),
        allowed=tuple(sorted(allowed)),
        comparable=_checks(found),
        changes=_changes(before, after),
        worse=tuple(worse_tasks(judged)),
        gates=tuple(judged),
        unjudged=tuple(left_out),
    )


def _named(side: Side) -> str:
    return f"{label(side)} ({side.name})"


def _count(side: Side) -> int:
    return max(len(sheets) for sheets in side.sheets.values())


def _checks(found: Found) -> tuple[Check, ...]:
    """What was checked: whatever does not hold was refused before."""
    seeds = f"{found.runs} runs a side, paired in their order as seeds" if found.runs > 1 else ONE_RUN
    alike = "the same prompts and settings, as far as the files tell"
    if found.differing:
        alike = f"allowed, though they differ: {'; '.join(found.differing[:5])}"
    said = {"items": "the same items, by hash of question and right answer", "prompts": alike, "runs": seeds}
    checks = said.items()
    return tuple(Check(id=f"comparable-{name}", name=name, verdict=Verdict.PASS, reason=why) for name, why in checks)


def _changes(before: Side, after: Side) -> tuple[Change, ...]:
    """What the runs tell of themselves and what differs: the model, versions of libraries."""
    found: dict[tuple[str, str, str], None] = {}
    for task, sheets in before.sheets.items():
        old, new = _facts(sheets), _facts(after.sheets[task])
        differing = (name for name in {**old, **new} if old.get(name) != new.get(name))
        found |= {(name, old.get(name, ""), new.get(name, "")): None for name in differing}
    on = (label(after),)
    return tuple(Change(what=what, baseline=old, present=new, trials=on) for what, old, new in found)


def _facts(sheets: Sequence[Sheet]) -> dict[str, str]:
    names = dict.fromkeys(name for sheet in sheets for name in sheet.facts)
    return {name: ", ".join(dict.fromkeys(sheet.facts.get(name, "") for sheet in sheets)) for name in names}


def _runs(side: Side) -> tuple[JudgedRun, ...]:
    return tuple(
        JudgedRun(task=sheet.task, model=sheet.model, file=sheet.where, facts=dict(sheet.facts))
        for sheets in side.sheets.values()
        for sheet in sheets
    )
