"""P-values: of changed answers, exactly, and of many tests at once."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given (Holm 1979).

    Rejecting those that are at most alpha rejects a true hypothesis, any of them, with at most alpha.
    """
    given = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    adjusted = np.zeros(len(order))
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, np.arange(len(order), 0, -1) * given[order]))
    return [float(one) for one in adjusted]


def holm_of_known(p_values: Sequence[float | None]) -> list[float | None]:
    """The same over those that are known; None stays None."""
    adjusted = iter(holm([p for p in p_values if p is not None]))
    return [None if p is None else next(adjusted) for p in p_values]


def mcnemar(right_to_wrong: int, wrong_to_right: int) -> float:
    """Exact two-sided p-value that both directions of change are equally likely (McNemar 1947)."""
    changed = right_to_wrong + wrong_to_right
    return 1.0 if changed == 0 else float(binomtest(right_to_wrong, changed, 0.5).pvalue)
