"""What do the paired comparisons with full fine-tuning allow to be said?"""

from harness.report.model.arms import metric, untrained_arms
from harness.report.words.phrases import Sentence, arms_counted, margin_of, some
from harness.schema.results import Results

_RELATIONS = {
    ("equal", "less"): "forgot less at equal gain ({margin})",
    ("more", "less"): "gained more and forgot less",
    ("equal", "more"): "forgot more at equal gain ({margin})",
    ("less", "more"): "gained less and forgot more",
    ("equal", "undecided"): "gained as much ({margin}), with no difference in forgetting shown",
}

_UNEQUAL = {
    "more": "gained more",
    "less": "gained less",
    "undecided": "cannot be told apart from it in gain",
    "equal": "gained as much, with forgetting not measured",
}


def reference_sentence(results: Results, target: str) -> Sentence | None:
    """Every trained arm's comparison, by what it allows to say. What trains nothing has a sentence of its own."""
    prompted = {arm.arm for arm in untrained_arms(results, target)}
    rows = [row for row in results.comparisons if row["target_task"] == target and row["arm"] not in prompted]
    if not rows:
        return None
    margin = margin_of(rows[0]["equal_gain_margin"], metric(results, target))
    clauses = []
    for (gains, forgets), phrase in _RELATIONS.items():
        names = [row["arm"] for row in rows if row["gain"] == gains and row["forgets"] == forgets]
        if names:
            clauses.append(f"{some(names)} {phrase.format(margin=margin)}")
    rest = [row for row in rows if (row["gain"], row["forgets"]) not in _RELATIONS]
    for relation, phrase in _UNEQUAL.items():
        number = sum(row["gain"] == relation for row in rest)
        if number:
            clauses.append(f"{arms_counted(number)} {phrase}")
    if any(row["gain"] != "equal" for row in rest):
        clauses.append("where gains are not equal, nothing is claimed about forgetting")
    return Sentence(f"Against {rows[0]['reference']} fine-tuning on {target}", f"{'; '.join(clauses)}.")
