"""What the figures allow to be said, shared by the page, the CI summary and the terminal.

Sentences name a winner only where intervals do not overlap, and speak of forgetting less only where the
comparison was made at equal gain. Everything that weakens a figure stands apart, as a warning.
"""

from dataclasses import dataclass

from harness.report.advice.caveats import caveats
from harness.report.model.arms import models, targets
from harness.report.topics import (
    domain_shift,
    gain,
    guessing,
    kept,
    quantization,
    scaled_back,
    students,
    untrained,
    versus_full,
    while_training,
)
from harness.report.words.phrases import Sentence, joined
from harness.schema.results import Results

PER_TARGET = (
    gain.sentence,
    guessing.sentence,
    untrained.sentence,
    kept.sentence,
    versus_full.sentence,
    while_training.sentence,
    scaled_back.sentence,
    students.sentence,
)
PER_RUN = (domain_shift.sentence, quantization.sentence)

NOTHING_MEASURED = "Nothing measured"

EMBEDDED_SCOPE = (
    "On the embedded model, which is very small, they prove that the measurement works, "
    "not which method wins on large models."
)


@dataclass(frozen=True)
class Findings:
    """What a reader needs before any table: what was found, what weakens it, and where it holds."""

    sentences: tuple[Sentence, ...]
    warnings: tuple[str, ...]
    scope: str


def findings(results: Results) -> Findings:
    """Those of all topics, target by target, then those of the run as a whole."""
    found = [sentence(results, target) for target in targets(results) for sentence in PER_TARGET]
    if not any(found):
        found = [Sentence(NOTHING_MEASURED, "No arm has a gain that was measured against its base.")]
    found += [sentence(results) for sentence in PER_RUN]
    return Findings(tuple(filter(None, found)), tuple(caveats(results)), _scope(results))


def _scope(results: Results) -> str:
    names = models(results)
    if not names:
        return ""
    scope = f"These figures hold for the model {joined(names)}, these tasks and this training budget."
    return f"{scope} {EMBEDDED_SCOPE}" if "embedded" in names else scope
