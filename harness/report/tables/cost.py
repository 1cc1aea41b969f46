"""What an arm costs: memory while training, operations, and what serving it takes."""

from collections.abc import Callable

from harness.report.model.arms import Arm, base_arms, other_arms, targets, trains
from harness.report.model.links import key_of
from harness.report.tables.table import NOT_MEASURED, NOTHING_TRAINED, Cell, Column, Group, Table, known
from harness.report.words.numbers import count, dollars, duration, fixed, size
from harness.schema.results import Results

_MEMORY = (
    ("gradient_bytes", "Gradients"),
    ("optimizer_bytes", "Optimizer state"),
    ("activation_bytes", "Activations"),
    ("peak_memory_bytes", "Peak"),
)


_SERVING = ("prompt_tokens", "forward_flops_per_token", "forward_tokens_per_s")


def cost_table(results: Results) -> Table:
    """What memory consists of, and what a token costs in training and in serving, per arm."""
    priced = any(arm.cost.usd is not None for arm in results.arms)
    columns = (
        Column("Arm"),
        *([Column("Training, US dollars", True, "Seconds of training at the price that was given")] if priced else []),
        Column("Weights", True),
        *(Column(label, True) for _, label in _MEMORY),
        Column("Training FLOPs per token", True, "Forward and backward, per padded training token"),
        Column("Training tokens per second", True, "Unpadded training tokens"),
        Column("Evaluation", True, "Time of all evaluations of one trial"),
        Column("Prompt tokens", True, "Read before each answer, virtual tokens and shown examples included"),
        Column("Serving FLOPs per token", True, "One forward pass"),
        Column("Serving tokens per second", True, "One forward pass over a batch, beside a neighbour"),
    )
    groups = [
        Group(target, tuple(_row(arm, priced) for arm in arms))
        for target in targets(results)
        if (arms := [arm for arm in (*base_arms(results, target), *other_arms(results, target)) if _known(arm)])
    ]
    caption = (
        "Cost of one trial, median over its seeds; serving is what an answer costs afterwards. "
        "Seconds were taken beside whatever else the machine ran: compare them only roughly."
    )
    return Table("costs", caption, columns, tuple(groups), "wide")


def _known(arm: Arm) -> bool:
    return any(arm.cost.get(name) is not None for name in ("weight_bytes", *dict(_MEMORY), *_SERVING))


def _row(arm: Arm, priced: bool) -> tuple[Cell, ...]:
    cost = arm.cost
    training = (*((size, name) for name, _ in _MEMORY), (count, "flops_per_token"), (count, "tokens_per_s"))
    read = cost.prompt_tokens
    return (
        Cell(arm.arm, "" if trains(arm) or arm.method == "base" else "no training", key=key_of(arm)),
        *([_amount(arm, dollars, "usd") if trains(arm) else NOTHING_TRAINED] if priced else []),
        _amount(arm, size, "weight_bytes"),
        *(_amount(arm, shown, name) if trains(arm) else NOTHING_TRAINED for shown, name in training),
        _amount(arm, duration, "eval_s"),
        NOT_MEASURED if read is None else Cell(fixed(read, 0), value=read),
        _amount(arm, count, "forward_flops_per_token"),
        _amount(arm, count, "forward_tokens_per_s"),
    )


def _amount(arm: Arm, shown: Callable[[float | None], str], name: str) -> Cell:
    cost = arm.cost.get(name)
    return known(shown(cost), value=cost)
