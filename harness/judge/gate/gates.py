"""Which gates there are: one per arm, measure and task, against the baseline and its anchor, or a candidate's base."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.judge.gate.margins import (
    ANCHOR,
    BASE,
    BASELINE,
    COUNTS,
    FORGETTING,
    FORGETTING_TASK,
    GAIN,
    LEARNED,
    STEP_TIME,
    TEXT,
    Margin,
    margin_for,
)
from harness.schema.errors import UserError, one_of
from harness.schema.gate import GateResult, Verdict
from harness.schema.record import RIGHT_OR_WRONG
from harness.schema.trial import CANDIDATE, Trial


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Of several: one failure fails all, and nothing judged is a failure too."""
    found = set(verdicts)
    if not found or Verdict.FAIL in found:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in found else Verdict.PASS


@dataclass(frozen=True)
class Gate:
    """One thing that may not get worse."""

    target: str
    arm: str
    method: str
    measure: str
    against: str
    """`baseline`, `base` or `anchor`."""
    margin: Margin
    task: str | None = None
    """The general task of `forgetting_task` and `text`."""
    metric: str | None = None
    """What a score is counted in; None for costs."""

    @property
    def id(self) -> str:
        """Readable and unique within a run; `-k` selects on it."""
        measure = "forgetting" if self.measure == FORGETTING_TASK else self.measure
        versus = "" if self.against == BASELINE else f"vs-{self.against}"
        parts = (self.target, self.arm, measure.replace("_", "-"), self.task, versus)
        return "-".join(part for part in parts if part)

    def says(self, verdict: Verdict, reason: str, **measured: object) -> GateResult:
        """What the gate says; `measured` are the fields of the result that there is a value for."""
        shared = {name: getattr(self, name) for name in ("id", "target", "arm", "measure", "task", "metric", "against")}
        limit = {"limit": self.margin.limit, "limit_reason": self.margin.reason}
        return GateResult.model_validate({**shared, **limit, "verdict": verdict, "reason": reason, **measured})


@dataclass(frozen=True)
class ScoredTasks:
    """How tasks are scored: the kind of every general task (`choice`, `text`, ...), and the metric of every target."""

    kinds: dict[str, str]
    metrics: dict[str, str]


def plan_gates(
    present: Sequence[Trial],
    accepted: Sequence[Trial] | None,
    tasks: ScoredTasks,
    margins: list[Margin],
    anchor: Sequence[Trial] | None = None,
) -> list[Gate]:
    """Every gate, arm by arm in the order of the run; arms that only the baseline has come last.

    Args:
        present: trials of the run under judgement.
        accepted: those of the baseline; None where candidates are judged against their base alone.
        anchor: those of its anchor, which says what is held against it: arms, and their tasks; None where the
            baseline is its own.
    """
    anchored = {(trial.target.name, trial.arm): trial for trial in anchor or () if not trial.is_base}
    arms: dict[tuple[str, str], Trial] = {}
    for trial in filter(lambda one: not one.is_base, (*present, *(accepted or ()))):
        arms.setdefault((trial.target.name, trial.arm), trial)
    gates: list[Gate | None] = []
    for trial in arms.values():
        if accepted is not None:
            gates += _scores(trial, BASELINE, GAIN, tasks, margins)
            gates += [_gate(trial, BASELINE, margins, name) for name in _costs(trial)]
        if (held := anchored.get((trial.target.name, trial.arm))) is not None:
            gates += _scores(held, ANCHOR, GAIN, tasks, margins)
            gates += [_gate(held, ANCHOR, margins, name) for name in _costs(held)]
        if trial.method == CANDIDATE:
            gates += _scores(trial, BASE, LEARNED, tasks, margins)
    return [gate for gate in gates if gate is not None]


def check_margins(
    margins: Sequence[Margin],
    present: Sequence[Trial],
    accepted: Sequence[Trial] | None,
    tasks: ScoredTasks,
    metrics: Iterable[str],
) -> None:
    """Every margin that names something meets something: a slip of the pen would switch a gate off, and say nothing.

    Args:
        metrics: all that there are; a file may set margins for some that this run does not use.

    Raises:
        UserError: a margin names a task, a method or a metric that there is not, or no gate is of its kind.
    """
    trials = [one for one in (*present, *(accepted or ())) if not one.is_base]
    known = {
        "metric": sorted({*metrics, *tasks.metrics.values(), "accuracy"}),
        "method": sorted({one.method for one in trials}),
        "task": sorted({source.name for one in trials for source in one.general}),
    }
    for place, margin in enumerate(margins, 1):
        for name, allowed in known.items():
            value = getattr(margin, name)
            if value is not None and value not in allowed:
                raise one_of(f"--gates: gates[{place}].{name}", value, allowed, "A margin must meet a gate of the run.")
        if (margin.task or margin.method) and not plan_gates(present, accepted, tasks, [margin], accepted):
            said = ", ".join(f"{name} {value!r}" for name in known if (value := getattr(margin, name)) is not None)
            raise UserError(
                f"--gates: gates[{place}], {margin.measure} with {said}, meets no gate of this run. "
                "`task` goes with forgetting_task and text alone. Mend it, or take it out."
            )


NEED_TRAINING = ("peak_memory", "flops", STEP_TIME)
"""Costs that only a training in this run can show."""


def _costs(trial: Trial) -> list[str]:
    elsewhere = trial.method == CANDIDATE
    return [name for name in (*COUNTS, STEP_TIME) if trial.trains or (elsewhere and name not in NEED_TRAINING)]


def _scores(trial: Trial, against: str, learned: str, scored: ScoredTasks, margins: list[Margin]) -> list[Gate | None]:
    """The target's gate, forgetting over all general tasks, and over each of them."""
    kinds = {source.name: scored.kinds.get(source.name) for source in trial.general}
    choices = [task for task, kind in kinds.items() if kind in RIGHT_OR_WRONG]
    wanted: list[tuple[str, str | None, str | None]] = [(learned, scored.metrics.get(trial.target.name), None)]
    wanted += [(FORGETTING, "accuracy", None)] if choices else []
    wanted += [(FORGETTING_TASK, "accuracy", task) for task in choices]
    wanted += [(TEXT, "nll_per_token", task) for task, kind in kinds.items() if kind == "text"]
    return [_gate(trial, against, margins, *one) for one in wanted]


def _gate(
    trial: Trial, against: str, margins: list[Margin], measure: str, metric: str | None = None, task: str | None = None
) -> Gate | None:
    """None where no margin holds for it."""
    margin = margin_for(margins, measure, trial.method, against, metric, task)
    if margin is None:
        return None
    return Gate(trial.target.name, trial.arm, trial.method, measure, against, margin, task, metric)
