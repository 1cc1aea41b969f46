"""How often does the gate cry wolf, and how small a drop does it catch? Simulated from real scores per item.

Two ways of having changed nothing (A/A): `reshuffled`, where an arm that was trained under many seeds is split
at random into two sides, as if the change had drawn all randomness anew; and `twin`, where both sides have the
same seeds and a second run made a change that should not matter (a learning rate 2 % higher, say), and each
seed's pair is turned round at random. Items are drawn again, whole clusters at a time. The sides then differ
by chance alone, so a gate that fails is wrong. Power: the same, after some right answers were made wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.judge.gate.gates import Gate, plan_gates, worst
from harness.judge.gate.judgement import alpha_at_looks, scored_tasks
from harness.judge.gate.margins import BASELINE, FORGETTING, FORGETTING_TASK, GAIN, SCORES, Margin
from harness.judge.gate.scores import doubted, judge_pairs
from harness.judge.pairing import right_or_wrong, sign_of, tables_of
from harness.judge.stats import Clusters, Floats, Paired
from harness.schema.gate import GateResult, Verdict
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.record import RIGHT_OR_WRONG

DROPS = (0.01, 0.02, 0.03, 0.05, 0.10)
"""Planted drops of the mean general accuracy, as shares of items."""

LOST_IN_ONE = (0.03, 0.05, 0.10)
"""The same in a single general task, another one every time, with all others as they were."""

RESHUFFLED, TWIN = "reshuffled seeds", "same seeds"


@dataclass(frozen=True)
class Task:
    """Scores of one task on both sides, each `(seeds, items)`, and the items' clusters."""

    role: str
    name: str
    kind: str
    before: Floats
    after: Floats
    clusters: tuple[str, ...]
    sign: float = 1.0
    """-1 where less is better."""


@dataclass(frozen=True)
class Shares:
    """Of all simulations, how many ended with each verdict."""

    passed: float
    failed: float
    inconclusive: float


@dataclass(frozen=True)
class Calibration:
    """What the simulation found for one arm."""

    arm: str
    target: str
    design: str
    """How the two sides of an A/A were made."""
    seeds_available: int
    seeds: tuple[int, ...]
    """On each side, at every look: one number, or several where `--max-seeds` adds seeds."""
    items: int
    tasks: int
    simulations: int
    false_alarms: Shares
    """The whole gate's verdicts where nothing was changed."""
    power: tuple[tuple[float, Shares, Shares], ...]
    """Planted drop, the whole gate's verdicts, and those of the gate on mean general accuracy alone."""
    one_task: tuple[tuple[float, Shares], ...]
    """Drop planted in one general task alone, and the whole gate's verdicts."""


def calibrate(
    group: Sequence[Measured],
    twins: Sequence[Measured] | None,
    seeds: Sequence[int],
    margins: list[Margin],
    simulations: int,
    rng: np.random.Generator,
) -> Calibration:
    """Simulates gates between two runs of one arm.

    Args:
        group: completed trials of the arm that differ in the seed alone.
        twins: the same seeds after a change that should not matter; None reshuffles the seeds of `group`.
        seeds: on each side at every look, growing.

    Raises:
        ValueError: too few trials, or no general task with right answers.
    """
    tasks = scores_of(group, twins or group)
    needed = seeds[-1] if twins else 2 * seeds[-1]
    if len(group) < needed or not any(task.kind in RIGHT_OR_WRONG for task in tasks):
        raise ValueError(f"{len(group)} trials and {len(tasks)} tasks do not make two sides of {seeds[-1]} seeds")
    trial = group[0].trial
    planned = plan_gates([trial], [trial], scored_tasks(group), margins)
    gates = [gate for gate in planned if gate.measure in SCORES and gate.against == BASELINE]
    verdicts = [_simulate(tasks, gates, twins is not None, seeds, rng) for _ in range(simulations)]
    by_drop = [[_shares(own) for own in zip(*one, strict=True)] for one in zip(*verdicts, strict=True)]
    choices = [task for task in tasks if task.kind in RIGHT_OR_WRONG]
    return Calibration(
        arm=trial.arm,
        target=trial.target.name,
        design=TWIN if twins else RESHUFFLED,
        seeds_available=len(group),
        seeds=tuple(seeds),
        items=sum(task.before.shape[1] for task in choices),
        tasks=len(choices),
        simulations=simulations,
        false_alarms=by_drop[0][0],
        power=tuple((drop, by_drop[at][0], by_drop[at][1]) for at, drop in enumerate(DROPS, 1)),
        one_task=tuple((drop, by_drop[place][0]) for place, drop in enumerate(LOST_IN_ONE, 1 + len(DROPS))),
    )


def _shares(verdicts: Sequence[Verdict]) -> Shares:
    order = (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE)
    return Shares(*(verdicts.count(one) / len(verdicts) for one in order))


Pair = tuple[Verdict, Verdict]
"""The whole gate's verdict, and that on mean general accuracy."""


def _simulate(
    tasks: Sequence[Task],
    gates: Sequence[Gate],
    twin: bool,
    seeds: Sequence[int],
    rng: np.random.Generator,
) -> list[Pair]:
    """Verdicts without and with every planted drop, in all tasks and in one, on one drawing of seeds and items."""
    order = rng.permutation(tasks[0].before.shape[0])
    drawn = [draw_items(task, rng) for task in tasks]
    sides = _turned(drawn, order, seeds[-1], rng) if twin else _split(drawn, order, seeds[-1])
    clusters = {task.name: Clusters(task.clusters) for task in drawn}
    one = rng.choice([task.name for task in sides if task.kind in RIGHT_OR_WRONG and task.role == GENERAL])
    planted = [[plant(task, drop, rng) for task in sides] for drop in (0.0, *DROPS)]
    planted += [[plant(task, drop, rng) if task.name == one else task for task in sides] for drop in LOST_IN_ONE]
    return [_verdicts(worse, gates, clusters, seeds) for worse in planted]


def _turned(tasks: Sequence[Task], order: np.ndarray, count: int, rng: np.random.Generator) -> list[Task]:
    """The same seeds on both sides, each pair turned round or not, the same way for all tasks."""
    chosen = rng.choice(order, size=count, replace=len(order) < 2 * count)
    turn = rng.random(count)[:, None] < 0.5
    sides = [(task, task.before[chosen], task.after[chosen]) for task in tasks]
    return [replace(task, before=np.where(turn, new, old), after=np.where(turn, old, new)) for task, old, new in sides]


def _split(tasks: Sequence[Task], order: np.ndarray, count: int) -> list[Task]:
    """Other seeds on each side."""
    first, second = order[:count], order[count : 2 * count]
    return [replace(task, before=task.before[first], after=task.before[second]) for task in tasks]


def _verdicts(
    tasks: Sequence[Task], gates: Sequence[Gate], clusters: dict[str, Clusters], seeds: Sequence[int]
) -> Pair:
    """As `--max-seeds` judges: at every look what is still open is judged again, with its share of the error."""
    settled: dict[str, GateResult] = {}
    for count, alpha in zip(seeds, alpha_at_looks(len(seeds)), strict=True):
        done = {name for name, one in settled.items() if one.verdict is not Verdict.INCONCLUSIVE}
        looked = []
        for gate in (one for one in gates if one.id not in done):
            own = [_pair(task, count, clusters[task.name]) for task in tasks if _concerns(gate, task)]
            looked.append(judge_pairs(gate, own, seeded=True, alpha=alpha))
        settled |= {one.id: one for one in doubted(looked)}
    overall = [one.verdict for one in settled.values() if one.measure == FORGETTING]
    return worst(one.verdict for one in settled.values()), worst(overall)


def _pair(task: Task, count: int, clusters: Clusters) -> Paired:
    """Differences under the first seeds, better where above 0."""
    sides = task.after[:count], task.before[:count]
    return Paired(task.sign * (sides[0] - sides[1]), clusters, task.kind in RIGHT_OR_WRONG and right_or_wrong(*sides))


def _concerns(gate: Gate, task: Task) -> bool:
    if gate.measure == GAIN:
        return task.role == TARGET
    kind = (task.kind in RIGHT_OR_WRONG) == (gate.measure in (FORGETTING, FORGETTING_TASK))
    return task.role == GENERAL and kind and gate.task in (None, task.name)


def scores_of(group: Sequence[Measured], twins: Sequence[Measured]) -> list[Task]:
    """Every scored task, over the same items in every trial of both sides."""
    first = group[0].record
    wanted = [*((GENERAL, score) for score in first.general), (TARGET, first.target)]
    tasks = []
    for role, score in wanted:
        sides = [] if score is None else [tables_of(side, role, score.task) for side in (group, twins)]
        if score is None or not all(sides):
            continue
        index, clusters = sides[0][0].index, tuple(sides[0][0]["cluster"])
        before, after = (np.stack([table["score"].reindex(index).to_numpy(np.float64) for table in s]) for s in sides)
        if np.isfinite(before).all() and np.isfinite(after).all():
            tasks.append(Task(role, score.task, score.kind, before, after, clusters, sign_of(score)))
    return tasks


def draw_items(task: Task, rng: np.random.Generator) -> Task:
    """As many clusters as the task has, drawn with replacement; each drawing is a cluster of its own."""
    names, index = np.unique(np.asarray(task.clusters, str), return_inverse=True)
    members = [np.flatnonzero(index == number) for number in range(len(names))]
    chosen = rng.integers(len(names), size=len(names))
    columns = np.concatenate([members[number] for number in chosen])
    clusters = tuple(str(place) for place, number in enumerate(chosen) for _ in members[number])
    return replace(task, before=task.before[:, columns], after=task.after[:, columns], clusters=clusters)


def plant(task: Task, drop: float, rng: np.random.Generator) -> Task:
    """Right answers of the later side made wrong, so that its mean falls by `drop` on average.

    An item that is lost is lost under every seed, as a real regression would have it. Only abilities are
    touched: tasks with right answers, the target apart.
    """
    right = float(task.after.mean())
    if task.role != GENERAL or task.kind not in RIGHT_OR_WRONG or not right > 0:
        return task
    lost = np.less(rng.random(task.after.shape[1]), min(1.0, drop / right))
    return replace(task, after=np.where(lost[None, :], 0.0, task.after))
