"""The gate of one run: which gates there are, what they say, and how further seeds settle what is open."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from harness.data.tasks.target import METRICS
from harness.judge.gate.gates import Gate, ScoredTasks, check_margins, plan_gates
from harness.judge.gate.integrity import CHECKS, Evidence, inspect, since_anchor
from harness.judge.gate.judgement import Comparison, Judgement, alpha_at_looks, scored_tasks, seeds_at_looks
from harness.judge.gate.margins import COUNTS, GAIN, LEARNED, load_margins
from harness.judge.gate.options import GateChoices
from harness.plan.expand import at_accepted_rates
from harness.plan.floors import floors_for
from harness.plugin.looking import Looking
from harness.plugin.options import command_line
from harness.plugin.stopping import told
from harness.run.progress import Terminal
from harness.run.session import RunSession
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import Check, GateContent, GateResult, Side, Verdict
from harness.schema.trial import CANDIDATE, Trial
from harness.schema.wording import counted
from harness.store.runs import find_baseline


class GateRun:
    """Judges what a run measures, against a baseline, and candidates against their base.

    Args:
        project: where the user's own baselines lie.

    Raises:
        UserError: no such baseline, or margins that cannot be read.
    """

    def __init__(self, run: RunSession, choices: GateChoices, terminal: Terminal, project: Path) -> None:
        self.run, self.choices, self._terminal = run, choices, terminal
        self.baseline = None if choices.baseline is None else find_baseline(choices.baseline, project)
        self._accepted = None if self.baseline is None else self.baseline.measured
        self._anchor = None if self.baseline is None else self.baseline.anchored
        if self._accepted is not None and not run.choices.tune:
            run.workload = at_accepted_rates(run.workload, [one.trial for one in self._accepted])
        self._margins = load_margins(choices.gates)
        accepted = None if self._accepted is None else [one.trial for one in self._accepted]
        check_margins(self._margins, self.asked(), accepted, self._scored_tasks(), METRICS)
        anchor = None if self._anchor is None else [one.trial for one in self._anchor]
        self.gates = plan_gates(self.asked(), accepted, self._scored_tasks(), self._margins, anchor)
        self.selected: list[Gate] = []
        self.verdicts: dict[str, GateResult] = {}
        self._comparison: Comparison | None = None
        self._looking = Looking(self.baseline)

    def asked(self) -> list[Trial]:
        """Every trial of the run that can be, which the checks of comparability wait for; without a baseline only
        candidates are judged.
        """
        workload = self.run.workload
        possible = [trial for trial in workload.trials if trial.digest not in workload.unsupported]
        return possible if self.baseline is not None else [one for one in possible if one.method == CANDIDATE]

    def _scored_tasks(self) -> ScoredTasks:
        """Of the workload, and of a baseline's tasks that the workload lacks."""
        before = scored_tasks((*(self._anchor or ()), *(self._accepted or ())))
        kinds = {task.name: task.kind for task in self.run.workload.general}
        metrics = {target.name: target.metric for target in self.run.workload.targets.values()}
        return ScoredTasks({**before.kinds, **kinds}, {**before.metrics, **metrics})

    def needs(self, gate: Gate) -> list[Trial]:
        """The trials that a gate waits for: its arm's, and for a gain the training that shows what guessing scores."""
        own = _of_arm(self.asked(), gate.target, gate.arm)
        return [*own, *floors_for(self.run.workload, own)] if gate.measure in (GAIN, LEARNED) else own

    def judge(self, gate: Gate) -> GateResult:
        """The verdict of one gate; the first call waits for all trials and settles what is open."""
        if gate.id not in self.verdicts:
            with told(self._terminal):
                self._judge_selected()
        return self.verdicts[gate.id]

    def inspect(self, name: str) -> Check:
        """One check of whether the two sides may be compared."""
        with told(self._terminal):
            return self._compare().inspect(name)

    def _judge_selected(self) -> None:
        pending = self.selected
        looks = seeds_at_looks(len(self.run.choices.profile.seeds), self.choices.max_seeds)
        for more, alpha in zip((*looks[1:], None), alpha_at_looks(len(looks)), strict=True):
            found = self._looking.judge(self._compare(), pending, alpha)
            self.verdicts |= found
            unsure = [gate for gate in pending if found[gate.id].verdict is Verdict.INCONCLUSIVE]
            pending = [gate for gate in unsure if gate.measure not in COUNTS]  # which seeds do not change
            if not pending or more is None or not self._train_more(pending, more):
                break

    def _train_more(self, gates: list[Gate], seeds: int) -> bool:
        """Trains the arms whose gates are open under seeds that the baseline has, up to `seeds` in all. False where it
        has no further ones.
        """
        more: list[Trial] = []
        for target, arm in dict.fromkeys((gate.target, gate.arm) for gate in gates):
            mine = _of_arm(self.asked(), target, arm)
            accepted = _of_arm([one.trial for one in self._accepted or ()], target, arm)
            fresh = [one.seed for one in accepted if one.seed not in {None, *(trial.seed for trial in mine)}]
            more += [replace(mine[0], seed=seed) for seed in fresh[: max(0, seeds - len(mine))]]
        if not more:
            self._terminal.line("more seeds: the baseline has no further ones; accept one with more (--seeds 16)")
            return False
        still, further = counted(len(gates), "gate", "is", "are"), counted(len(more), "more trial")
        self._terminal.line(f"more seeds: {still} open; {further}, up to {seeds} an arm")
        self.run.extend(more)
        self._comparison = None
        return True

    def _compare(self) -> Comparison:
        if self._comparison is None:
            self.run.wait_for_all()
            self._comparison = Comparison(self._evidence(), self._margins)
        return self._comparison

    def _evidence(self) -> Evidence:
        asked = self.asked()
        wanted = {one.digest for trial in asked for one in (trial, trial.base_arm(), trial.base_arm("none"))}
        own = [
            one
            for one in self.run.everything()
            if one.trial.digest in wanted or (one.trial.floor is not None and one.completed)
        ]
        measured = [*own, *self.run.guesses()] if own else []
        reserve = self.choices.max_seeds is not None
        return Evidence(self._accepted, asked, measured, self.choices.allow.differences, reserve, self._anchor)

    def finish(self, reached_end: bool) -> GateContent:
        """The verdict on the whole run; whatever was not judged is told."""
        evidence = self._evidence()
        findings = [*(inspect(name, evidence) for name in CHECKS), *since_anchor(evidence)] if reached_end else []
        judged = tuple(self.verdicts[gate.id] for gate in self.selected if gate.id in self.verdicts)
        unjudged = tuple(gate.id for gate in self.gates if gate.id not in self.verdicts)
        whole = reached_end and len(judged) == len(self.selected)
        candidate = self.run.choices.profile.candidate
        name = "this run" if candidate is None else f"candidate {Path(candidate).name}"
        present = Side(name=name, command=command_line(), trials=sum(not one.is_base for one in self.asked()))
        before = None if self.baseline is None else self.baseline.as_side()
        anchor = None if self.baseline is None else self.baseline.anchor
        judgement = Judgement(tuple(findings), judged, unjudged, evidence, whole)
        return self._looking.told(judgement.as_content(before, present, anchor))


def _of_arm(trials: Iterable[Trial], target: str, arm: str) -> list[Trial]:
    return [one for one in trials if (one.target.name, one.arm) == (target, arm)]


def exit_code(content: GateContent, exitstatus: int, only_inconclusive: bool, allowed: bool) -> int:
    """What the run ends with, given its gate.

    Args:
        exitstatus: pytest's own.
        only_inconclusive: whether nothing failed but gates that cannot tell yet.
        allowed: whether the user accepts these.
    """
    if exitstatus != ExitCode.HELD and not (exitstatus == ExitCode.FAILED and only_inconclusive):
        return exitstatus
    if content.verdict == Verdict.FAIL:
        return ExitCode.FAILED if content.counts.judged else ExitCode.NOTHING_MEASURED
    return ExitCode.INCONCLUSIVE if content.verdict == Verdict.INCONCLUSIVE and not allowed else ExitCode.HELD
