"""Does part of the update gain as much and forget less?"""

from harness.report.model.arms import metric
from harness.report.model.curves import Curve, Point
from harness.report.topics.scaled_back import curves, worth_it
from harness.report.words.phrases import Sentence, amount, some, value
from harness.schema.results import Results


def scaled_back_sentence(results: Results, target: str) -> Sentence | None:
    """The arm for which scaling back saved most; None where no arm was scaled back on this target."""
    found = curves(results, target)
    if not found:
        return None
    topic = f"Scaled back on {target}"
    better = [(curve, point) for curve in found if (point := worth_it(curve)) is not None]
    better.sort(key=lambda pair: -_saved(*pair))
    if not better:
        return Sentence(
            topic, "No part of an update forgot less at a gain whose interval still reaches that of the whole update."
        )
    curve, point = better[0]
    text = (
        f"With {point.at:g} of its update {curve.arm['arm']} forgot {amount(point.forgot, 'accuracy')} instead of "
        f"{amount(curve.last.forgot, 'accuracy')}, and gained {amount(point.gained, metric(results, target), True)}, "
        "an interval that overlaps with that of the whole update."
    )
    others = [f"{one.arm['arm']} with {part.at:g}" for one, part in better[1:]]
    also = f" The same holds for {some(others)}." if others else ""
    picked = "These parts were" if others else "This part was"
    return Sentence(topic, f"{text}{also} {picked} picked on the test items themselves.")


def _saved(curve: Curve, point: Point) -> float:
    return value(curve.last.forgot) - value(point.forgot)
