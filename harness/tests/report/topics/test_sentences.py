"""Sentences on arms without training, parts of an update, students and the ladder."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from harness.report.advice.caveats import caveats
from harness.report.model.arms import FORGETS_NOTHING
from harness.report.topics.domain_shift_sentence import domain_shift_sentence
from harness.report.topics.gain_sentence import gain_sentence
from harness.report.topics.matched_gain_sentence import matched_gain_sentence
from harness.report.topics.reference_sentence import reference_sentence
from harness.report.topics.scaled_back_sentence import scaled_back_sentence
from harness.report.topics.students_sentence import students_sentence
from harness.report.topics.untrained_sentence import untrained_sentence
from harness.report.words.phrases import Sentence
from harness.schema.record import Status
from harness.tests.synthetic import (
    FEW_SHOT,
    FULL,
    LADDER,
    RETRIEVAL,
    STUDENT,
    TARGETS,
    ZERO_SHOT,
    Arm,
    base_arms,
    completed,
    ladder_results,
    results_of,
    scaled_back,
    seeds_of,
    stopped,
    student,
)

TARGET = TARGETS[0]


def run_of(*arms: Arm, seeds: tuple[int, ...] = (0, 1)) -> dict[str, Any]:
    measured = [completed(arm, TARGET, seed) for arm in arms for seed in seeds_of(arm, seeds)]
    return results_of([*base_arms(TARGET), *measured], learning_rates=[])


def text_of(sentence: Sentence | None) -> str:
    assert sentence is not None
    return sentence.text


@pytest.fixture(scope="module")
def prompted() -> dict[str, Any]:
    """Full fine-tuning, retrieval (which has no seed), few-shot and zero-shot."""
    return run_of(FULL, RETRIEVAL, FEW_SHOT, ZERO_SHOT)


def with_gain(results: dict[str, Any], method: str, gain: tuple[float, float, float]) -> dict[str, Any]:
    """The same results with this gain and interval for one arm."""
    changed = copy.deepcopy(results)
    arm = next(arm for arm in changed["arms"] if arm["method"] == method)
    arm["target"] |= {"gain": gain[0], "ci95": list(gain[1:])}
    return changed


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        ((0.9, 0.8, 1.0), "retrieval-r4 gained more than full, the trained arm that gained most: +90 points"),
        ((0.5, 0.49, 0.51), "retrieval-r4 gained +50.0 points (49.0 to 51.0), as much as full"),
        ((0.5, 0.4, 0.6), "retrieval-r4 gained +50 points (40 to 60), and cannot be told apart from full"),
        ((0.4, 0.38, 0.42), "retrieval-r4 gained +40.0 points (38.0 to 42.0), less than full"),
    ],
    ids=["more", "equal", "undecided", "less"],
)  # fmt: skip
def test_the_best_arm_without_training_is_set_against_the_best_trained_one(
    prompted: dict[str, Any], gain: tuple[float, float, float], said: str
) -> None:
    unpaired = {**prompted, "comparisons": []}
    results = with_gain(with_gain(unpaired, "full", (0.5, 0.48, 0.52)), "retrieval", gain)
    text = text_of(untrained_sentence(results, TARGET))
    assert text.startswith(said)
    assert f"It {FORGETS_NOTHING}. It reads 51 tokens before each answer, where the base reads 15." in text
    assert ("No training is needed" in text) is (gain[0] >= 0.5 and gain != (0.5, 0.4, 0.6))


def test_the_paired_comparison_is_believed_where_there_is_one(prompted: dict[str, Any]) -> None:
    results = with_gain(prompted, "few-shot", (0.7, 0.5, 0.9))
    row = next(row for row in results["comparisons"] if row["arm"] == "few-shot-r8")
    row["gain"] = "equal"
    assert "few-shot-r8 gained +70 points (50 to 90), as much as full" in text_of(untrained_sentence(results, TARGET))


def test_without_a_trained_arm_the_gain_stands_alone() -> None:
    assert "no trained arm was measured beside it" in text_of(untrained_sentence(run_of(RETRIEVAL), TARGET))


def test_no_gain_without_training_is_said_plainly() -> None:
    results = with_gain(run_of(FULL, RETRIEVAL), "retrieval", (0.02, -0.01, 0.05))
    text = text_of(untrained_sentence(results, TARGET))
    assert text == "retrieval-r4 gained no more than its interval allows for chance."


def test_nothing_is_said_of_the_bare_question() -> None:
    assert untrained_sentence(run_of(FULL, ZERO_SHOT), TARGET) is None


def test_no_arm_without_training_is_praised_for_forgetting_little(prompted: dict[str, Any]) -> None:
    text = text_of(gain_sentence(prompted, TARGET))
    assert "Of the trained arms that gained, full forgot least" in text
    assert reference_sentence(prompted, TARGET) is None


def test_a_winner_without_training_is_marked(prompted: dict[str, Any]) -> None:
    text = text_of(gain_sentence(with_gain(prompted, "retrieval", (0.95, 0.9, 1.0)), TARGET))
    assert text.startswith("retrieval-r4 gained most, +95 points (90 to 100), without training; no other arm")


def test_one_draw_of_examples_is_no_single_seed() -> None:
    warnings = caveats(run_of(FEW_SHOT, RETRIEVAL, seeds=(0,)))
    assert warnings == ["One draw of examples: few-shot-r8. Other examples may bring another gain."]


def test_many_refusals_are_named_and_their_reasons_left_to_the_page() -> None:
    refused = [
        stopped(Arm(f"method-{place}", 8, "none", 0.0, 0.0, 0), target, 0, Status.UNSUPPORTED, f"reason {place}")
        for target in TARGETS
        for place in range(6)
    ]
    (warning,) = caveats(results_of([*base_arms(TARGET), *refused], learning_rates=[]))
    assert warning.startswith(
        "Unsupported: method-0-r8, method-1-r8, method-2-r8, method-3-r8 and 2 more; the page has"
    )


def test_a_traceback_is_not_a_reason() -> None:
    crash = "KeyError: 'w1'\nTraceback (most recent call last):\n  File x"
    broken = stopped(FULL, TARGET, 0, Status.FAILED, crash)
    assert "Failed: new-facts-full-s0: KeyError: 'w1'." in caveats(results_of([broken], learning_rates=[]))


def scaled(forgot: float) -> dict[str, Any]:
    arm = replace(FULL, forgot=forgot)
    measured = [*base_arms(TARGET), *(scaled_back(arm, TARGET, seed, (0.5, 0.9)) for seed in (0, 1))]
    return results_of(measured, learning_rates=[])


def test_part_of_an_update_that_keeps_its_gain_and_forgets_less_is_named() -> None:
    text = text_of(scaled_back_sentence(scaled(0.3), TARGET))
    assert text.startswith("With 0.5 of its update full forgot ")
    assert text.endswith("This part was picked on the test items themselves.")


def test_part_of_an_update_that_saves_nothing_is_not_praised() -> None:
    text = text_of(scaled_back_sentence(scaled(0.0), TARGET))
    assert text.startswith("No part of an update forgot less")


def test_no_curve_no_sentence(prompted: dict[str, Any]) -> None:
    assert scaled_back_sentence(prompted, TARGET) is None
    assert students_sentence(prompted, TARGET) is None
    assert domain_shift_sentence(prompted) is None


@pytest.mark.parametrize(("fine_tuned", "said"), [(True, "its teacher, fine-tuned first,"), (False, "the base,")])
def test_a_student_is_set_against_its_teacher(fine_tuned: bool, said: str) -> None:
    other = replace(STUDENT, method="distill-small")
    measured = [student(TARGET, seed, arm, fine_tuned) for arm in (STUDENT, other) for seed in (0, 1)]
    text = text_of(students_sentence(results_of([*base_arms(TARGET), *measured], learning_rates=[]), TARGET))
    assert said in text
    assert "scores 64.0 %, with 59 % of the parameters and 65 % of the operations" in text
    assert "the same token likeliest in 71 % of the answers' tokens. 1 arm more in the table." in text


def test_the_ladder_is_read_from_near_to_far() -> None:
    text = text_of(domain_shift_sentence(ladder_results()))
    assert text.startswith("Against full fine-tuning, from new-facts (near) to new-language (far), lora-r16 ")
    assert "gained less on " in text
    assert "new-language" in text.split("gained less on ")[1]


def test_two_targets_are_no_ladder() -> None:
    results = copy.deepcopy(ladder_results())
    results["arms"] = [arm for arm in results["arms"] if arm["target_task"] in LADDER[:2]]
    assert domain_shift_sentence(results) is None


def matched(arm: str, difference: tuple[float, float, float] | None, gain: float = 0.4) -> dict[str, Any]:
    value, low, high = difference or (None, None, None)
    return {"target_task": TARGET, "arm": arm, "gain": gain, "forgetting_difference": value,
            "ci95": None if difference is None else [low, high]}  # fmt: skip


LESS, MORE, EITHER = (-0.04, -0.06, -0.02), (0.04, 0.02, 0.06), (0.0, -0.02, 0.02)


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (LESS, "When both had gained +40.0 points, lora-r8 had forgotten less than full fine-tuning, by "
         "4.0 points (2.0 to 6.0)."),
        (MORE, "When both had gained +40.0 points, lora-r8 had forgotten more than full fine-tuning, by "
         "4.0 points (2.0 to 6.0)."),
        (EITHER, "When both had gained +40.0 points, lora-r8 and full fine-tuning cannot be told apart in forgetting."),
        (None, "lora-r8 and full fine-tuning did not both reach +40.0 points surely enough to be compared there."),
    ],
    ids=["less", "more", "undecided", "not settled"],
)  # fmt: skip
def test_one_arm_at_matched_gain(
    prompted: dict[str, Any], difference: tuple[float, float, float] | None, said: str
) -> None:
    results = {**prompted, "matched_gain": [matched("lora-r8", difference)]}
    assert text_of(matched_gain_sentence(results, TARGET)) == said


def test_several_arms_at_matched_gain_are_sorted_by_what_was_shown(prompted: dict[str, Any]) -> None:
    rows = [matched("a", None), matched("b", EITHER), matched("c", MORE), matched("d", LESS), matched("e", LESS)]
    assert text_of(matched_gain_sentence({**prompted, "matched_gain": rows}, TARGET)) == (
        "Against full fine-tuning, when both first reached the same gain: d and e had forgotten less; c had forgotten "
        "more; b cannot be told apart from it; a did not reach such a gain surely enough to be compared."
    )


def test_nothing_is_said_at_matched_gain_where_nothing_was_traced(prompted: dict[str, Any]) -> None:
    assert matched_gain_sentence(prompted, TARGET) is None
    assert matched_gain_sentence({**prompted, "matched_gain": [matched("lora-r8", LESS)]}, "poems") is None
