"""What had each arm forgotten when it had gained as much as full fine-tuning?"""

from typing import Any

from harness.report.model.arms import metric
from harness.report.topics.while_training import matched_difference, matched_relation, matched_rows
from harness.report.words.numbers import POINTS, fixed, unit_of
from harness.report.words.phrases import Sentence, amount, some
from harness.schema.results import Results


def matched_gain_sentence(results: Results, target: str) -> Sentence | None:
    """All arms that were traced beside full fine-tuning; None where there are none on this target."""
    rows = matched_rows(results, target)
    if not rows:
        return None
    topic = f"At matched gain on {target}"
    if len(rows) == 1:
        return Sentence(topic, _one(rows[0], metric(results, target)))
    by: dict[str, list[str]] = {}
    for row in rows:
        by.setdefault(matched_relation(row), []).append(row["arm"])
    parts = [
        f"{some(by[relation])} {said}"
        for relation, said in (
            ("less", "had forgotten less"),
            ("more", "had forgotten more"),
            ("undecided", "cannot be told apart from it"),
            ("not settled", "did not reach such a gain surely enough to be compared"),
        )
        if relation in by
    ]
    return Sentence(topic, f"Against full fine-tuning, when both first reached the same gain: {'; '.join(parts)}.")


def _one(row: dict[str, Any], name: str) -> str:
    found, relation = matched_difference(row), matched_relation(row)
    unit = unit_of(name)
    gained = f"{fixed(row['gain'] * unit.scale, 1 if unit is POINTS else 3, plus=True)} {unit.name}".rstrip()
    if found is None:
        return f"{row['arm']} and full fine-tuning did not both reach {gained} surely enough to be compared there."
    value, low, high = found
    if relation == "undecided":
        return f"When both had gained {gained}, {row['arm']} and full fine-tuning cannot be told apart in forgetting."
    size = amount((value, low, high) if value > 0 else (-value, -high, -low), "accuracy")
    return f"When both had gained {gained}, {row['arm']} had forgotten {relation} than full fine-tuning, by {size}."
