"""Few-shot: k examples of the training split, drawn by the seed, the same ones before every question."""

import random
from collections.abc import Callable, Sequence

from harness.data.readers.examples import Example
from harness.methods.kinds.prompted import Prompted
from harness.schema.trial import Trial


def _drawn(train: Sequence[Example], trial: Trial) -> list[Example]:
    return random.Random(f"few-shot-{trial.seed}").sample(list(train), min(int(trial.rank or 0), len(train)))


def _the_same_for_all(train: Sequence[Example], trial: Trial) -> Callable[[Example], list[Example]]:
    shown = _drawn(train, trial)
    return lambda example: shown


METHOD = Prompted(
    name="few-shot",
    summary="k training examples before every question, nothing trained; k is its rank",
    source="Brown et al. 2020, arXiv:2005.14165",
    choose=_the_same_for_all,
    keeps=_drawn,
    seeded=True,
)
