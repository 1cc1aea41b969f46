"""What is to be run: a trial with what its sources stand for, and all of them that a profile asks for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.data.tasks.general import GeneralTask
from harness.data.tasks.replay import ReplayText
from harness.data.tasks.target import TargetTask
from harness.methods.candidate import Candidate
from harness.models.base import BaseModel
from harness.schema.trial import Trial


@dataclass(frozen=True)
class Inputs:
    """What a trial's sources stand for, loaded once per process."""

    base: BaseModel
    target: TargetTask
    general: tuple[GeneralTask, ...]
    replay: ReplayText | None = None
    candidate: Candidate | None = None


@dataclass(frozen=True)
class Job:
    """A trial and what its sources stand for; everything a worker needs."""

    trial: Trial
    inputs: Inputs
    keep: Path | None = None
    """Where what it trains is kept; None keeps nothing."""
    scratch: Path | None = None
    """Below which it may write for the time of a check; None for the system's temporary directory."""


Group = Sequence[Job]
"""Jobs that share a base and its quantization: run one after the other, they find warm caches."""


@dataclass(frozen=True)
class Workload:
    """The trials that a profile asks for, and what their sources stand for."""

    trials: tuple[Trial, ...]
    unsupported: dict[str, str]
    """Digest of a trial that cannot be, and the reason."""
    base: BaseModel
    targets: dict[str, TargetTask]
    """By sha256 of their content."""
    general: tuple[GeneralTask, ...]
    replay: ReplayText | None = None
    """General text, where a trial mixes it in."""
    artifacts: Path | None = None
    """Where trained models are kept; None where they are not."""
    candidate: Candidate | None = None
    """What was trained elsewhere, where a trial evaluates it."""

    @property
    def notes(self) -> list[str]:
        """What of the data is not used, or cut."""
        data = [f"data: {note}" for target in self.targets.values() for note in target.notes]
        general = [f"general: {note}" for task in self.general for note in task.notes]
        return data + general + [f"replay: {note}" for note in (self.replay.notes if self.replay else ())]

    def job(self, trial: Trial) -> Job:
        replay = self.replay if trial.replay is not None else None
        candidate = self.candidate if trial.candidate is not None else None
        general = () if trial.floor is not None else self.general
        inputs = Inputs(self.base, self.targets[trial.target.sha256], general, replay, candidate)
        return Job(trial, inputs, self.artifact_of(trial))

    def artifact_of(self, trial: Trial) -> Path | None:
        """The directory of what the trial trained: named to be found, and after everything that it depends on."""
        if self.artifacts is None or not trial.trains or trial.floor is not None:
            return None
        return self.artifacts / f"{re.sub(r'[^A-Za-z0-9._=+-]', '_', trial.id)}-{trial.digest[:8]}"
