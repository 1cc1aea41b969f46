"""Metrics of answers in words, as modules of the library `evaluate`: local ones, which load without a network."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def score_each(name: str, answers: Sequence[str], right: Sequence[str]) -> list[float]:
    """The value of every answer against the right one under the metric of that name, a directory here."""
    found = _loaded(name).compute(predictions=list(answers), references=list(right))
    return [float(value) for value in found["each"]]


@cache
def _loaded(name: str) -> Any:
    import evaluate

    # In memory: the arrow files that the library would keep are of no use, and workers would share them. The library
    # runs what it loads and cannot be told not to (`trust_remote_code`): it is only ever given the modules here.
    return evaluate.load(str(HERE / name), keep_in_memory=True)
