"""The main table: what every arm gained, forgot and cost."""

from collections.abc import Mapping, Sequence
from itertools import islice
from statistics import fmean

from harness.report.model.arms import (
    BASE,
    FORGETS_NOTHING,
    base_arms,
    cannot_lose,
    forgetting,
    forgetting_by_training,
    gain,
    gain_above_floor,
    gain_by_training,
    lost_at_most,
    method_label,
    nll_rise,
    other_arms,
    short_reason,
    stopped,
    targets,
    triple,
    unit,
)
from harness.report.tables.table import (
    KEPT,
    NO_LOSS,
    NOT_MEASURED,
    UNTRAINED,
    Cell,
    Col,
    Columns,
    Figures,
    Num,
    Table,
    known,
    table,
)
from harness.report.words.numbers import (
    MISSING,
    NATS,
    POINTS,
    Triple,
    Unit,
    absolute,
    count,
    duration,
    figure,
    fixed,
    percent,
    rate,
    rounded_up,
    size,
)
from harness.schema.record import RIGHT_OR_WRONG
from harness.schema.results import ArmResult, Results, TrialResult
from harness.schema.scores import Forgetting, TargetScore
from harness.schema.trial import RateSource

MOST_LINKS = 4
"""Seeds of one arm that lead to their trials; the table of trials has them all."""

_IN_BASE = Cell("", title="nothing is trained")


def arms_table(results: Results) -> Table:
    """One group per target: base arms with their scores before training, what trains nothing, every trained arm."""
    caption = (
        "Every arm, over its seeds. Small figures are 95 % intervals. The rows of the base show its scores "
        "before any training: on the target under gain, on the general tasks under forgetting."
    )
    arms = {target: other_arms(results, target) for target in targets(results)}
    if not all(arm.trains for others in arms.values() for arm in others):
        caption += f" An arm without training {FORGETS_NOTHING}."
    rows = {_heading(results, target): base_arms(results, target) + others for target, others in arms.items()}
    stored = any(arm.quantization != "none" for others in arms.values() for arm in others)
    if stored:
        caption += (
            " Gain and forgetting count from the base as it is: where an arm stores it in fewer bits, they are what "
            "storing did and what training did, added up."
        )
    floor = any(arm.target and arm.target.floor_by for others in arms.values() for arm in others)
    if floor:
        caption += " What was learned is the gain above the floor: above what guessing scores on the same items."
    bound = any(lost_at_most(arm) is not None for others in arms.values() for arm in others)
    columns = _columns({trial.id: trial for trial in results.trials}, stored, floor, bound)
    return table("arms", caption, columns, rows, "wide")


def _heading(results: Results, target: str) -> str:
    for arm in results.arms:
        if arm.target_task == target and arm.target:
            said = arm.target.metric.replace("_", " ")
            return f"{target}: {said} over {arm.target.items} test items, gain in {unit(arm).name or said}"
    return target


def _columns(trials: Mapping[str, TrialResult], stored: bool, floor: bool, bound: bool) -> Columns[ArmResult]:
    """The columns that these arms have something to say in.

    Args:
        stored: whether any arm stores its base in fewer bits, so that gain and forgetting have two parts.
        floor: whether what guessing scores was measured.
        bound: whether it is known how much any arm lost at most; older files do not say.
    """
    return (
        Col("Method", _method),
        Num("Rank", _rank, title="Rank, or what stands for it: virtual tokens, examples shown, block size"),
        Col("Quantization", lambda arm: Cell(arm.quantization, tone="quiet" if arm.quantization == "none" else "")),
        Num("Learning rate", lambda arm: _untrained(arm) or _learning_rate(arm)),
        Num("Seeds", lambda arm: _seeds(arm, [trials[id] for id in arm.trials if id in trials])),
        Figures("Gain", _gain, unit, plus=True, title="Change on the target's test split, with its 95 % interval"),
        *(_ABOVE_FLOOR if floor else ()),
        *(_PARTS_OF_GAIN if stored else ()),
        Figures("Forgetting", _forgetting, POINTS,
            title="Drop in accuracy on the general tasks in points, with its 95 % interval"),
        *(_LOST_AT_MOST if bound else ()),
        *(_PARTS_OF_FORGETTING if stored else ()),
        Num("Worst task", lambda arm: _kept(arm) or _worst_task(arm),
            title="The general task that lost most, in points of accuracy, with an interval that holds for the worst"),
        Num("Retention", lambda arm: _kept(arm) or percent(arm.forgetting.retention if arm.forgetting else None),
            title="Share of the general abilities that training left, corrected for chance"),
        Figures("NLL rise", lambda arm: _kept(arm) or nll_rise(arm), NATS,
            title="Rise in negative log-likelihood of the right answers, nats per item"),
        Num("Trained parameters", _trained_parameters),
        Num("Training", lambda arm: _untrained(arm) or _training(arm),
            title="Time of the whole training; below it the median optimizer step after warm-up"),
        Num("Peak memory", _peak_memory, size, title="Peak allocated while training"),
        Num("Artifact", lambda arm: _IN_BASE if arm.method == BASE else arm.cost.artifact_bytes, size,
            title="What has to be kept to use the result"),
    )  # fmt: skip


def _by_storing(figures: TargetScore | Forgetting | None, name: str, unit: Unit, plus: bool) -> Cell:
    """The part that has no interval of its own: the difference of the other two."""
    value = getattr(figures, name, None)
    if value is None:
        return NOT_MEASURED
    return Cell(fixed(value * unit.scale, 1 if unit is POINTS else 3, plus), value=value, tone="" if value else "quiet")


_LOST_AT_MOST: Columns[ArmResult] = (
    Num("Lost at most", lambda arm: _kept(arm) or _at_most(arm),
        title="Points of accuracy: the drop is below this with 95 % confidence, in this arm alone"),
)  # fmt: skip
_ABOVE_FLOOR: Columns[ArmResult] = (
    Num("Floor", lambda arm: _IN_BASE if arm.method == BASE else _floor(arm),
        title="What guessing alone scores on the target's test split"),
    Figures("Gain above floor", lambda arm: _IN_BASE if arm.method == BASE else gain_above_floor(arm), unit, plus=True,
        title="Score above the better of the base as it is and the floor, with its 95 % interval"),
)  # fmt: skip
_PARTS_OF_GAIN: Columns[ArmResult] = (
    Num("Gain by storing",
        lambda arm: _IN_BASE if arm.method == BASE else _by_storing(arm.target, "gain_by_storing", unit(arm), True),
        title="What storing the base in fewer bits did to the target's score, before any training"),
    Figures("Gain by training", lambda arm: _IN_BASE if arm.method == BASE else gain_by_training(arm), unit, plus=True,
        title="Change from the base stored as the arm stores it, with its 95 % interval"),
)  # fmt: skip
_PARTS_OF_FORGETTING: Columns[ArmResult] = (
    Num("Forgetting by storing",
        lambda arm: _kept(arm) or _by_storing(arm.forgetting, "by_storing", POINTS, False),
        title="Points of accuracy that storing the base in fewer bits cost, before any training"),
    Figures("Forgetting by training", lambda arm: _kept(arm) or forgetting_by_training(arm), POINTS,
        title="Drop in accuracy from the base stored as the arm stores it, with its 95 % interval"),
)  # fmt: skip


def _untrained(arm: ArmResult) -> Cell | None:
    """What stands where training is the matter, of arms that have none."""
    return _IN_BASE if arm.method == BASE else None if arm.trains else UNTRAINED


def _kept(arm: ArmResult) -> Cell | None:
    """What stands where losses are the matter, of arms that cannot lose."""
    return _IN_BASE if arm.method == BASE else KEPT if arm.target and cannot_lose(arm) else None


def _method(arm: ArmResult) -> Cell:
    if arm.method == BASE:
        return Cell(BASE, key=arm.key)
    settings = method_label(arm).removeprefix(arm.method).strip()
    remarks = ", ".join(filter(None, ("" if arm.trains else "no training", settings)))
    return Cell(arm.method, remarks, notes=arm.notes, key=arm.key)


def _rank(arm: ArmResult) -> Cell | int:
    no_rank = _IN_BASE if arm.method == BASE else Cell(MISSING, title="this method has no rank", tone="quiet")
    return no_rank if arm.rank is None else arm.rank


def _learning_rate(arm: ArmResult) -> Cell:
    source = arm.learning_rate_source
    tone = "warn" if source in (RateSource.UNTUNED, RateSource.GIVEN) else ""
    detail = "" if source == RateSource.TUNED else source
    return Cell(rate(arm.learning_rate), detail, source, tone, value=arm.learning_rate)


def _seeds(arm: ArmResult, trials: Sequence[TrialResult]) -> Cell:
    """How many, and under each the section of its trial."""
    if arm.method == BASE:
        return _IN_BASE
    seeds = len(arm.seeds)
    named = (("trial" if one.spec.seed is None else str(one.spec.seed), one.anchor) for one in trials if one.anchor)
    links = tuple(islice(named, MOST_LINKS))
    if seeds == 1:
        return Cell("1", "one seed" if arm.trains else "one draw", tone="warn", links=links)
    if seeds:
        return Cell(str(seeds), links=links)
    title = "nothing is drawn at random" if arm.target and not arm.trains else "not measured"
    return Cell(MISSING, title=title, tone="quiet", links=links)


def _gain(arm: ArmResult) -> Triple | Cell | None:
    if arm.target is None:
        said = stopped(arm)
        return Cell(said, title="; ".join(map(short_reason, arm.reasons)), tone="bad") if said else None
    return known(absolute(arm.target.after, arm.target.metric), "before") if arm.method == BASE else gain(arm)


def _floor(arm: ArmResult) -> Cell:
    if arm.target is None or arm.target.floor_by is None:
        return NOT_MEASURED
    return Cell(absolute(arm.target.floor, arm.target.metric), arm.target.floor_by.replace("-", " "),
                value=arm.target.floor)  # fmt: skip


def _forgetting(arm: ArmResult) -> Triple | Cell | None:
    if arm.method == BASE:
        right = [score.after for score in arm.general if score.kind in RIGHT_OR_WRONG and score.after is not None]
        return Cell(absolute(fmean(right), "accuracy"), "before") if right else None
    return NO_LOSS if arm.target and cannot_lose(arm) else forgetting(arm)


def _at_most(arm: ArmResult) -> Cell:
    bound = lost_at_most(arm)
    return NOT_MEASURED if bound is None else Cell(rounded_up(POINTS.scale * bound, least=1), value=bound)


def _worst_task(arm: ArmResult) -> Cell:
    lost = arm.forgetting
    found = None if lost is None else triple(lost.worst_drop, lost.worst_drop_ci95)
    if lost is None or lost.worst_task is None or found is None:
        return NOT_MEASURED
    shown, interval = figure(found, POINTS)
    certain = found[1] > 0
    return Cell(shown, f"{lost.worst_task}, {interval}", tone="" if certain else "quiet", value=found[0])


def _trained_parameters(arm: ArmResult) -> Cell:
    if arm.method == BASE:
        return _IN_BASE
    total, trained = arm.cost.total_params, arm.cost.trainable_params
    if not arm.trains or not total or trained is None:
        return known(count(trained), value=trained)
    share = f"{100 * trained / total:.{2 if trained < total / 10 else 3}g} %"
    return known(count(trained), share, "of all parameters", trained)


def _training(arm: ArmResult) -> Cell:
    step = duration(arm.cost.step_s)
    return known(duration(arm.cost.train_s), "" if step == MISSING else f"step {step}", value=arm.cost.train_s)


def _peak_memory(arm: ArmResult) -> Cell | float | None:
    if arm.method == BASE:
        return known(size(arm.cost.weight_bytes), "weights")
    return arm.cost.peak_memory_bytes if arm.trains else UNTRAINED
