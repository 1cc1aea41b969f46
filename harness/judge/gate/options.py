"""What judges a run, as a user may say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.judge.gate.integrity import ALLOWABLE
from harness.judge.gate.margins import SHIPPED
from harness.schema.errors import UserError, one_of

INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Allowed:
    """`differences` that do not fail the comparison, and whether an inconclusive gate may end with exit code 0."""

    differences: frozenset[str] = frozenset()
    inconclusive: bool = False


@dataclass(frozen=True)
class GateChoices:
    """The options of the gate, checked."""

    baseline: str | None = None
    """Name or directory of what was accepted; None where nothing is."""
    gates: Path = SHIPPED
    """The file of margins."""
    max_seeds: int | None = None
    """Seeds up to which arms are trained on while a gate cannot tell; None for no more than the run has."""
    allow: Allowed = Allowed()


def allowed(value: str, flag: str = "--allow", differences: Sequence[str] = ALLOWABLE) -> Allowed:
    """Reads `--allow`.

    Args:
        differences: those that may be allowed, besides an inconclusive verdict.

    Raises:
        UserError: something that cannot be allowed.
    """
    names = [part.strip() for part in value.split(",") if part.strip()]
    known = [*differences, INCONCLUSIVE]
    if not names:
        raise UserError(f"{flag}: {value!r} names nothing. Allowed: {', '.join(known)}.")
    if wrong := [name for name in names if name not in known]:
        raise one_of(flag, wrong[0], known)
    return Allowed(frozenset(names) - {INCONCLUSIVE}, INCONCLUSIVE in names)
