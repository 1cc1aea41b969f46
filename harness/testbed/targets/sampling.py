"""How a target task's three splits are filled: by the hash of the source problem, without duplicates."""

import random
from collections.abc import Callable, Mapping

from harness.testbed.problem import SPLITS, Row, Split, split_of

SIZES: dict[Split, int] = {"train": 1200, "validation": 200, "test": 300}
HELD = 0.4


def sampled(
    rng: random.Random,
    propose: Callable[[random.Random], Row],
    sizes: Mapping[Split, int] = SIZES,
) -> dict[Split, list[Row]]:
    """Rows per split; a problem occurs once, in the split that its hash says.

    Raises:
        RuntimeError: 50,000 proposals did not fill the splits; the task's space of problems is too small.
    """
    rows: dict[Split, list[Row]] = {split: [] for split in SPLITS}
    seen: set[str] = set()
    for _ in range(50_000):
        if all(len(rows[s]) == sizes[s] for s in SPLITS):
            return rows
        row = propose(rng)
        split = split_of(row.problem, HELD)
        if row.problem not in seen and len(rows[split]) < sizes[split]:
            seen.add(row.problem)
            rows[split].append(row)
    raise RuntimeError(f"50,000 proposals of {propose.__module__} did not fill its splits; widen its problem space")
