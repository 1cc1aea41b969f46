"""What a user may allow a gate to overlook."""

from dataclasses import dataclass

from harness.judge.gate.integrity import ALLOWABLE
from harness.schema.errors import one_of

INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Allowed:
    """`differences` that do not fail the comparison, and whether an inconclusive gate may end with exit code 0."""

    differences: frozenset[str] = frozenset()
    inconclusive: bool = False


def allowed(value: str | None) -> Allowed:
    """Reads `--allow`.

    Raises:
        UserError: something that cannot be allowed.
    """
    names = [part.strip() for part in (value or "").split(",") if part.strip()]
    for name in names:
        if name not in (*ALLOWABLE, INCONCLUSIVE):
            raise one_of("--allow", name, [*ALLOWABLE, INCONCLUSIVE])
    return Allowed(frozenset(names) - {INCONCLUSIVE}, INCONCLUSIVE in names)
