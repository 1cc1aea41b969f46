"""What a chart is on the page: a picture with its caption, and the colour and shape of every method in it."""

from dataclasses import dataclass, replace
from typing import Any

from harness.report.model.arms import REFERENCE
from harness.schema.wording import counted

INK, MUTED, GRID = "#6f7580", "#7b818c", "#9aa0aa"

COLORS = ("#5b6470", "#0072b2", "#d55e00", "#009e73", "#b0579a", "#c98a00", "#3aa0d8", "#8c564b", "#7f7fd5")
"""Okabe & Ito 2008, darkened where needed for lines on white; the first, neutral one is the reference's."""

MOST_LINES = len(COLORS)
"""Lines that one panel can show; more need a panel each."""

MOST_MARKS = 2 * (len(COLORS) - 1)
"""Methods that colour and shape together tell apart, where each is named beside its point too."""

PATHS = {
    "diamond": "M6 1l5 5l-5 5l-5-5z",
    "circle": "M10 6a4 4 0 1 1-8 0a4 4 0 1 1 8 0z",
    "square": "M2.5 2.5h7v7h-7z",
    "triangle-up": "M6 1.5l5 9h-10z",
    "cross": "M4 1h4v3h3v4h-3v3h-4v-3h-3v-4h3z",
    "triangle-down": "M6 10.5l5-9h-10z",
    "triangle-right": "M10.5 6l-9 5v-10z",
    "triangle-left": "M1.5 6l9 5v-10z",
}
SHAPES = tuple(PATHS)


@dataclass(frozen=True)
class Mark:
    """Colour and shape of one method, the same in every chart."""

    name: str
    color: str
    shape: str
    shared: bool = False
    """Whether other methods have the same mark, so that only a name beside it tells them apart."""

    @property
    def path(self) -> str:
        """The shape in a box of 12 by 12, for the legend."""
        return PATHS[self.shape]


def marks(methods: list[str], at_levels: list[str]) -> list[Mark]:
    """A mark per method; more methods than colours share one mark, and are named where they are drawn.

    Args:
        methods: the reference first, where the run has it.
        at_levels: those that charts draw lines for: the first to get a mark of their own.
    """
    others = [name for name in methods if name != REFERENCE]
    if len(others) > MOST_MARKS:
        others = [name for name in at_levels if name != REFERENCE][:MOST_MARKS]
    own = {REFERENCE: Mark(REFERENCE, COLORS[0], SHAPES[0])}
    for place, name in enumerate(others):
        around, hue = divmod(place, len(COLORS) - 1)
        own[name] = Mark(name, COLORS[1 + hue], SHAPES[(1 + hue + 3 * around) % len(SHAPES)])
    return [own.get(name) or Mark(name, INK, "circle", shared=True) for name in methods]


def legend(known: list[Mark]) -> list[Mark]:
    """Every method with a mark of its own, and one entry for all that share one."""
    shared = [mark for mark in known if mark.shared]
    rest = [replace(shared[0], name=counted(len(shared), "other method"))] if shared else []
    return [mark for mark in known if not mark.shared] + rest


VegaLite = dict[str, Any]
"""A specification of a chart, as altair makes it and Vega-Lite reads it."""


@dataclass(frozen=True)
class Figure:
    """A chart ready for the page."""

    svg: str
    caption: str
    name: str
    """No other figure of the page has it."""
    target: str
    """Target task whose arms it shows; empty where it shows several."""
    spec: VegaLite
    """The Vega-Lite specification that the picture was made from, for scripts to draw it again."""
