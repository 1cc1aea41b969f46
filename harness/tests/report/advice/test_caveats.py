"""What weakens the figures: draws of examples, refusals and crashes."""

from harness.report.advice.caveats import caveats
from harness.schema.record import Status
from harness.tests.report.topics.runs import TARGET, run_of
from harness.tests.synthetic import FEW_SHOT, FULL, RETRIEVAL, TARGETS, Arm, base_arms, results_of, stopped


def test_one_draw_of_examples_is_no_single_seed() -> None:
    warnings = caveats(run_of(FEW_SHOT, RETRIEVAL, seeds=(0,)))
    assert warnings == ["One draw of examples: few-shot-r8. Other examples may bring another gain."]


def test_many_refusals_are_named_and_their_reasons_left_to_the_page() -> None:
    refused = [
        stopped(Arm(f"method-{place}", 8, "none", 0.0, 0.0, 0), target, 0, Status.UNSUPPORTED, f"reason {place}")
        for target in TARGETS
        for place in range(6)
    ]
    (warning,) = caveats(results_of([*base_arms(TARGET), *refused], learning_rates=()))
    assert warning.startswith(
        "Unsupported: method-0-r8, method-1-r8, method-2-r8, method-3-r8 and 2 more; the page has"
    )


def test_a_traceback_is_not_a_reason() -> None:
    crash = "KeyError: 'w1'\nTraceback (most recent call last):\n  File x"
    broken = stopped(FULL, TARGET, 0, Status.FAILED, crash)
    assert "Failed: new-facts-full-s0: KeyError: 'w1'." in caveats(results_of([broken], learning_rates=()))


def test_a_task_that_the_base_cannot_do_is_named() -> None:
    known = run_of(FULL, seeds=(0, 1))
    base = next(arm for arm in known.arms if arm.method == "base")
    task = next(score for score in base.general if score.chance is not None)
    unable = task.with_(after=task.chance)
    general = tuple(unable if score is task else score for score in base.general)
    arms = tuple(arm.with_(general=general) if arm is base else arm for arm in known.arms)
    said = f"The base is at chance on {task.task} (0.25 where guessing scores 0.25)"
    assert f"{said}: what it cannot do it cannot forget." in caveats(known.with_(arms=arms))
    assert not any("at chance" in one for one in caveats(known))
