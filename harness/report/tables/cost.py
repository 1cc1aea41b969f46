"""What an arm costs: memory while training, operations, and what serving it takes."""

from collections.abc import Callable

from harness.report.model.arms import BASE, base_arms, other_arms, targets
from harness.report.tables.table import UNTRAINED, Cell, Col, Columns, Num, Table, table
from harness.report.words.numbers import count, dollars, duration, fixed, size
from harness.schema.record import Cost
from harness.schema.results import ArmResult, Results


def cost_table(results: Results) -> Table:
    """What memory consists of, and what a token costs in training and in serving, per arm."""
    priced = any(arm.cost.usd is not None for arm in results.arms)
    arms = {target: [*base_arms(results, target), *other_arms(results, target)] for target in targets(results)}
    caption = (
        "Cost of one trial, median over its seeds; serving is what an answer costs afterwards. "
        "Seconds were taken beside whatever else the machine ran: compare them only roughly."
    )
    columns = [column for column in _COLUMNS if priced or column.label != _PRICE]
    rows = {target: list(filter(_known, among)) for target, among in arms.items()}
    return table("costs", caption, columns, rows, "wide")


def _in_training(of: Callable[[Cost], float | None]) -> Callable[[ArmResult], Cell | float | None]:
    """The cost of arms that train."""
    return lambda arm: of(arm.cost) if arm.trains else UNTRAINED


def _known(arm: ArmResult) -> bool:
    """Whether memory or serving was measured."""
    cost = arm.cost
    memory = (cost.weight_bytes, cost.gradient_bytes, cost.optimizer_bytes, cost.activation_bytes)
    serving = (cost.prompt_tokens, cost.forward_flops_per_token, cost.forward_tokens_per_s)
    return any(value is not None for value in (*memory, cost.peak_memory_bytes, *serving))


_PRICE = "Training, US dollars"
_COLUMNS: Columns[ArmResult] = (
    Col("Arm", lambda arm: Cell(arm.arm, "" if arm.trains or arm.method == BASE else "no training", key=arm.key)),
    Num(_PRICE, _in_training(lambda cost: cost.usd), dollars, title="Seconds of training at the price that was given"),
    Num("Weights", lambda arm: arm.cost.weight_bytes, size),
    Num("Gradients", _in_training(lambda cost: cost.gradient_bytes), size),
    Num("Optimizer state", _in_training(lambda cost: cost.optimizer_bytes), size),
    Num("Activations", _in_training(lambda cost: cost.activation_bytes), size),
    Num("Peak", _in_training(lambda cost: cost.peak_memory_bytes), size),
    Num("Training FLOPs per token", _in_training(lambda cost: cost.flops_per_token), count,
        title="Forward and backward, per padded training token"),
    Num("Training tokens per second", _in_training(lambda cost: cost.tokens_per_s), count,
        title="Unpadded training tokens"),
    Num("Evaluation", lambda arm: arm.cost.eval_s, duration, title="Time of all evaluations of one trial"),
    Num("Prompt tokens", lambda arm: arm.cost.prompt_tokens, lambda tokens: fixed(tokens, 0),
        title="Read before each answer, virtual tokens and shown examples included"),
    Num("Serving FLOPs per token", lambda arm: arm.cost.forward_flops_per_token, count, title="One forward pass"),
    Num("Serving tokens per second", lambda arm: arm.cost.forward_tokens_per_s, count,
        title="One forward pass over a batch, beside a neighbour"),
)  # fmt: skip
