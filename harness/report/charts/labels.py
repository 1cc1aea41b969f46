"""Where a label can stand beside its point: no label covers a point or another label where there is room.

Vega's own `label` transform leaves out labels that find no room near their point, and draws no line to distant ones;
and it needs a canvas, which the library that makes the still pictures lacks.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Place = tuple[float, float]
Box = tuple[float, float, float, float]
"""Pixels that a mark or a label covers: left, top, right, bottom."""
SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")

_CHARACTER, _LINE, _DOT = 6.8, 14.0, 7.0
_DETOUR = 30.0
"""Square pixels that a label may cover before it moves away from its point, and for each further reach."""
_NEAR = ((9.0, -9.0), (9.0, 12.0), (-9.0, -9.0), (-9.0, 12.0), (9.0, -22.0), (9.0, 25.0), (-9.0, -22.0), (-9.0, 25.0))
_FAR = tuple(
    (side * reach * math.cos(math.radians(degrees)), reach * math.sin(math.radians(degrees)), rank * _DETOUR)
    for rank, reach in enumerate((40.0, 62.0, 86.0, 112.0), 1)
    for degrees in (-45, -20, -70, 20, 45, 70)
    for side in (1, -1)
)
"""Pixels to the right of the point and below it, and what the detour costs; a text to its left ends there."""


@dataclass(frozen=True)
class Plane:
    """A chart's area: data on both axes, the one across logarithmic or not, and pixels from the upper left corner."""

    x_domain: Sequence[float]
    y_domain: Sequence[float]
    width: float
    height: float
    log_x: bool = False

    def pixel(self, x: float, y: float) -> Place:
        (start, end), (low, high) = map(self._linear, self.x_domain), self.y_domain
        return (self._linear(x) - start) / (end - start) * self.width, (1 - (y - low) / (high - low)) * self.height

    def data(self, left: float, top: float) -> Place:
        """The inverse of `pixel`."""
        (start, end), (low, high) = map(self._linear, self.x_domain), self.y_domain
        x = start + left / self.width * (end - start)
        return 10**x if self.log_x else x, low + (1 - top / self.height) * (high - low)

    def _linear(self, x: float) -> float:
        return math.log10(x) if self.log_x else x


def place(
    plane: Plane,
    labels: pd.DataFrame,
    names: Sequence[str],
    wanted: Sequence[bool] | None = None,
    lines: Iterable[tuple[Place, Place]] = (),
) -> pd.DataFrame:
    """A row per label that stands somewhere. Wanted ones come first, and always do; others where they cover nothing.

    Args:
        labels: columns of the point across and up, and of the text; an empty text needs no place.
        names: of the columns of the result that say where, in data; `align` is the side of the text that stands there,
            and `far` whether it needs a line to its point.
        wanted: None for all.
        lines: from point to point, in data; better not covered either.
    """
    wanted = wanted or [True] * len(labels)
    texts = list(labels.iloc[:, 2])
    dots = [plane.pixel(x, y) for x, y, _ in labels.itertuples(index=False)]
    taken = [_around(dot, _DOT) for dot in dots]
    taken += [box for start, end in lines for box in _along(plane.pixel(*start), plane.pixel(*end))]
    found = {}
    for number in sorted((number for number, text in enumerate(texts) if text), key=lambda number: not wanted[number]):
        left, top = dots[number]
        tried = [*((dx, dy, 0.0) for dx, dy in _NEAR), *(_FAR if wanted[number] else ())]
        boxes = [_box(left + dx, top + dy, texts[number], dx < 0) for dx, dy, _ in tried]
        covered = _covered(plane, boxes, taken) + np.asarray([detour for *_, detour in tried])
        best = int(covered.argmin())
        if wanted[number] or covered[best] == 0:
            dx, dy, detour = tried[best]
            taken += [boxes[best], *(_along(dots[number], (left + dx, top + dy)) if detour else ())]
            found[labels.index[number]] = (*plane.data(left + dx, top + dy), SIDES[dx < 0], detour > 0)
    return pd.DataFrame.from_dict(found, orient="index", columns=[*names, "align", "far"]).sort_index()


def _around(middle: Place, reach: float) -> Box:
    left, top = middle
    return left - reach, top - reach, left + reach, top + reach


def _along(start: Place, end: Place) -> list[Box]:
    """Every few pixels of a line."""
    steps = max(1, round(math.dist(start, end) / 3))
    (left, top), (right, bottom) = start, end
    return [
        _around((left + (right - left) * step / steps, top + (bottom - top) * step / steps), 1.0)
        for step in range(steps)
    ]


def _box(left: float, top: float, text: str, ends_here: bool) -> Box:
    width = _CHARACTER * len(text)
    start = left - (width if ends_here else 0.0)
    return start, top - _LINE / 2, start + width, top + _LINE / 2


def _covered(plane: Plane, boxes: Sequence[Box], taken: Sequence[Box]) -> NDArray[np.float64]:
    """Area that each box shares with all that is taken, `(boxes,)`; twenty for each pixel beyond the plot."""
    own, other = np.asarray(boxes), np.asarray(taken)
    starts = np.maximum(own[:, None, :2], other[None, :, :2])
    ends = np.minimum(own[:, None, 2:], other[None, :, 2:])
    beyond = np.concatenate((-own[:, :2], own[:, 2:] - (plane.width, plane.height)), axis=1).clip(0)
    return np.asarray((ends - starts).clip(0).prod(axis=2).sum(axis=1) + 20 * beyond.sum(axis=1), dtype=np.float64)
