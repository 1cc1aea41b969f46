"""Verdict sentences: what may be said, and what may not."""

from dataclasses import replace

import pytest

from harness.report.advice.findings import EMBEDDED_SCOPE, Findings, findings
from harness.schema.record import Promise
from harness.schema.results import Results
from harness.schema.trial import RateSource
from harness.tests.synthetic import FULL, TARGETS, Arm, base_arms, completed, results_of, whole_results

TARGET = TARGETS[0]
LORA = Arm("lora", 8, "none", 0.61, 0.05, 36_900)
WEAK = Arm("ia3", None, "none", 0.2, 0.01, 1_500)


def run_of(*arms: Arm, seeds: tuple[int, ...] = (0, 1)) -> Results:
    return results_of([*base_arms(TARGET), *(completed(arm, TARGET, seed) for arm in arms for seed in seeds)])


@pytest.fixture(scope="module")
def pair() -> Results:
    return run_of(FULL, LORA)


def said(found: Findings) -> str:
    return " ".join(sentence.text for sentence in found.sentences)


def compared(results: Results, gain: str, forgets: str | None, matched: str | None = None) -> str:
    """What is said of LoRA against full fine-tuning when the comparison came out so."""
    row = results.comparisons[0].with_(gain=gain, forgets=forgets, forgets_at_matched_gain=matched)
    results = results.with_(comparisons=(row, *results.comparisons[1:]))
    return next(one.text for one in findings(results).sentences if one.topic.startswith("Against full"))


@pytest.mark.parametrize(
    ("gain", "forgets", "matched", "expected"),
    [
        ("equal", "less", "less", "lora-r8 forgot less at matched gain."),
        ("ceiling", "undecided", "more", "lora-r8 forgot more at matched gain."),
        ("less", "less", "undecided", "lora-r8 cannot be told apart from it in forgetting at matched gain."),
        ("more", "less", None, "lora-r8 gained more and forgot less."),
        ("less", "more", "undecided", "lora-r8 gained less and forgot more."),
    ],
)
def test_a_settled_comparison_names_the_arm(
    pair: Results, gain: str, forgets: str, matched: str | None, expected: str
) -> None:
    assert compared(pair, gain, forgets, matched) == expected


@pytest.mark.parametrize("forgets", ["less", "undecided", None])
@pytest.mark.parametrize("gain", ["less", "undecided", "equal", "ceiling"])
def test_where_no_gain_was_matched_forgetting_less_is_no_claim(pair: Results, gain: str, forgets: str | None) -> None:
    text = compared(pair, gain, forgets)
    assert "forgot less" not in text
    assert "nothing is claimed about forgetting" in text


def test_more_gain_with_more_forgetting_is_no_claim_either(pair: Results) -> None:
    assert compared(pair, "more", "more").startswith("lora-r8 gained more; where no gain could be matched")


def test_overlapping_intervals_have_no_winner(pair: Results) -> None:
    text = said(findings(pair))
    assert text.startswith(("No clear winner: full gained most", "No clear winner: lora-r8 gained most"))


def test_a_gain_beyond_every_interval_wins() -> None:
    text = said(findings(run_of(LORA, WEAK)))
    assert text.startswith("lora-r8 gained most, +5")
    assert "no other arm's interval reaches its own" in text


def test_the_least_forgotten_is_named_with_what_it_gained() -> None:
    text = said(findings(run_of(LORA, WEAK)))
    assert "ia3 forgot least" in text
    assert "and gained +" in text


def test_an_arm_that_gained_nothing_is_not_praised_for_forgetting_little() -> None:
    idle = Arm("prompt-tuning", 16, "none", 0.0, 0.0, 2_048)
    text = said(findings(run_of(LORA, idle)))
    assert "lora-r8 forgot least" in text
    assert "prompt-tuning" not in text


def test_no_gain_anywhere_is_said_plainly() -> None:
    idle = Arm("prompt-tuning", 16, "none", 0.0, 0.0, 2_048)
    assert said(findings(run_of(idle))).startswith("No arm gained more than its interval allows for chance.")


def test_quantization_is_told_apart_from_forgetting(pair: Results) -> None:
    sentence = next(one for one in findings(pair).sentences if one.topic == "Quantization alone")
    assert "points at int8 and" in sentence.text
    assert "points at nf4" in sentence.text


def warnings(results: Results) -> str:
    return "\n".join(findings(results).warnings)


def test_two_seeds_and_tuned_rates_raise_no_warning(pair: Results) -> None:
    assert warnings(pair.with_(learning_rates=())) == ""


def test_one_seed_is_marked() -> None:
    assert "One seed: Every trained arm was trained once." in warnings(run_of(FULL, seeds=(3,)))


def test_a_mix_of_one_and_two_seeds_is_counted() -> None:
    measured = [*base_arms(TARGET), *(completed(FULL, TARGET, seed) for seed in (0, 1)), completed(LORA, TARGET, 0)]
    assert "One seed: 1 of 2 arms was trained once." in warnings(results_of(measured))


@pytest.mark.parametrize("source", [RateSource.UNTUNED, RateSource.GIVEN])
def test_a_learning_rate_that_was_not_tuned_is_marked(source: RateSource) -> None:
    one = completed(LORA, TARGET, 0)
    trial = replace(one.trial, learning_rate_source=source)
    results = results_of([*base_arms(TARGET), replace(one, record=replace(one.record, trial=trial))])
    assert "Untuned learning rate: lora-r8." in warnings(results)


def test_a_rate_at_the_edge_of_its_grid_is_marked(pair: Results) -> None:
    assert "edge of its grid: full, lora and ia3" in warnings(pair)


def test_a_broken_promise_is_marked() -> None:
    one = completed(LORA, TARGET, 0)
    broken = replace(one.record, promises=(Promise("base weights untouched", False, "12 tensors changed"),))
    results = results_of([*base_arms(TARGET), replace(one, record=broken)])
    assert "Broken promises: base weights untouched (1)." in warnings(results)


def test_every_way_of_not_completing_is_reported_with_its_reason() -> None:
    text = warnings(whole_results())
    assert "Diverged: new-facts-lora-r128-s0: loss became NaN at step 12." in text
    assert "Unsupported: full-nf4: 4-bit is frozen." in text
    assert "Failed: sort-digits-boft-s0: KeyError: 'w1'." in text


def test_a_run_without_full_fine_tuning_says_what_is_missing() -> None:
    assert "No full fine-tuning in this run" in warnings(run_of(LORA))


def test_a_run_of_a_candidate_alone_misses_no_full_fine_tuning() -> None:
    text = warnings(run_of(replace(LORA, method="candidate", rank=None)))
    assert "No full fine-tuning" not in text
    assert "Only what was trained elsewhere was measured" in text


def test_one_arm_alone_gains_more_than_nobody() -> None:
    (gained, *_) = findings(run_of(LORA)).sentences
    assert gained.text.startswith("lora-r8 gained +")
    assert "no other arm was measured beside it. It forgot" in gained.text
    assert "most" not in gained.text


@pytest.mark.parametrize(("model", "claimed"), [("embedded", True), ("smollm2-135m", False)])
def test_only_the_embedded_model_proves_the_measurement_alone(pair: Results, model: str, claimed: bool) -> None:
    trials = tuple(trial.with_(spec=trial.spec.with_(model=model)) for trial in pair.trials)
    scope = findings(pair.with_(trials=trials)).scope
    assert scope.startswith(f"These figures hold for the model {model},")
    assert (EMBEDDED_SCOPE in scope) is claimed
