"""The verdict: what the figures allow to be said, shared by the page, the CI summary and the terminal.

Sentences name a winner only where intervals do not overlap, and speak of forgetting less only where the
comparison was made at equal gain. Everything that weakens a figure stands apart, as a warning.
"""

from dataclasses import dataclass

from harness.report.advice.caveats import caveats
from harness.report.model.arms import joined, models, targets
from harness.report.topics.domain_shift_sentence import domain_shift_sentence
from harness.report.topics.gain_sentence import gain_sentence
from harness.report.topics.matched_gain_sentence import matched_gain_sentence
from harness.report.topics.quantization_sentence import quantization_sentence
from harness.report.topics.reference_sentence import reference_sentence
from harness.report.topics.scaled_back_sentence import scaled_back_sentence
from harness.report.topics.students_sentence import students_sentence
from harness.report.topics.untrained_sentence import untrained_sentence
from harness.report.words.phrases import Sentence
from harness.schema.results import Results

PER_TARGET = (
    gain_sentence,
    untrained_sentence,
    reference_sentence,
    matched_gain_sentence,
    scaled_back_sentence,
    students_sentence,
)
PER_RUN = (domain_shift_sentence, quantization_sentence)

NOTHING_MEASURED = "Nothing measured"

EMBEDDED_SCOPE = (
    "On the embedded model, which is very small, they prove that the measurement works, "
    "not which method wins on large models."
)


@dataclass(frozen=True)
class Verdict:
    """What a reader needs before any table."""

    sentences: tuple[Sentence, ...]
    warnings: tuple[str, ...]
    scope: str


def verdict(results: Results) -> Verdict:
    """The findings of a run, what weakens them, and where they hold."""
    found = [sentence(results, target) for target in targets(results) for sentence in PER_TARGET]
    if not any(found):
        found = [Sentence(NOTHING_MEASURED, "No arm has a gain that was measured against its base.")]
    found += [sentence(results) for sentence in PER_RUN]
    return Verdict(tuple(filter(None, found)), tuple(caveats(results)), _scope(results))


def _scope(results: Results) -> str:
    names = models(results)
    if not names:
        return ""
    scope = f"These figures hold for the model {joined(names)}, these tasks and this training budget."
    return f"{scope} {EMBEDDED_SCOPE}" if "embedded" in names else scope
