"""Arms that are not shown to have lost anything: how much they may have lost at most, and nothing of the others."""

import pytest

from harness.report.topics.kept import sentence
from harness.schema.results import ArmResult, Results
from harness.tests.report.topics.runs import TARGET, run_of, text_of, with_gain
from harness.tests.synthetic import FULL, Arm

LORA, TOP = Arm("lora", 8, "none", 0.5, 0.1, 900), Arm("top-layers", None, "none", 0.5, 0.1, 900)


@pytest.fixture(scope="module")
def run() -> Results:
    return run_of(FULL, LORA, TOP)


def with_loss(results: Results, **lost: tuple[float, float, float | None]) -> Results:
    """With the interval of each method's forgetting, and its bound; those that are not named lost for certain."""

    def changed(arm: ArmResult) -> ArmResult:
        if arm.forgetting is None:
            return arm
        low, high, bound = lost.get(arm.method.replace("-", "_"), (0.02, 0.08, 0.07))
        value = (low + high) / 2
        return arm.with_(forgetting=arm.forgetting.with_(accuracy_drop=value, ci95=(low, high), lost_at_most=bound))

    return results.with_(arms=tuple(map(changed, results.arms)))


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        pytest.param(
            {"lora": (-0.02, 0.03, 0.0241)},
            "lora-r8 is not shown to have forgotten anything: no more than 2.5 points of accuracy (95 %).",
            id="one arm",
        ),
        pytest.param(
            {"lora": (-0.02, 0.03, 0.024), "top_layers": (-0.05, 0.01, 0.004)},
            "lora-r8 and top-layers are not shown to have forgotten anything: no more than 0.4 to 2.4 points of "
            "accuracy (95 %, each arm alone).",
            id="several arms",
        ),
        pytest.param(
            {"lora": (-0.05, -0.01, -0.012)},
            "lora-r8 is not shown to have forgotten anything: no more than 0 points of accuracy (95 %).",
            id="an arm that won",
        ),
    ],
)
def test_what_was_kept(run: Results, lost: dict[str, tuple[float, float, float | None]], said: str) -> None:
    assert text_of(sentence(with_loss(run, **lost), TARGET)) == said


def test_an_arm_that_learned_nothing_is_not_praised_for_keeping_what_it_had(run: Results) -> None:
    idle = with_gain(with_loss(run, lora=(-0.02, 0.03, 0.0241)), "lora", (0.01, -0.02, 0.04))
    assert sentence(idle, TARGET) is None


def test_a_certain_loss_is_none_to_speak_of_here(run: Results) -> None:
    assert sentence(with_loss(run), TARGET) is None


def test_files_that_are_older_than_the_bound_say_nothing(run: Results) -> None:
    assert sentence(with_loss(run, lora=(-0.02, 0.03, None)), TARGET) is None


def test_arms_without_training_are_left_out(prompted: Results) -> None:
    assert "retrieval" not in str(sentence(with_loss(prompted, full=(-0.01, 0.01, 0.01)), TARGET))
