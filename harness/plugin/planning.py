"""What the planned run will be able to tell: sizes of what it scores, handed to the judges with what is stored."""

from collections.abc import Iterator, Sequence

from harness.data.tasks.general import GeneralTask
from harness.data.tasks.target import TargetTask
from harness.judge.noise import Size
from harness.judge.planned import WANTED, Asked, planned
from harness.judge.stats import Clusters
from harness.report.topics.planned import heading, lines
from harness.run.progress import Terminal
from harness.run.session import RunSession
from harness.schema.record import RIGHT_OR_WRONG
from harness.schema.trial import RateSource, Trial


def print_power(terminal: Terminal, run: RunSession) -> None:
    """Target by target; nothing where nothing trains."""
    asked = list(_asked(run))
    wanted = WANTED if run.choices.difference is None else run.choices.difference
    if asked:
        terminal.line(heading(wanted))
    for one in asked:
        for line in lines(planned(one, run.history, wanted)):
            terminal.line(line)


def _asked(run: RunSession) -> Iterator[Asked]:
    """Of the selected trials, those of arms that train."""
    trials = [*run.plan.missing, *(one.trial for one in run.plan.found.values())]
    arms = [one for one in trials if one.trains and one.floor is None and one.learning_rate_source != RateSource.SWEPT]
    for target in dict.fromkeys(one.target for one in arms):
        own = tuple(one for one in arms if one.target == target)
        task = run.workload.targets[target.sha256]
        sizes = {one.name: _size(one, own) for one in run.workload.general if one.kind in RIGHT_OR_WRONG}
        yield Asked(
            own, task.metric, {task.name: _size(task, own)}, {name: size for name, size in sizes.items() if size}
        )


def _size(task: TargetTask | GeneralTask, trials: Sequence[Trial]) -> Size:
    items = task.test if isinstance(task, TargetTask) else task.items
    return Size.of(Clusters([one.cluster for one in items[: trials[0].scoring.max_items or None]]))
