"""Judges gates, each at the error that earlier looks at its arm have left: see `harness.store.looks`."""

from collections.abc import Sequence
from dataclasses import replace

from harness.judge.gate.gates import Gate, worst
from harness.judge.gate.judgement import Comparison
from harness.judge.gate.scores import ALPHA
from harness.schema.gate import GateContent, GateResult, Look
from harness.store.looks import Looks
from harness.store.runs import StoredRun

Arm = tuple[str, str]


class Looking:
    """Looks at what is compared with an accepted run; where nothing was accepted, none is kept.

    Raises:
        UserError: the file of earlier looks is damaged.
    """

    def __init__(self, accepted: StoredRun | None) -> None:
        self._looks: Looks | None = None
        if accepted is not None and accepted.looks is not None:
            self._looks = Looks(accepted.looks, accepted.scores, ALPHA)
        self._last: dict[Arm, Look] = {}

    def judge(self, comparison: Comparison, gates: Sequence[Gate], planned: float = ALPHA) -> dict[str, GateResult]:
        """What these gates say, by their ids.

        Args:
            planned: one-sided error that this look should have; arms that earlier looks left less have less.
        """
        arms = list(dict.fromkeys((gate.target, gate.arm) for gate in gates))
        errors = {arm: self._error(comparison, arm, planned) for arm in arms}
        found: dict[str, GateResult] = {}
        for error in dict.fromkeys(errors.values()):
            shared = replace(comparison, alpha=error)
            found |= {gate.id: shared.judge(gate) for gate in gates if errors[gate.target, gate.arm] == error}
        for arm in arms:
            self._ended(arm, [found[gate.id] for gate in gates if (gate.target, gate.arm) == arm])
        return found

    def _error(self, comparison: Comparison, arm: Arm, planned: float) -> float:
        trials = [one for one in comparison.evidence.asked if (one.target.name, one.arm) == arm and not one.is_base]
        if self._looks is None or not trials:
            return planned
        self._last[arm] = self._looks.look(trials, planned)
        return self._last[arm].error

    def _ended(self, arm: Arm, said: Sequence[GateResult]) -> None:
        if self._looks is not None and arm in self._last:
            self._looks.ended(self._last[arm], worst(one.verdict for one in said))

    def told(self, content: GateContent) -> GateContent:
        """The same content, with the looks that it rests on."""
        unkept = "" if self._looks is None else self._looks.unwritable
        return content.with_(looks=tuple(self._last.values()), looks_unkept=unkept)
