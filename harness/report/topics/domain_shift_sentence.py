"""How does LoRA fare against full fine-tuning as targets get further from what the base knows?"""

from harness.report.model.arms import joined
from harness.report.topics.domain_shift import Step, ladder
from harness.report.words.phrases import Sentence, margin_of
from harness.schema.results import Results

_GAINS = {
    "more": "gained more on {targets}",
    "equal": "gained as much ({margin}) on {targets}",
    "less": "gained less on {targets}",
    "undecided": "cannot be told apart in gain on {targets}",
}


def domain_shift_sentence(results: Results) -> Sentence | None:
    """Targets by what their paired comparison allows to say; None where the run is no ladder."""
    steps = ladder(results)
    rows = [(step, step.comparison) for step in steps if step.comparison is not None]
    if not rows:
        return None
    clauses = []
    for relation, phrase in _GAINS.items():
        there = [step for step, row in rows if row["gain"] == relation]
        if there:
            margin = margin_of(rows[0][1]["equal_gain_margin"], there[0].full.target.metric)
            clauses.append(phrase.format(targets=_names(there), margin=margin))
    for forgets in ("less", "more"):
        there = [step for step, row in rows if (row["gain"], row["forgets"]) == ("equal", forgets)]
        if there:
            clauses.append(f"forgot {forgets} at equal gain on {_names(there)}")
    first, last = steps[0].target, steps[-1].target
    return Sentence(
        "Domain shift",
        f"Against full fine-tuning, from {first} (near) to {last} (far), {steps[0].lora['arm']} {'; '.join(clauses)}.",
    )


def _names(steps: list[Step]) -> str:
    return joined([step.target for step in steps])
