"""What did storing the base in fewer bits cost before any training?"""

from harness.report.charts.figure import Figure, Mark
from harness.report.model.arms import base_arms, general_tasks, quantization_loss, targets
from harness.report.words.numbers import POINTS, fixed
from harness.report.words.phrases import Sentence, joined
from harness.schema.record import RIGHT_OR_WRONG
from harness.schema.results import Results
from harness.schema.wording import counted


def sentence(results: Results) -> Sentence | None:
    """Told apart from forgetting. None where the run stored the base in one way only."""
    losses: dict[str, float] = {}
    for arm in (arm for target in targets(results) for arm in base_arms(results, target)):
        loss = quantization_loss(arm)
        if arm.quantization != "none" and loss is not None:
            losses.setdefault(arm.quantization, loss)
    if not losses:
        return None
    tasks = general_tasks(results, *RIGHT_OR_WRONG)
    parts = [f"{fixed(POINTS.scale * loss, 1)} points at {level}" for level, loss in losses.items()]
    return Sentence(
        "Quantization alone",
        f"Before any training it lowered accuracy, as a mean over {counted(len(tasks), 'general task')}, by "
        f"{joined(parts)}; it counts in what arms on such a base "
        "gained and forgot, and stands apart as their part by storing.",
    )


def chart(results: Results, target: str, known: list[Mark], name: str) -> Figure | None:
    """Every target has the same: drawn for the first; None where the base was stored in one way only."""
    from harness.report.charts.levels import storage_alone  # altair takes a second to load: not for a sentence

    losses = {arm.quantization: quantization_loss(arm) for arm in base_arms(results, target)}
    return storage_alone(losses, name) if target == targets(results)[0] else None
