"""The content of `judge.json`: what two runs of another program scored on every task, item by item against each other.

The verdict and its margins stand in `gate.json`, as those of any other gate.
"""

from pydantic import ConfigDict, Field

from harness.schema.typed import Interval, Number, Row

SCHEMA = 1

OWN_UNIT = " (own unit)"
"""Behind the name of a metric that is no share: shown as it is, and not in points."""


class JudgedRun(Row):
    """One run of one task."""

    task: str
    model: str
    """As the run called it."""
    file: str
    facts: dict[str, str]
    """What else the run tells of itself."""


class JudgedTask(Row):
    """One metric of one task. Differences are after minus before, turned so that above 0 is better."""

    program: str
    """What scored it: `lm-eval` or `Inspect`."""
    task: str
    metric: str
    """With the filter of its answers where there is one: `exact_match@strict-match`."""
    gate: str
    """Id of its gate in `gate.json`."""
    higher_is_better: bool
    is_share: bool
    """Whether every score lies between 0 and 1: differences are then shown in points, 0.01 each."""
    items: int
    """Epochs of one sample count as several, in one cluster."""
    clusters: int
    """Groups of items that belong together; as many as there are items where nothing is known of that."""
    runs: int
    """On each side: seeds, where there are several."""
    before: Number
    """Mean over items and runs."""
    after: Number
    difference: Number
    ci95: Interval
    p_value: Number
    """Two-sided, that nothing changed."""
    p_holm: Number
    """Adjusted over all rows of the comparison."""
    equal_within: Number
    """The smallest margin within which both sides are shown to be equal (two one-sided tests at 5 % each)."""
    right_to_wrong: Number = None
    """Items, mean over runs; None where scores are more than right or wrong."""
    wrong_to_right: Number = None
    mcnemar_p: Number = None
    """Exact test of the two above; None for several runs, and where items share a cluster."""
    lost: tuple[str, ...] = ()
    """Items that went from right to wrong in any run, the first of them."""
    won: tuple[str, ...] = ()


class Judged(Row):
    """What was compared, whole."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    schema_: int = Field(default=SCHEMA, alias="schema")
    before: tuple[JudgedRun, ...]
    after: tuple[JudgedRun, ...]
    tasks: tuple[JudgedTask, ...]
    left_out: dict[str, str]
    """Metrics that were not judged, and why."""
