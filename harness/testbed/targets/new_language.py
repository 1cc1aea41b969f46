"""New language: short sentences translated into an invented language.

Object, verb, subject; adjectives follow their noun; the object's noun ends in -ek; the negation opens
the sentence.
"""

import random

from harness.testbed.invented import ADJECTIVES, NOT, NOUNS, OBJECT_ENDING, VERBS
from harness.testbed.problem import Row

NAME = "new-language"
METRIC = "exact_match"
DISTANCE = 5
DESCRIPTION = "Short sentences translated into an invented language of 17 words, with its own order and an ending."


def _phrase(rng: random.Random, noun: str, ending: str) -> tuple[str, str]:
    """A noun phrase in English and in the language, with an adjective in half of the cases."""
    if rng.random() < 0.5:
        return f"the {noun}", NOUNS[noun] + ending
    adjective = rng.choice(tuple(ADJECTIVES))
    return f"the {adjective} {noun}", f"{NOUNS[noun]}{ending} {ADJECTIVES[adjective]}"


def propose(rng: random.Random) -> Row:
    """One sentence and its translation."""
    subject, thing = rng.sample(tuple(NOUNS), 2)
    verb = rng.choice(tuple(VERBS))
    who, who_there = _phrase(rng, subject, "")
    what, what_there = _phrase(rng, thing, OBJECT_ENDING)
    negated = rng.random() < 0.25
    english = f"{who} never {verb} {what}" if negated else f"{who} {verb} {what}"
    there = f"{what_there} {VERBS[verb]} {who_there}"
    there = f"{NOT} {there}" if negated else there
    prompt = f"Translate: {english}.\nAnswer:"
    return Row(prompt, f" {there}", f"{verb}:{subject}", f"language:{english}")
