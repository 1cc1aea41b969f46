"""What a run is asked to do: the options that say it, checked. What judges it is asked elsewhere."""

from dataclasses import dataclass
from pathlib import Path

from harness.plan.profile import Profile


@dataclass(frozen=True)
class Choices:
    """A profile, and how to run it.

    Attributes:
        engine: name of what runs trials; which ones there are, engines know.
        jobs: trials side by side; as many as the machine takes where None.
        threads: torch threads per trial.
        device: `auto`, `cpu` or `cuda`.
        store: the directory that records are kept in.
        plan_only: say what would run, and stop.
        tune: sweep learning rates first, for arms that have no tuned one.
        usd_per_hour: what an hour of the machine costs; None where that is not known.
    """

    profile: Profile
    engine: str
    threads: int
    device: str
    store: Path
    jobs: int | None = None
    plan_only: bool = False
    tune: bool = False
    usd_per_hour: float | None = None
