"""Where a label can stand beside its point: no label covers a point or another label where there is room."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_CHARACTER, _LINE, _DOT = 6.8, 14.0, 7.0
_NEAR = ((9, -9, "left"), (9, 12, "left"), (-9, -9, "right"), (-9, 12, "right"), (9, -22, "left"), (9, 25, "left"),
         (-9, -22, "right"), (-9, 25, "right"))  # fmt: skip
_REACHES = (40.0, 62.0, 86.0, 112.0)
_DETOUR = 30.0
"""Square pixels that a label may cover before it moves away from its point, and for each further reach."""


@dataclass(frozen=True)
class Plane:
    """A chart's area: data on both axes, and pixels from the upper left corner."""

    x_domain: Sequence[float]
    y_domain: Sequence[float]
    width: float
    height: float

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        across = (x - self.x_domain[0]) / (self.x_domain[1] - self.x_domain[0])
        up = (y - self.y_domain[0]) / (self.y_domain[1] - self.y_domain[0])
        return across * self.width, (1 - up) * self.height

    def data(self, left: float, top: float) -> tuple[float, float]:
        """The inverse of `pixel`."""
        across, up = left / self.width, 1 - top / self.height
        return (
            self.x_domain[0] + across * (self.x_domain[1] - self.x_domain[0]),
            self.y_domain[0] + up * (self.y_domain[1] - self.y_domain[0]),
        )


@dataclass(frozen=True)
class Box:
    """Pixels that a mark or a label covers."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        """Shared area."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, across) * max(0.0, down)

    def outside(self, plane: Plane) -> float:
        """Pixels beyond the plot."""
        beyond = (-self.left, self.right - plane.width, -self.top, self.bottom - plane.height)
        return sum(max(0.0, pixels) for pixels in beyond)


@dataclass(frozen=True)
class Spot:
    """Where a label stands, in data; `far` from its point it needs a line to it."""

    x: float
    y: float
    align: str
    far: bool


def place(
    plane: Plane,
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    wanted: Sequence[bool],
    lines: Sequence[tuple[tuple[float, float], tuple[float, float]]] = (),
) -> list[Spot | None]:
    """A spot per label. Wanted labels come first and always stand somewhere; others only where they cover nothing.

    Args:
        texts: an empty one needs no spot.
        lines: from point to point, in data; better not covered either.
    """
    dots = [plane.pixel(*point) for point in points]
    taken = [_around(left, top, _DOT) for left, top in dots]
    taken += [_around(*spot, 1.0) for start, end in lines for spot in _along(plane.pixel(*start), plane.pixel(*end))]
    spots: list[Spot | None] = [None] * len(points)
    for number in sorted((number for number, text in enumerate(texts) if text), key=lambda number: not wanted[number]):
        best = _best(plane, dots[number], texts[number], taken, wanted[number])
        if best is not None:
            left, top, align, box, far = best
            taken.append(box)
            if far:
                taken += [_around(*spot, 1.0) for spot in _along(dots[number], (left, top))]
            spots[number] = Spot(*plane.data(left, top), align, far)
    return spots


def _around(left: float, top: float, reach: float) -> Box:
    return Box(left - reach, top - reach, left + reach, top + reach)


def _along(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """Spots every few pixels of a line."""
    steps = max(1, round(math.dist(start, end) / 3))
    return [
        (start[0] + (end[0] - start[0]) * step / steps, start[1] + (end[1] - start[1]) * step / steps)
        for step in range(steps)
    ]


def _best(
    plane: Plane, dot: tuple[float, float], text: str, taken: list[Box], wanted: bool
) -> tuple[float, float, str, Box, bool] | None:
    spots = [*_near(), *(_far() if wanted else [])]
    boxes = [_box(dot[0] + dx, dot[1] + dy, text, align) for dx, dy, align, _ in spots]
    outside = np.asarray([20 * box.outside(plane) for box in boxes])
    covered = _covered(boxes, taken) + outside + np.asarray([detour for *_, detour in spots])
    least = int(covered.argmin())
    if not wanted and covered[least] > 0:
        return None
    dx, dy, align, detour = spots[least]
    return dot[0] + dx, dot[1] + dy, align, boxes[least], detour > 0


def _covered(boxes: list[Box], taken: list[Box]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Area that each box shares with all that is taken, `(boxes,)`: as `Box.overlap`, all at once."""
    own, other = (
        np.asarray([(box.left, box.top, box.right, box.bottom) for box in some]).reshape(-1, 4)
        for some in (boxes, taken)
    )
    starts = np.maximum(own[:, None, :2], other[None, :, :2])
    ends = np.minimum(own[:, None, 2:], other[None, :, 2:])
    return np.asarray((ends - starts).clip(0).prod(axis=2).sum(axis=1), dtype=np.float64)


def _near() -> list[tuple[float, float, str, float]]:
    return [(dx, dy, align, 0.0) for dx, dy, align in _NEAR]


def _far() -> list[tuple[float, float, str, float]]:
    spots = []
    for rank, reach in enumerate(_REACHES, 1):
        for degrees in (-45, -20, -70, 20, 45, 70):
            dx, dy = reach * math.cos(math.radians(degrees)), reach * math.sin(math.radians(degrees))
            spots += [(dx, dy, "left", rank * _DETOUR), (-dx, dy, "right", rank * _DETOUR)]
    return spots


def _box(left: float, top: float, text: str, align: str) -> Box:
    width = _CHARACTER * len(text)
    start = left - (width if align == "right" else 0.0)
    return Box(start, top - _LINE / 2, start + width, top + _LINE / 2)
