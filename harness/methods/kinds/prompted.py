"""The kind of method that trains nothing and puts text before the question. It is tried before any training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from harness.data.readers.examples import Example
from harness.data.tasks.target import TargetTask
from harness.data.tokenization import Tokenizer, encode_answer
from harness.methods.kinds.protocol import Method
from harness.models.quantization import quantization_named
from harness.schema.trial import Trial

Choose = Callable[[Sequence[Example], Trial], Callable[[Example], list[Example]]]
"""Given the training split, returns what picks the examples shown before one question, the last one nearest to it."""

SEPARATOR = "\n\n"


@dataclass(frozen=True, kw_only=True)
class Prompted(Method):
    """Shows training examples before every question; the weights stay the base's.

    Attributes:
        choose: picks the examples to show.
        keeps: what must be kept beside the base to answer, of the training split.
    """

    choose: Choose
    keeps: Callable[[Sequence[Example], Trial], Sequence[Example]]
    rank_means: str | None = "examples"
    untuned_learning_rate: float = 0.0
    trains: ClassVar[bool] = False

    def cannot(self, trial: Trial) -> str | None:
        quantization_named(trial.quantization)
        if trial.objective == "pretrain" and self.rank_means is not None:
            return f"{self.name}: plain text asks no questions that examples could be shown before"
        return None

    def shown(self, target: TargetTask, trial: Trial, tokenizer: Tokenizer, max_length: int) -> "Shown":
        """The target with examples before every held-out question: as many of them as fit the context."""
        pick = self.choose(target.train, trial)
        counts: list[int] = []

        def extended(example: Example) -> Example:
            chosen = pick(example)
            while True:
                one = before(example, chosen)
                pair = encode_answer(tokenizer, one)
                if not chosen or len(pair.context) + len(pair.continuation) <= max_length:
                    counts.append(len(chosen))
                    return one
                chosen = chosen[1:]  # the first is the furthest from the question

        splits: dict[str, Any] = {name: tuple(map(extended, getattr(target, name))) for name in ("validation", "test")}
        return Shown(replace(target, **splits), sum(counts) / max(1, len(counts)), max(counts, default=0))


@dataclass(frozen=True)
class Shown:
    """A target with examples before its questions; how many of them on average, and at most."""

    target: TargetTask
    mean: float
    most: int


def before(example: Example, shown: Sequence[Example]) -> Example:
    """The example with others, answered, before its question: as text, or as earlier turns of a conversation."""
    if not shown:
        return example
    if example.messages:
        turns = tuple(turn for one in shown for turn in one.messages if turn[0] != "system")
        system = tuple(turn for turn in example.messages if turn[0] == "system")
        own = tuple(turn for turn in example.messages if turn[0] != "system")
        return replace(example, messages=system + turns + own)
    texts = [one.prompt + one.completion for one in shown]
    return replace(example, prompt=SEPARATOR.join([*texts, example.prompt]))
