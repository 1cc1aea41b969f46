"""Which training shows what guessing scores on a target? One per target, on answers dealt out anew."""

from collections.abc import Iterable

from harness.data.tasks.guessing import can_be_dealt
from harness.plan.job import Workload
from harness.schema.trial import RateSource, Trial

REFERENCE = "full"
FLOOR_SEED = 7919
"""Beside the seeds that runs take, and the same for all of them: a floor is trained once."""


def floors_for(workload: Workload, trials: Iterable[Trial]) -> list[Trial]:
    """The trainings on shuffled answers of the targets that these trials train on; of plain text there is none."""
    targets = dict.fromkeys(trial.target for trial in trials if trial.trains and trial.floor is None)
    dealt = (target for target in targets if can_be_dealt(workload.targets[target.sha256]))
    own = ([trial for trial in workload.trials if trial.target == target] for target in dealt)
    return [floor for trials in own if (floor := _floor(workload, trials)) is not None]


def _floor(workload: Workload, trials: Iterable[Trial]) -> Trial | None:
    """With the arm that stands for all: full fine-tuning as it comes, else the first that trains."""
    possible = [one for one in trials if one.trains and one.digest not in workload.unsupported]
    trained = [one for one in possible if one.learning_rate_source != RateSource.SWEPT]
    plain = (one for one in trained if (one.method, one.settings, one.quantization) == (REFERENCE, (), "none"))
    first = next(plain, trained[0] if trained else None)
    return None if first is None else first.shuffled_floor(FLOOR_SEED)
