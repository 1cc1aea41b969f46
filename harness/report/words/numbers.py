"""Numbers as a reader needs them: in a unit that fits, and no finer than their interval supports."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from harness.schema.judged import OWN_UNIT

MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"
_UNBOUNDED_METRICS = ("nll", "loss", "perplexity")

Triple = tuple[float, float, float]
"""A value, and the lower and the upper bound of its interval."""


@dataclass(frozen=True)
class Unit:
    """What a difference in a metric is shown in."""

    scale: float
    name: str

    def scaled(self, found: Triple) -> Triple:
        """A difference with its interval, in this unit."""
        value, low, high = found
        return self.scale * value, self.scale * low, self.scale * high

    def after(self, number: str) -> str:
        """The number with its unit: `+1 point`, `0.5 nats`."""
        one = number.rpartition(" ")[2].strip(f"+-{MINUS}") == "1"
        return f"{number} {self.name.removesuffix('s') if one else self.name}".rstrip()


POINTS = Unit(100.0, "points")
NATS = Unit(1.0, "nats")
PLAIN = Unit(1.0, "")


def unit_of(metric: str) -> Unit:
    """Points (hundredths) for shares such as accuracy, nats for likelihoods, the bare number for everything else."""
    if metric.endswith(OWN_UNIT):
        return PLAIN
    if not metric.startswith(_UNBOUNDED_METRICS):
        return POINTS
    return PLAIN if metric.startswith("perplexity") else NATS


def supported_decimals(intervals: Iterable[Sequence[float] | None], scale: float = 1.0, most: int = 3) -> int:
    """Decimals that the typical interval leaves meaningful: two digits of a half-width from 1 to 3.5, else one.

    The rounding rule of the Particle Data Group (Review of Particle Physics, introduction 5.3), applied to
    the median half-width so that the figures of one column line up. Intervals of width zero say nothing.
    """
    # Resamples that all agree may still differ in the last bit of a float.
    widths = [half for one in intervals if one and (half := scale * (one[1] - one[0]) / 2) > 1e-9 * scale]
    if not widths:
        return 1
    typical = median(widths)
    exponent = math.floor(math.log10(typical))
    leading = typical / 10**exponent
    return min(most, max(0, -exponent + (1 if leading < 3.55 else 0)))


def fixed(value: float | None, decimals: int, plus: bool = False) -> str:
    """A number with a true minus sign; `+1.2` if `plus`; never a negative zero."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:{'+' if plus else ''}.{decimals}f}"
    return (text if text.strip("+-0.") else text.lstrip("+-")).replace("-", MINUS)


def spread(interval: Sequence[float] | None, decimals: int, scale: float = 1.0) -> str:
    """`38 to 46`."""
    return " to ".join(fixed(bound * scale, decimals) for bound in interval or ())


def figure(found: Triple, unit: Unit, plus: bool = False, among: Iterable[Triple] = ()) -> tuple[str, str]:
    """`+42` and `38 to 46`: a value and its interval, as fine as this supports, or those of the figures around it."""
    decimals = supported_decimals([one[1:] for one in among or (found,)], unit.scale)
    value, *interval = unit.scaled(found)
    return fixed(value, decimals, plus), spread(interval, decimals)


def up_to(value: float, unit: Unit) -> str:
    """`6.2 points`: a bound, rounded up to two digits so that it still holds."""
    return unit.after(rounded_up(unit.scale * value))


def rounded_up(value: float, least: int = 0) -> str:
    """`6.2`, `0.031`, `14`: two digits, and no smaller than the value.

    Args:
        least: decimals at least, where there is something behind the point.
    """
    if not value:
        return "0"
    decimals = max(least, 1 - math.floor(math.log10(abs(value))))
    text = f"{math.ceil(value * 10**decimals - 1e-6) / 10**decimals:.{decimals}f}"
    return fixed(float(text), len(text.rstrip("0").partition(".")[2]) if "." in text else 0)


def count(value: float | None) -> str:
    """`36.9 k`: three significant digits with a decimal prefix."""
    return _scaled(value, 1000, ("", " k", " M", " G", " T"))


def size(value: float | None) -> str:
    """`14.2 MiB`."""
    return _scaled(value, 1024, (" B", " KiB", " MiB", " GiB", " TiB"))


def duration(seconds: float | None) -> str:
    """`31 ms`, `2.4 s`, `6 min 52 s`, `3 h 05 min`."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 0.9995:
        return f"{_three_digits(seconds * 1000)} ms"
    if seconds < 60:
        return f"{_three_digits(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def dollars(value: float | None) -> str:
    """US dollars with three significant digits: `$0.0123`, `$4.56`, `$789`."""
    if value is None or not math.isfinite(value):
        return MISSING
    digits = max(2, 2 - math.floor(math.log10(abs(value)))) if abs(value) < 100 and value else 0
    return f"${value:.{digits}f}"


def rate(value: float | None) -> str:
    """A learning rate: `0.002`, `3e-4` with a true minus sign."""
    return MISSING if value is None else f"{value:.3g}".replace("e-0", "e-").replace("-", MINUS)


def percent(value: float | None) -> str:
    """`94 %`."""
    return MISSING if value is None or not math.isfinite(value) else f"{fixed(100 * value, 0)} %"


def absolute(value: float | None, name: str) -> str:
    """The own value of the metric called `name`: `81.9 %` for shares, `2.104` for likelihoods."""
    if value is None:
        return MISSING
    return f"{fixed(100 * value, 1)} %" if unit_of(name) is POINTS else fixed(value, 3)


def _scaled(value: float | None, step: int, suffixes: tuple[str, ...]) -> str:
    if value is None or not math.isfinite(value):
        return MISSING
    power = 0
    while abs(value) >= 0.9995 * step and power < len(suffixes) - 1:
        value /= step
        power += 1
    return (str(round(value)) if power == 0 else _three_digits(value)) + suffixes[power]


def _three_digits(value: float) -> str:
    decimals = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:.{min(decimals, 2)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
