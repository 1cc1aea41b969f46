"""What a reader may care about, and what a recommendation is made of."""

from dataclasses import dataclass
from enum import Enum

from harness.report.words.phrases import some

ALIKE = 1.05
"""Counted costs within this ratio of the smallest are as good as equal."""

CLEAR_RATIO = 1.5
"""Seconds within this ratio of the shortest cannot be told apart."""


class Standing(Enum):
    """How sure a recommendation is."""

    CLEAR = "clear"
    """One arm, told apart from every other candidate."""
    OPEN = "no clear winner"
    """Several arms that the figures cannot tell apart."""
    ALONE = "only choice"
    """One arm, and no other to compare it with."""
    NONE = "none"
    """No arm qualifies."""
    UNKNOWN = "not measured"
    """Arms gained for certain, and none of them has the figure."""


@dataclass(frozen=True)
class Criterion:
    """What a reader may care about."""

    key: str
    label: str
    """Three words at most."""
    purpose: str
    """The same at the end of a sentence, after "for"."""
    rule: str
    """How the arm is chosen, in one sentence for the page."""


@dataclass(frozen=True)
class Recommendation:
    """One arm, or those that cannot be told apart, with what speaks for it."""

    criterion: Criterion
    standing: Standing
    arms: tuple[str, ...]
    """Best figure first; all of them are as good as the first, as far as the figures show."""
    evidence: str
    """The first arm's figures with their intervals."""
    uncertainty: str
    """What the others have, and what weakens the choice."""

    @property
    def answer(self) -> str:
        """The arm's name, or that there is none, no clear one, or no figure to tell."""
        if self.standing in (Standing.CLEAR, Standing.ALONE):
            return self.arms[0]
        if self.standing is Standing.UNKNOWN:
            return "Not measured"
        return "No clear winner" if self.arms else "None"

    @property
    def remark(self) -> str:
        """What a name alone would hide: that nothing stood against it."""
        return "the only one to choose from" if self.standing is Standing.ALONE else ""

    @property
    def rivals(self) -> str:
        """Who cannot be told apart; empty where one arm stands out."""
        return some(list(self.arms)) if self.standing is Standing.OPEN else ""


GAIN = Criterion(
    "gain",
    "Most gain",
    "gain",
    "The largest gain; every other arm is set against it item by item and seed by seed, all of them at once (Holm).",
)
LEAST_FORGOTTEN = Criterion(
    "forgetting",
    "Least forgotten at matched gain",
    "least forgetting at matched gain",
    "Of the trained arms that came as far as three quarters of the largest gain, the one that had forgotten least when "
    "it was there, read along training; every other arm is set against it item by item, all of them at once (Holm).",
)
TRAINING = Criterion(
    "training",
    "Cheapest to train",
    "cheap training",
    "The fewest operations per training token, which are exact; within 5 % they count as alike. Where operations were "
    "not counted: the shortest training, by a ratio of at least 1.5. An arm that trains nothing costs nothing.",
)
ARTIFACT = Criterion(
    "artifact",
    "Smallest to keep",
    "a small artifact",
    "The fewest bytes to keep, which are exact; within 5 % they count as alike.",
)
SERVING = Criterion(
    "serving",
    "Fastest to serve",
    "fast serving",
    "The shortest time to read the question, shown examples and virtual tokens included; seconds need a ratio of at "
    "least 1.5, and arms within it are ranked by operations, which are exact and count as alike within 5 %.",
)
COMPROMISE = Criterion(
    "compromise",
    "Best compromise",
    "a compromise",
    "Least lost in all: what is missing to the largest gain, in per cent of it, plus the points of accuracy forgotten. "
    "Such an arm lies on the Pareto front: no other has more gain and less forgetting. Every other arm is "
    "set against it item by item, all of them at once (Holm).",
)
CRITERIA = (GAIN, LEAST_FORGOTTEN, TRAINING, ARTIFACT, SERVING, COMPROMISE)

CANDIDATES_RULE = (
    "Only arms whose gain is certain are chosen from: the 95 % interval lies above zero. "
    "Arms that train nothing are among them, except for least forgotten: they cannot forget."
)
