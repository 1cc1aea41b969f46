"""New facts: 50 more people in the known style.

The facts are the same in all splits, by design: to know a fact that was never told is impossible. What
differs is the wording (two wordings of a fact's question are held out, and never in train), and validation
and test ask about disjoint facts, each in both. So this task measures how well stated
knowledge is learned, not how it generalizes.
"""

import random

from harness.testbed.abilities.facts import ask, wordings
from harness.testbed.problem import Row, Split
from harness.testbed.world import STATEMENTS, Fact, new_facts

NAME = "new-facts"
METRIC = "exact_match"
DISTANCE = 1
DESCRIPTION = "Facts about 50 people whom the base never met, stated and asked in the style it knows."
STATEMENT_WORDINGS = 2
QUESTION_WORDINGS = 1
HELD_OUT: tuple[Split, ...] = ("test", "validation")
"""Splits of the wordings: those of both are never trained on."""
VALIDATION_FACTS = 50


def _stated(fact: Fact, wording: str) -> Row:
    """A statement, cut before its value."""
    before, after = wording.format(n=fact.person, v="\0").split("\0")
    return Row(before.rstrip(), f" {fact.value}{after}", fact.person, f"{fact.problem}:{wording}")


def _asked(fact: Fact, wording: str) -> Row:
    return Row(ask(fact, wording), f" {fact.value}", fact.person, f"{fact.problem}:{wording}")


def rows(rng: random.Random) -> dict[Split, list[Row]]:
    """Two statements and one question per fact for train; two questions per fact for validation or test."""
    facts = list(new_facts())
    train = [_stated(f, w) for f in facts for w in rng.sample(STATEMENTS[f.attribute], STATEMENT_WORDINGS)]
    train += [_asked(f, w) for f in facts for w in rng.sample(wordings(f, "train"), QUESTION_WORDINGS)]
    rng.shuffle(train)
    rng.shuffle(facts)
    asked: dict[Split, list[Fact]] = {"validation": facts[:VALIDATION_FACTS], "test": facts[VALIDATION_FACTS:]}
    held = {
        split: [_asked(f, wordings(f, kind)[0]) for f in some for kind in HELD_OUT] for split, some in asked.items()
    }
    return {"train": train, **held}
