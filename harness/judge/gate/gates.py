"""Which gates there are: one per arm, measure and task, each against the baseline or, for a candidate, the base."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.judge.gate.margins import (
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
from harness.schema.gate import GateResult, Verdict
from harness.schema.trial import CANDIDATE, Trial


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Of several: one failure fails all, and nothing judged is a failure too."""
    found = set(verdicts)
    if not found or Verdict.FAIL in found:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in found else Verdict.PASS


@dataclass(frozen=True)
class Gate:
    """One thing that may not get worse.

    Attributes:
        task: the general task of `forgetting_task` and `text`.
        metric: what a score is counted in; None for costs.
        against: `baseline` or `base`.
    """

    target: str
    arm: str
    method: str
    measure: str
    against: str
    margin: Margin
    task: str | None = None
    metric: str | None = None

    @property
    def id(self) -> str:
        """Readable and unique within a run; `-k` selects on it."""
        measure = "forgetting" if self.measure == FORGETTING_TASK else self.measure
        parts = (self.target, self.arm, measure.replace("_", "-"), self.task, "vs-base" if self.against == BASE else "")
        return "-".join(part for part in parts if part)

    def says(self, verdict: Verdict, reason: str, **measured: object) -> GateResult:
        """What the gate says; `measured` are the fields of the result that there is a value for."""
        shared = {name: getattr(self, name) for name in ("id", "target", "arm", "measure", "task", "metric", "against")}
        limit = {"limit": self.margin.limit, "limit_reason": self.margin.reason}
        return GateResult.model_validate({**shared, **limit, "verdict": verdict, "reason": reason, **measured})


@dataclass(frozen=True)
class ScoredTasks:
    """How tasks are scored: the kind of every general task (`choice`, `text`), and the metric of every target."""

    kinds: dict[str, str]
    metrics: dict[str, str]


def plan_gates(
    present: Sequence[Trial], accepted: Sequence[Trial] | None, tasks: ScoredTasks, margins: list[Margin]
) -> list[Gate]:
    """Every gate, arm by arm in the order of the run; arms that only the baseline has come last.

    Args:
        present: trials of the run under judgement.
        accepted: those of the baseline; None where candidates are judged against their base alone.
    """
    arms: dict[tuple[str, str], Trial] = {}
    for trial in (*present, *(accepted or ())):
        if not trial.is_base:
            arms.setdefault((trial.target.name, trial.arm), trial)
    gates: list[Gate] = []
    for trial in arms.values():
        if accepted is not None:
            gates += _against_baseline(trial, tasks, margins)
        if trial.method == CANDIDATE:
            gates += _scores(trial, BASE, LEARNED, tasks, margins)
    return gates


def _against_baseline(trial: Trial, tasks: ScoredTasks, margins: list[Margin]) -> list[Gate]:
    costs = [name for name in COUNTS if trial.trains or (trial.method == CANDIDATE and name not in NEED_TRAINING)]
    costs += [STEP_TIME] if trial.trains else []
    found = ((name, margin_for(margins, name, trial.method)) for name in costs)
    gates = [_gate(trial, BASELINE, margin, name) for name, margin in found if margin is not None]
    return [*_scores(trial, BASELINE, GAIN, tasks, margins), *gates]


NEED_TRAINING = ("peak_memory", "flops")
"""Costs that only a training in this run can show."""


def _scores(trial: Trial, against: str, learned: str, scored: ScoredTasks, margins: list[Margin]) -> list[Gate]:
    """The target's gate, forgetting over all general tasks, and over each of them."""
    metric = scored.metrics.get(trial.target.name)
    tasks = [source.name for source in trial.general]
    choices = [task for task in tasks if scored.kinds.get(task) == "choice"]
    texts = [task for task in tasks if scored.kinds.get(task) == "text"]
    wanted: list[tuple[str, str | None, str | None]] = [(learned, metric, None)]
    wanted += [(FORGETTING, "accuracy", None)] if choices else []
    wanted += [(FORGETTING_TASK, "accuracy", task) for task in choices]
    wanted += [(TEXT, "nll_per_token", task) for task in texts]
    found = [(name, of, task, margin_for(margins, name, trial.method, against, of, task)) for name, of, task in wanted]
    return [_gate(trial, against, margin, name, task, of) for name, of, task, margin in found if margin is not None]


def _gate(
    trial: Trial, against: str, margin: Margin, measure: str, task: str | None = None, metric: str | None = None
) -> Gate:
    return Gate(trial.target.name, trial.arm, trial.method, measure, against, margin, task, metric)
