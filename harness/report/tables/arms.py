"""The main table: what every arm gained, forgot and cost."""

from collections.abc import Sequence
from typing import Any

from harness.report.arms import Arm, base_arms, forgetting, gain, method_label, metric, targets, trained_arms
from harness.report.numbers import (
    MISSING,
    POINTS,
    Unit,
    count,
    duration,
    fixed,
    percent,
    rate,
    size,
    spread,
    supported_decimals,
    unit_of,
)
from harness.report.view import NOT_MEASURED, Cell, Column, Group, Table, known

COLUMNS = (
    Column("Method"),
    Column("Rank", True, "Rank, or number of virtual tokens"),
    Column("Quantization"),
    Column("Learning rate", True),
    Column("Seeds", True),
    Column("Gain", True, "Change on the target's test split, with its 95 % interval"),
    Column("Forgetting", True, "Drop in accuracy on the general tasks in points, with its 95 % interval"),
    Column("Retention", True, "Share of the general abilities that is left, corrected for chance"),
    Column("NLL rise", True, "Rise in negative log-likelihood of the right answers, nats per item"),
    Column("Trained parameters", True),
    Column("Training", True, "Time of the whole training; below it the median optimizer step after warm-up"),
    Column("Peak memory", True, "Peak allocated while training"),
    Column("Artifact", True, "What has to be kept to use the result"),
)

Triple = tuple[float, float, float]


def arms_table(results: dict[str, Any]) -> Table:
    """One group per target: base arms with their scores before training, then every trained arm."""
    groups = tuple(_group(results, target) for target in targets(results))
    caption = (
        "Every arm, over its seeds. Small figures are 95 % intervals. The rows of the base show its scores "
        "before any training: on the target under gain, on the general tasks under forgetting."
    )
    return Table("arms", caption, COLUMNS, groups, "wide")


def _group(results: dict[str, Any], target: str) -> Group:
    trained = trained_arms(results, target)
    unit = unit_of(metric(results, target))
    gains, losses = [gain(arm) for arm in trained], [forgetting(arm) for arm in trained]
    rises = [_nll_rise(arm) for arm in trained]
    rows = [_base_row(arm) for arm in base_arms(results, target)]
    for arm, gained, lost, rise in zip(trained, gains, losses, rises, strict=True):
        row = (
            *_spec(arm),
            _figure(gained, gains, unit, plus=True) if arm["target"] else _stopped(arm),
            _figure(lost, losses, POINTS),
            known(percent((arm["forgetting"] or {}).get("retention"))),
            _figure(rise, rises, Unit(1.0, "nats")),
            *_cost(arm),
        )
        rows.append(row)
    return Group(_heading(results, target, unit), tuple(rows))


def _heading(results: dict[str, Any], target: str, unit: Unit) -> str:
    items = next(
        (arm["target"]["items"] for arm in results["arms"] if arm["target_task"] == target and arm["target"]),
        0,
    )
    name = metric(results, target).replace("_", " ")
    return f"{target}: {name} over {items} test items, gain in {unit.name or name}" if name else target


def _spec(arm: Arm) -> tuple[Cell, ...]:
    source = str(arm["learning_rate_source"])
    warned = source in ("untuned", "given")
    seeds = len(arm["seeds"])
    return (
        Cell(method_label(arm)),
        Cell(MISSING, title="this method has no rank", tone="quiet") if arm["rank"] is None else Cell(str(arm["rank"])),
        Cell(arm["quantization"], tone="quiet" if arm["quantization"] == "none" else ""),
        Cell(rate(arm["learning_rate"]), "" if source == "tuned" else source, source, "warn" if warned else ""),
        Cell(str(seeds), "one seed" if seeds == 1 else "", tone="warn" if seeds == 1 else "")
        if seeds
        else NOT_MEASURED,
    )


def _base_row(arm: Arm) -> tuple[Cell, ...]:
    target = arm["target"] or {}
    name = target.get("metric", "")
    right = [score["after"] for score in arm["general"] if score["kind"] == "choice" and score["after"] is not None]
    nothing = Cell("", title="nothing is trained")
    return (
        Cell("base"),
        nothing,
        Cell(arm["quantization"], tone="quiet" if arm["quantization"] == "none" else ""),
        nothing,
        nothing,
        known(absolute(target.get("after"), name), "before") if arm["target"] else _stopped(arm),
        known(absolute(sum(right) / len(right), "accuracy"), "before") if right else NOT_MEASURED,
        nothing,
        nothing,
        nothing,
        nothing,
        known(size(arm["cost"].get("weight_bytes")), "weights"),
        nothing,
    )


def absolute(value: float | None, name: str) -> str:
    """A metric's own value: `81.9 %` for shares, `2.104` for likelihoods."""
    if value is None:
        return MISSING
    return f"{fixed(100 * value, 1)} %" if unit_of(name) is POINTS else fixed(value, 3)


def _cost(arm: Arm) -> tuple[Cell, ...]:
    cost = arm["cost"]
    total, trained = cost.get("total_params"), cost.get("trainable_params")
    step = duration(cost.get("step_s"))
    share = f"{100 * trained / total:.{2 if trained < total / 10 else 3}g} %" if total and trained is not None else ""
    return (
        known(count(trained), share, "of all parameters"),
        known(duration(cost.get("train_s")), "" if step == MISSING else f"step {step}"),
        known(size(cost.get("peak_memory_bytes"))),
        known(size(cost.get("artifact_bytes"))),
    )


def _figure(triple: Triple | None, column: Sequence[Triple | None], unit: Unit, plus: bool = False) -> Cell:
    """A value over its interval, as fine as the intervals of its column support."""
    if triple is None:
        return NOT_MEASURED
    decimals = supported_decimals([one[1:] for one in column if one], unit.scale)
    return Cell(fixed(triple[0] * unit.scale, decimals, plus), spread(triple[1:], decimals, unit.scale))


def _stopped(arm: Arm) -> Cell:
    statuses = [status.replace("_", " ") for status in dict.fromkeys(arm["statuses"]) if status != "completed"]
    if not statuses:
        return NOT_MEASURED
    return Cell(", ".join(statuses), title="; ".join(arm["reasons"]), tone="bad")


def _nll_rise(arm: Arm) -> Triple | None:
    lost = arm["forgetting"] or {}
    value, interval = lost.get("nll_rise"), lost.get("nll_rise_ci95")
    return None if value is None or interval is None else (value, interval[0], interval[1])
