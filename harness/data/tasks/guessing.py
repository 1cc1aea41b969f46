"""What does guessing score on a target? Two ways to answer without knowing: neither is told which answer is whose.

The first gives every test item the commonest training answer to questions of its kind, no model asked. The kind is
told from the prompts, whatever the data: what is left when words that few training prompts share are blotted out, and
prompts worded otherwise that are answered out of the same answers are of one kind. What guesses best on training rows
left out decides how few, and whether wordings are pooled. The second trains on the rows with their answers dealt out
anew.
"""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.data.readers.examples import Example
from harness.data.tasks.target import TargetTask

SHARES = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
"""A word belongs to the kind of a question where at least this part of the training prompts holds it; coarse first."""
LEAST = 3
"""Training prompts that hold such a word at least, however few there are; and answers by which kinds are compared."""
LOOKED_AT = 2000
"""Training rows on which the way of guessing is chosen."""
FOLDS = 5
END = 500
"""Characters at either end of a prompt that its kind is told from."""
ALIKE = 0.5
"""Kinds that share so many of their answers are one; a prompt of no known kind is of the one that it shares so much of
its words with."""
MOST_KINDS = 200
"""The commonest ones, among which the like are looked for."""
RIGHT_OR_WRONG = ("exact_match",)
"""Metrics by which a guess is right or wrong."""
DEALT_WITH = 0
"""Seed of the order in which answers are dealt out anew."""
BLOT = "_"

Kind = tuple[str, ...]
UNKNOWN: Kind = ("", "")
"""Of no prompt: no word is empty."""
Row = tuple[tuple[str, ...], str, str]
"""Words of a prompt, its answer without the punctuation that it ends in, and that."""


@dataclass(frozen=True)
class Guess:
    """What is guessed for one item."""

    answer: str
    share_of_right: float
    """Of its kind's training answers, the part that is right; each answer counts once more, so that it is never 0."""


def guesses(target: TargetTask, asked: Sequence[Example]) -> list[Guess] | None:
    """The commonest training answer to questions of the same kind; of all, where no kind is near.

    Returns:
        One per item; None where the metric does not know right from wrong.
    """
    if target.metric not in RIGHT_OR_WRONG:
        return None
    rule = _best_rule([_row(one) for one in target.train])
    return [rule.guess(_row(one)) for one in asked]


def with_answers_dealt_anew(target: TargetTask) -> TargetTask:
    """The same training questions and the same answers, none of which stands where it stood: one cycle through all."""
    order = list(range(len(target.train)))
    random.Random(DEALT_WITH).shuffle(order)
    givers = dict(zip(order, [*order[1:], *order[:1]], strict=True))
    dealt = (_answered(one, target.train[givers[place]].answer) for place, one in enumerate(target.train))
    return replace(target, train=tuple(dealt))


def can_be_dealt(target: TargetTask) -> bool:
    """Whether the training rows have questions and answers: plain text has neither."""
    return target.objective != "pretrain" and len(target.train) > 1


def _answered(example: Example, answer: str) -> Example:
    if not example.messages:
        return replace(example, completion=answer)
    (role, _), messages = example.messages[-1], example.messages[:-1]
    return replace(example, messages=(*messages, (role, answer)))


def _row(example: Example) -> Row:
    text, answer = example.question, example.answer.strip()
    ends = text if len(text) <= 2 * END else f"{text[:END]} {text[-END:]}"
    core = re.sub(r"\W+$", "", answer) or answer
    return tuple(re.findall(r"\w+|[^\w\s]", ends.lower())), core, answer[len(core) :]


@dataclass(frozen=True)
class _Rule:
    """What is guessed for each kind of question."""

    common: frozenset[str]
    """The words that tell kinds apart."""
    answers: Mapping[Kind, Counter[str]]
    """All of them stand under `UNKNOWN`."""
    tails: Mapping[Kind, Counter[str]]
    """Punctuation that answers of the kind end in."""
    near: tuple[Kind, ...]
    """The commonest kinds, which others may be like."""
    weights: Mapping[str, float]
    """By word: the fewer kinds have it, the more it says which kind this is."""

    @classmethod
    def of(cls, rows: Sequence[Row], common: frozenset[str], pooled: bool) -> "_Rule":
        answers, tails = defaultdict[Kind, Counter[str]](Counter), defaultdict[Kind, Counter[str]](Counter)
        for words, core, tail in rows:
            kind = _kind(words, common)
            answers[kind][core] += 1
            tails[kind][tail] += 1
        holding = Counter(word for kind in answers for word in set(kind) - {BLOT})
        weights = {word: math.log((1 + len(answers)) / count) for word, count in holding.items()}
        near = tuple(_commonest_kinds(answers))
        own = _pooled(answers, near) if pooled else dict(answers)
        own[UNKNOWN], tails[UNKNOWN] = Counter(core for _, core, _ in rows), Counter(tail for *_, tail in rows)
        return cls(common, own, tails, near, weights)

    def guess(self, row: Row) -> Guess:
        words, right, _ = row
        kind = _kind(words, self.common)
        kind = kind if kind in self.answers else self._nearest(kind)
        known, everything = self.answers[kind], self.answers[UNKNOWN]
        different = len(everything) + (right not in everything)
        return Guess(_commonest(known) + _commonest(self.tails[kind]), (known[right] + 1) / (known.total() + different))

    def _nearest(self, kind: Kind) -> Kind:
        """The likest of the commonest kinds; none, where it shares less than `ALIKE` of its weight."""
        likest = max(self.near, key=lambda one: self._alike(kind, one), default=UNKNOWN)
        return likest if self._alike(kind, likest) >= ALIKE else UNKNOWN

    def _alike(self, one: Kind, other: Kind) -> float:
        either = sum(self.weights.get(word, 0.0) for word in {*one, *other})
        return sum(self.weights.get(word, 0.0) for word in {*one} & {*other}) / either if either else 0.0


def _best_rule(rows: Sequence[Row]) -> _Rule:
    """What guesses best on training rows that were left out; one kind for all where nothing guesses better."""
    looked_at, shared = rows[:LOOKED_AT], Counter(word for words, *_ in rows for word in set(words))
    shares = [frozenset(word for word, count in shared.items() if count >= max(LEAST, s * len(rows))) for s in SHARES]
    ways = [(frozenset[str](), False), *((common, pooled) for common in shares for pooled in (False, True))]
    return _Rule.of(rows, *max(ways, key=lambda way: _right(looked_at, *way)))


def _right(rows: Sequence[Row], common: frozenset[str], pooled: bool) -> int:
    """Rows of known kinds that are guessed right when each fifth of them is left out in turn."""
    right = 0
    for fold in range(FOLDS):
        rule = _Rule.of([row for place, row in enumerate(rows) if place % FOLDS != fold], common, pooled)
        best = {kind: _commonest(answers) for kind, answers in rule.answers.items()}
        right += sum(best.get(_kind(words, common)) == core for words, core, _ in rows[fold::FOLDS])
    return right


def _kind(words: Sequence[str], common: frozenset[str]) -> Kind:
    """The words that many prompts share, in order; each run of others is one blot."""
    kept = [word if word in common else BLOT for word in words]
    return tuple(word for place, word in enumerate(kept) if word != BLOT or kept[place - 1 : place] != [BLOT])


def _commonest(answers: Counter[str]) -> str:
    """The first in the alphabet where several are equally common: the order of the rows says nothing."""
    return min(answers, key=lambda answer: (-answers[answer], answer), default="")


def _commonest_kinds(answers: Mapping[Kind, Counter[str]]) -> list[Kind]:
    return sorted(answers, key=lambda kind: (-answers[kind].total(), kind))[:MOST_KINDS]


def _pooled(answers: Mapping[Kind, Counter[str]], near: Sequence[Kind]) -> dict[Kind, Counter[str]]:
    """Each kind with the answers of all that share theirs with it; of kinds with few answers, its own alone."""
    pools: list[tuple[list[Kind], Counter[str]]] = []
    for kind in (one for one in near if len(answers[one]) >= LEAST):
        own, kinds, apart = answers[kind].copy(), [kind], []
        for others, pool in pools:
            if len(own.keys() & pool.keys()) >= ALIKE * min(len(own), len(pool)):
                own, kinds = own + pool, [*kinds, *others]
            else:
                apart.append((others, pool))
        pools = [*apart, (kinds, own)]
    return dict(answers) | {kind: pool for kinds, pool in pools for kind in kinds}
