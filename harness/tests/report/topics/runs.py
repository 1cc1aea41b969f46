"""Small runs that topics speak of."""

from harness.report.words.phrases import Sentence
from harness.schema.results import ArmResult, Results
from harness.tests.synthetic import TARGETS, Arm, base_arms, completed, results_of, seeds_of

TARGET = TARGETS[0]

Interval = tuple[float, float, float]
"""A value and its bounds."""


def run_of(*arms: Arm, seeds: tuple[int, ...] = (0, 1)) -> Results:
    measured = [completed(arm, TARGET, seed) for arm in arms for seed in seeds_of(arm, seeds)]
    return results_of([*base_arms(TARGET), *measured], learning_rates=())


def text_of(sentence: Sentence | None) -> str:
    assert sentence is not None
    return sentence.text


def with_gain(results: Results, method: str, gain: Interval) -> Results:
    """The same results with this gain and interval for one arm."""

    def changed(arm: ArmResult) -> ArmResult:
        if arm.method != method or arm.target is None:
            return arm
        return arm.with_(target=arm.target.with_(gain=gain[0], ci95=gain[1:]))

    return results.with_(arms=tuple(map(changed, results.arms)))
