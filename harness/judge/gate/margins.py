"""How much worse is still accepted: `fixtures/gates.toml`, or a user's own file. Each margin with its reason."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from harness.schema.codec import read_toml
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES
from harness.schema.typed import Many, Reason, Table, among

SHIPPED = FIXTURES / "gates.toml"

BASELINE, BASE, ANCHOR = "baseline", "base", "anchor"
"""What a gate compares with: what was accepted last, the bare base of the same run, or what was accepted first."""

RELEASES = 2
"""An anchor without a margin of its own allows what so many releases may lose."""

GAIN, LEARNED = "gain", "learned"
FORGETTING, FORGETTING_TASK, TEXT = "forgetting", "forgetting_task", "text"
STEP_TIME = "step_time"

SCORES = (GAIN, LEARNED, FORGETTING, FORGETTING_TASK, TEXT)
"""Measures with a `margin`, in the unit of the score: 0.03 is 3 points of accuracy, or 0.03 nats."""

COUNTS = {
    "peak_memory": "peak_memory_bytes",
    "flops": "flops_per_token",
    "serving_flops": "forward_flops_per_token",
    "artifact_size": "artifact_bytes",
    "trainable_params": "trainable_params",
}
"""Measures with a `ratio`, and the field of `Cost` that each one compares. Counted, so without noise."""

MEASURES = (*SCORES, *COUNTS, STEP_TIME)


class Margin(Table):
    """What one measure may lose: one of `[[gates]]`.

    It holds for one metric, task, method, or side to compare with; everywhere where these are None.
    """

    measure: Annotated[str, among(MEASURES)]
    margin: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """The largest loss of a score, in its own unit; of `learned`, the smallest gain over the base."""
    ratio: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The most that a cost may be, over the baseline's."""
    reason: Reason
    metric: str | None = None
    task: str | None = None
    method: str | None = None
    against: Annotated[str, among((BASELINE, BASE, ANCHOR))] | None = None
    """None is the baseline and the base: what may add up from release to release has a margin of its own."""

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        key = "margin" if self.measure in SCORES else "ratio"
        if (self.margin is None, self.ratio is None) != (key == "ratio", key == "margin"):
            raise ValueError(f": {self.measure} takes a {key}, and nothing else beside its reason.")
        return self

    @property
    def limit(self) -> float:
        return self.margin or self.ratio or 0.0


def margin_for(
    margins: list[Margin],
    measure: str,
    method: str,
    against: str = BASELINE,
    metric: str | None = None,
    task: str | None = None,
) -> Margin | None:
    """The most specific margin, the later one of two that are equally so; None where the measure is not gated.

    Against the anchor: one that says so; else, for scores, `RELEASES` times the baseline's.
    """
    asked = {"method": method, "against": against, "metric": metric, "task": task}
    if against == ANCHOR:
        own = _most_specific([one for one in margins if one.against == ANCHOR], measure, asked)
        return own or _of_releases(_most_specific(margins, measure, {**asked, "against": BASELINE}))
    return _most_specific(margins, measure, asked)


def _most_specific(margins: list[Margin], measure: str, asked: dict[str, str | None]) -> Margin | None:
    found: tuple[int, Margin | None] = (0, None)
    for one in margins:
        narrowed = {name: value for name in asked if (value := getattr(one, name)) is not None}
        if one.measure == measure and len(narrowed) >= found[0] and narrowed.items() <= asked.items():
            found = len(narrowed), one
    return found[1]


def _of_releases(one: Margin | None) -> Margin | None:
    """What `RELEASES` may lose together; None for costs, which an anchor holds only where a margin says so."""
    if one is None or one.margin is None:
        return None
    reason = f"{RELEASES} times what one release may lose: {one.reason}"
    return one.with_(margin=RELEASES * one.margin, against=ANCHOR, reason=reason)


class _File(Table):
    gates: Annotated[Many[Margin], Field(min_length=1)]


def load_margins(path: Path = SHIPPED) -> list[Margin]:
    """The margins of a file.

    Raises:
        UserError: no such file, broken TOML, an unknown key or measure, a limit that cannot be, no reason, none.
    """
    if not path.is_file():
        raise UserError(f"--gates: {str(path)!r} is no file. Give a TOML file of [[gates]], as fixtures/gates.toml is.")
    return list(read_toml(path, _File).gates)
