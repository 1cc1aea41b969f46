"""What guessing the commonest answers scores on a target: measured like any trial, though no model is asked."""

import math
from datetime import UTC, datetime

import pandas as pd

from harness.data.tasks.guessing import guesses
from harness.data.tasks.target import TargetTask, split_hashes
from harness.schema.measured import TARGET, Measured, with_none
from harness.schema.record import Record, Score, Status
from harness.schema.trial import Trial


def guessed(trial: Trial, target: TargetTask) -> Measured | None:
    """The scores of always giving the commonest training answer to questions of the same kind.

    Args:
        trial: a majority floor.

    Returns:
        None where the target's metric does not know right from wrong. The nats are those of the answer among all
        training answers of its kind.
    """
    asked = target.test[: trial.scoring.max_items or None]
    given = guesses(target, asked)
    if given is None:
        return None
    rows = {
        "role": TARGET,
        "task": target.name,
        "item": [one.id for one in asked],
        "cluster": [one.cluster for one in asked],
        "score": [float(one.answer == example.answer.strip()) for one, example in zip(given, asked, strict=True)],
        "nll": [-math.log(one.share_of_right) for one in given],
    }
    items = with_none(pd.DataFrame(rows))
    value, nll = float(items["score"].mean()), float(items["nll"].mean())
    score = Score(target.name, "completion", target.metric, target.higher_is_better, 0.0, len(items), value, nll)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    record = Record(
        trial, Status.COMPLETED, None, target=score, splits=split_hashes(target), started_at=started, duration_s=0.0
    )
    return Measured(record, items)
