"""General prose: paragraphs of scenes. Of every sentence of a scene a few versions stand here; a paragraph takes one of
each, and no two paragraphs of a scene share all but one of their sentences.
"""

import random
from itertools import product

from harness.data.tasks.general import TextItem
from harness.testbed.english.scenes import SCENES

NAME = "prose"
_PARAGRAPHS = 6
"""Of each scene."""


def texts() -> list[TextItem]:
    """The paragraphs of all scenes, in a random order; a scene is a cluster."""
    told = [(name, text) for name, scene in SCENES.items() for text in _paragraphs(name, scene)]
    random.Random(NAME).shuffle(told)
    return [TextItem(f"{NAME}-{number:04d}", name, text) for number, (name, text) in enumerate(told, 1)]


def _paragraphs(name: str, scene: str) -> list[str]:
    """Some of a scene's paragraphs, far from one another.

    Raises:
        RuntimeError: the scene has too few versions of its sentences.
    """
    versions = [line.strip().split(" | ") for line in scene.strip().splitlines()]
    every = list(product(*versions))
    random.Random(f"{NAME}-{name}").shuffle(every)
    kept: list[tuple[str, ...]] = []
    for one in every:
        if all(sum(a == b for a, b in zip(one, other, strict=True)) <= len(one) // 2 for other in kept):
            kept.append(one)
    if len(kept) < _PARAGRAPHS:
        raise RuntimeError(f"the scene {name!r} gives {len(kept)} paragraphs, {_PARAGRAPHS} are needed")
    return [" ".join(one) for one in kept[:_PARAGRAPHS]]
