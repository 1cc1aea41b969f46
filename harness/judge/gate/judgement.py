"""The gate as a whole: baseline and present in, every verdict out. Pure; `gate.json` is its content."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.judge.gate.costs import judge_count, judge_time, timing_noise
from harness.judge.gate.gates import Gate, ScoredTasks, check_margins, plan_gates, worst
from harness.judge.gate.integrity import CHECKS, Evidence, changes, ending, inspect, since_anchor, unlike
from harness.judge.gate.margins import ANCHOR, BASE, COUNTS, FORGETTING_TASK, GAIN, SCORES, STEP_TIME, Margin
from harness.judge.gate.scores import ALPHA, doubted, judge_scores
from harness.judge.p_values import holm
from harness.judge.pairing import DELIVERED, Bench
from harness.schema.comparisons import SIGNIFICANT
from harness.schema.gate import Anchor, Check, Counts, GateContent, GateResult, Side, Verdict, Worse
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.trial import Trial


@dataclass(frozen=True)
class Comparison:
    """The two sides of a gate, and the rules."""

    evidence: Evidence
    """Both sides, what was asked, and what the user allowed."""
    margins: list[Margin]
    alpha: float = ALPHA
    """One-sided error of each gate that has noise; 0 where earlier looks have spent it all."""

    @cached_property
    def gates(self) -> list[Gate]:
        """All that these trials have, judged or not."""
        anchor = self.evidence.anchor
        tasks = scored_tasks([*(anchor or ()), *self._bench.measured])
        held = None if anchor is None else [one.trial for one in anchor]
        return plan_gates(self.evidence.asked, self._accepted, tasks, self.margins, held)

    def check_margins(self, metrics: Iterable[str]) -> None:
        """As `check_margins` of the gates. Raises UserError where a margin meets none."""
        tasks = scored_tasks(self._bench.measured)
        check_margins(self.margins, self.evidence.asked, self._accepted, tasks, metrics)

    @property
    def _accepted(self) -> list[Trial] | None:
        accepted = self.evidence.accepted
        return None if accepted is None else [one.trial for one in accepted]

    @cached_property
    def _bench(self) -> Bench:
        return Bench([*(self.evidence.accepted or ()), *self.evidence.measured])

    def judge(self, gate: Gate) -> GateResult:
        """The verdict of one gate; whatever is missing fails it.

        A task that may lose its margin is judged beside the arm's other ones: see `doubted`.
        """
        if gate.measure != FORGETTING_TASK or gate.against == ANCHOR:  # which has a margin for what adds up
            return self._judge(gate)
        own = gate.target, gate.arm, gate.against, gate.measure
        others = [one for one in self.gates if (one.target, one.arm, one.against, one.measure) == own]
        family = [gate, *(one for one in others if one.id != gate.id)]
        return doubted([self._known(one) for one in family])[0]

    def _known(self, gate: Gate) -> GateResult:
        """Every task is asked for once by each of its neighbours."""
        if gate not in self._judged:
            self._judged[gate] = self._judge(gate)
        return self._judged[gate]

    @cached_property
    def _judged(self) -> dict[Gate, GateResult]:
        return {}

    def _judge(self, gate: Gate) -> GateResult:
        before, after = self._sides(gate)
        if stopped := [one for one in after if not one.completed]:
            return gate.says(Verdict.FAIL, ending(stopped[0], 300))
        if gate.against == ANCHOR and (why := _out_of_reach(gate, before, after)):
            return gate.says(Verdict.INCONCLUSIVE, f"{why}: {MOVE}")
        if not before or not after:
            lacking = "the baseline" if _of(self.evidence.measured, gate) else "this run"
            return gate.says(Verdict.FAIL, f"not in {lacking}")
        if gate.measure in COUNTS:
            return judge_count(gate, before, after)
        if gate.measure == STEP_TIME:
            alike = (STEP_TIME, gate.target, gate.against)
            timed = [one for one in self.gates if (one.measure, one.target, one.against) == alike]
            noise = timing_noise([self._sides(one) for one in timed])
            return self._spent(judge_time(gate, before, after, noise, self.alpha or ALPHA))
        return self._spent(judge_scores(gate, self._bench, before, after, self.alpha or ALPHA))

    def _spent(self, found: GateResult) -> GateResult:
        """Without any error left nothing with noise is decided; its bounds are those of a first look."""
        if self.alpha > 0 or found.bounds is None or found.low == found.high:
            return found
        return found.with_(verdict=Verdict.INCONCLUSIVE, reason=SPENT, settle=None)

    def _sides(self, gate: Gate) -> tuple[list[Measured], list[Measured]]:
        """Records of the gate's arm on both sides, in the order of their seeds; those without a partner left out."""
        after = _of(self.evidence.measured, gate)
        if gate.against == BASE:
            bases = (self._bench.before(one.trial, DELIVERED) for one in after[:1])
            return [base for base in bases if base is not None], after
        accepted = self.evidence.anchor if gate.against == ANCHOR else self.evidence.accepted
        before = {one.trial.id: one for one in _of(accepted or (), gate) if one.completed}
        after = [one for one in after if one.trial.id in before]
        return [before[one.trial.id] for one in after], after

    def inspect(self, name: str) -> Check:
        """One of the checks whether both sides may be compared."""
        return inspect(name, self.evidence)


SPENT = (
    "earlier looks at these trials against this baseline have spent the error of 5 %; say beforehand how many seeds \
may be looked at (--max-seeds), or accept a baseline anew"
)
MOVE = "to begin anew from here, accept the run with --move-anchor REASON"


def _out_of_reach(gate: Gate, before: Sequence[Measured], after: Sequence[Measured]) -> str:
    """Why the anchor cannot be compared with; empty where it can."""
    if not before:
        return "the anchor has none of these seeds"
    if gate.measure not in SCORES:
        return ""
    own = unlike(before, after, TARGET if gate.measure == GAIN else GENERAL, gate.task)
    return f"the anchor cannot be compared with ({own[0]})" if own else ""


def scored_tasks(measured: Iterable[Measured]) -> ScoredTasks:
    """Kinds of general tasks and metrics of targets, as they were scored."""
    records = [one.record for one in measured]
    kinds = {score.task: score.kind for one in records for score in one.general}
    return ScoredTasks(kinds, {one.trial.target.name: one.target.metric for one in records if one.target is not None})


def _of(side: Sequence[Measured], gate: Gate) -> list[Measured]:
    own = [one for one in side if (one.trial.target.name, one.trial.arm) == (gate.target, gate.arm)]
    return sorted(own, key=lambda one: -1 if one.trial.seed is None else one.trial.seed)


@dataclass(frozen=True)
class Judgement:
    """What a gate said, whole."""

    findings: tuple[Check, ...]
    judged: tuple[GateResult, ...]
    unjudged: tuple[str, ...]
    """Gates that there are, but that were not selected or not reached."""
    evidence: Evidence
    reached_end: bool = True
    """False where the run broke off."""

    @property
    def verdict(self) -> Verdict:
        """One failure fails all; a run that broke off or judged nothing is a failure too."""
        if not self.judged or not self.reached_end:
            return Verdict.FAIL
        return worst([*(one.verdict for one in self.findings), *(one.verdict for one in self.judged)])

    def as_content(self, baseline: Side | None, present: Side, anchor: Anchor | None = None) -> GateContent:
        """The content of `gate.json`; what the sides are called is not known here."""
        verdicts = [one.verdict for one in self.judged]
        return GateContent(
            verdict=self.verdict,
            baseline=baseline,
            anchor=anchor,
            present=present,
            reached_end=self.reached_end,
            counts=Counts.of(verdicts),
            allowed=tuple(sorted(self.evidence.allowed)),
            comparable=self.findings,
            changes=tuple(changes(self.evidence)),
            worse=tuple(worse_tasks(self.judged)),
            gates=self.judged,
            unjudged=self.unjudged,
        )


def judge_all(comparison: Comparison) -> Judgement:
    """Every gate and every check."""
    return conclude(comparison, map(comparison.judge, comparison.gates))


def conclude(comparison: Comparison, judged: Iterable[GateResult]) -> Judgement:
    """What all gates said, with every check."""
    findings = (*map(comparison.inspect, CHECKS), *since_anchor(comparison.evidence))
    return Judgement(findings, tuple(judged), (), comparison.evidence)


def worse_tasks(judged: Sequence[GateResult]) -> list[Worse]:
    """General tasks that got significantly worse, whatever their margin: p-values adjusted over all of them (Holm)."""
    tasks = [one for one in judged if one.measure == FORGETTING_TASK and one.against != ANCHOR]
    known = [one for one in tasks if one.p_value is not None]
    adjusted = holm([one.p_value for one in known if one.p_value is not None])
    return [
        Worse(arm=one.arm, target=one.target, task=one.task, against=one.against, difference=one.difference, p_holm=p)
        for one, p in zip(known, adjusted, strict=True)
        if p < SIGNIFICANT
    ]


def seeds_at_looks(seeds: int, limit: int | None) -> list[int]:
    """Numbers of seeds at which gates are looked at: those that there are, then doubled up to `--max-seeds`."""
    looks = [seeds]
    while limit is not None and looks[-1] < limit:
        looks.append(min(limit, 2 * looks[-1]))
    return looks


def alpha_at_looks(looks: int) -> list[float]:
    """What each of several looks may spend of `ALPHA`, so that all together stay within it.

    Looking again after more seeds is a second chance of being wrong. The last look gets half, each one before
    it half of the next, the first one what is left (Bonferroni with unequal shares).
    """
    shares = [ALPHA / 2 ** (looks - place) for place in range(looks)]
    shares[0] += ALPHA - sum(shares)
    return shares
