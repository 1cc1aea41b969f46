"""The verdict: what the figures allow to be said, shared by the page, the CI summary and the terminal.

Sentences name a winner only where intervals do not overlap, and speak of forgetting less only where the
comparison was made at equal gain. Everything that weakens a figure stands apart, as a warning.
"""

from dataclasses import dataclass
from typing import Any

from harness.report.arms import joined, models, targets
from harness.report.sentences.caveats import caveats
from harness.report.sentences.domain_shift import domain_shift_sentence
from harness.report.sentences.gain import gain_sentence
from harness.report.sentences.matched_gain import matched_gain_sentence
from harness.report.sentences.quantization import quantization_sentence
from harness.report.sentences.reference import reference_sentence
from harness.report.sentences.scaled_back import scaled_back_sentence
from harness.report.sentences.students import students_sentence
from harness.report.sentences.untrained import untrained_sentence
from harness.report.sentences.wording import Sentence

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


def verdict(results: dict[str, Any]) -> Verdict:
    """The findings of a run, what weakens them, and where they hold."""
    found = [sentence(results, target) for target in targets(results) for sentence in PER_TARGET]
    if not any(found):
        found = [Sentence(NOTHING_MEASURED, "No arm has a gain that was measured against its base.")]
    found += [sentence(results) for sentence in PER_RUN]
    return Verdict(tuple(filter(None, found)), tuple(caveats(results)), _scope(results))


def _scope(results: dict[str, Any]) -> str:
    names = models(results)
    if not names:
        return ""
    scope = f"These figures hold for the model {joined(names)}, these tasks and this training budget."
    return f"{scope} {EMBEDDED_SCOPE}" if "embedded" in names else scope
