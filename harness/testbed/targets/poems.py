"""Poems: a two-sentence story turned into a three-line poem by one rule."""

import random

from harness.testbed.lexicon import COLORS, NAMES, OBJECTS, PLACES
from harness.testbed.problem import Row

NAME = "poems"
METRIC = "exact_match"
DISTANCE = 2
DESCRIPTION = "A short story of the known kind, turned into a three-line poem by a fixed rule."
# What happens to the thing, and the mood that the poem must name.
DEEDS = (("lost", "sad"), ("found", "happy"), ("broke", "sad"), ("won", "happy"), ("sold", "rich"), ("hid", "quiet"))


def propose(rng: random.Random) -> Row:
    """One story and its poem: the thing called twice, then the place, then the mood."""
    name, friend = rng.sample(NAMES, 2)
    color, thing, place = rng.choice(COLORS), rng.choice(OBJECTS), rng.choice(PLACES)
    deed, mood = rng.choice(DEEDS)
    story = f"{name} {deed} the {color} {thing} in the {place}. {friend} saw it."
    poem = f"O {thing}, {color} {thing},\nin the {place} {name} {deed} you,\nand {friend} saw {name} so {mood}."
    return Row(f"Story: {story}\nPoem:", f" {poem}", f"{deed}:{place}", f"poem:{story}")
