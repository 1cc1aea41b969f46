"""The general tasks: held-out items per ability with balanced answer positions, and held-out text."""

import random
from collections.abc import Callable

from harness.data.tasks.general import ChoiceItem, GeneralTask
from harness.testbed.abilities import agreement, arithmetic, chat, facts, reading, sequences, stories
from harness.testbed.problem import Question, Split

TEST_ITEMS = 400
Ask = Callable[[random.Random, Split], Question]
ABILITIES: dict[str, Ask] = {
    ability.NAME: ability.question for ability in (facts, arithmetic, agreement, stories, sequences, reading, chat)
}


def items(ability: str, split: Split, count: int, seed: int) -> GeneralTask:
    """`count` distinct held-out items of an ability; each answer position is right equally often.

    Raises:
        RuntimeError: the ability has too few held-out problems.
    """
    rng = random.Random(f"{ability}-{split}-{seed}")
    asked: dict[str, Question] = {}
    for _ in range(count * 50):
        if len(asked) == count:
            break
        question = ABILITIES[ability](rng, split)
        asked.setdefault(question.context, question)
    if len(asked) < count:
        raise RuntimeError(f"{ability} yields {len(asked)} distinct {split} items, {count} are needed")
    placed = (_placed(f"{ability}-{i + 1:04d}", q, i % (len(q.wrong) + 1)) for i, q in enumerate(asked.values()))
    return GeneralTask(ability, "choice", tuple(placed), "")


def _placed(name: str, question: Question, answer: int) -> ChoiceItem:
    choices = [*question.wrong[:answer], question.right, *question.wrong[answer:]]
    return ChoiceItem(name, question.cluster, question.context, tuple(choices), answer)
