"""What did storing the base in fewer bits cost before any training?"""

from harness.report.model.arms import base_arms, general_tasks, quantization_loss, targets
from harness.report.words.numbers import POINTS, fixed
from harness.report.words.phrases import Sentence, joined
from harness.schema.results import Results


def sentence(results: Results) -> Sentence | None:
    """Told apart from forgetting. None where the run stored the base in one way only."""
    losses: dict[str, float] = {}
    for target in targets(results):
        for arm in base_arms(results, target):
            loss = quantization_loss(arm)
            if arm.quantization != "none" and loss is not None:
                losses.setdefault(arm.quantization, loss)
    if not losses:
        return None
    parts = [f"{fixed(POINTS.scale * loss, 1)} points at {level}" for level, loss in losses.items()]
    tasks = len(general_tasks(results, "choice"))
    return Sentence(
        "Quantization alone",
        f"Before any training it lowered accuracy, as a mean over {tasks} general tasks, by {joined(parts)}; "
        "forgetting is measured from there, without it.",
    )
