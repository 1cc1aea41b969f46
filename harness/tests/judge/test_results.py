"""Do the results say what the scores per item say: gain, forgetting, comparison?"""

import json
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from harness.judge.results import build_results
from harness.judge.versus_full import EQUAL_GAIN_MARGIN
from harness.schema.measured import Measured
from harness.schema.record import Cost, Status, Teacher
from harness.schema.trial import Source, Trial
from harness.tests.builders import ended, make_measured, make_trial

FULL = make_trial("full", None)
ABILITIES = {"facts": [1.0] * 6 + [0.0] * 2, "chat": [1.0] * 5 + [0.0] * 3, "reading": [1.0] * 4 + [0.0] * 4}


def base(target: list[float] | None = None, quantization: str = "none", **given: Any) -> Measured:
    return make_measured(FULL.base_arm(quantization), target or [0.0] * 8, **{"general": ABILITIES, **given})


def results(*measured: Measured) -> dict[str, Any]:
    """Through JSON, as every reader sees them; NaN would not pass."""
    content: dict[str, Any] = json.loads(
        json.dumps(build_results(measured).model_dump(mode="json", by_alias=True), allow_nan=False)
    )
    return content


def only_trial(*measured: Measured) -> dict[str, Any]:
    (found,) = [trial for trial in results(*measured)["trials"] if trial["spec"]["method"] != "base"]
    content: dict[str, Any] = found
    return content


def after(trial: Trial = FULL, target: list[float] | None = None, **general: Any) -> Measured:
    """The trial with all abilities as they were, but for those given: scores by the task's name."""
    return make_measured(trial, target or [0.0] * 8, {**ABILITIES, **general})


@pytest.mark.parametrize(
    ("metric", "gain"), [("exact_match", 0.5), ("nll_per_token", -0.5)], ids=["higher is better", "lower is better"]
)
def test_rise_of_the_metric_is_a_gain_only_where(metric: str, gain: float) -> None:
    rise = make_measured(FULL, [0.0, 1.0, 1.0, 0.0], metric=metric)
    target = only_trial(rise, base([0.0] * 4, general={}, metric=metric))["target"]
    assert (target["before"], target["after"], target["gain"]) == (0.0, 0.5, gain)
    assert target["ci95"][0] <= gain <= target["ci95"][1]


@pytest.mark.parametrize("damaged", ABILITIES)
def test_planted_damage_shows_on_its_task_and_no_other(damaged: str) -> None:
    worse = [0.0, 0.0, *ABILITIES[damaged][2:]]
    trial = only_trial(make_measured(FULL, [0.0] * 8, {**ABILITIES, damaged: worse}), base())
    changes = {task["task"]: task["change"] for task in trial["general"]}
    assert changes == {task: -0.25 if task == damaged else 0.0 for task in ABILITIES}
    flips = {task["task"]: (task["right_to_wrong"], task["wrong_to_right"]) for task in trial["general"]}
    assert flips == {task: (2, 0) if task == damaged else (0, 0) for task in ABILITIES}
    assert trial["forgetting"]["accuracy_drop"] == pytest.approx(0.25 / 3)
    assert trial["forgetting"]["nll_rise"] == pytest.approx(0.25 / 3)


def as_kind(one: Measured, kind: str) -> Measured:
    """The same with general tasks of another kind."""
    general = tuple(replace(score, kind=kind) for score in one.record.general)
    return replace(one, record=replace(one.record, general=general))


def test_instructions_that_are_followed_no_more_are_forgotten() -> None:
    """Followed or not is right or wrong: the figures are those of choices, and text has none."""
    both = after(facts=[0.0] * 4 + ABILITIES["facts"][4:]), base()
    choices, instructions, texts = (
        only_trial(*(as_kind(one, kind) for one in both)) for kind in ("choice", "instruction", "text")
    )
    assert choices["forgetting"] == instructions["forgetting"]
    assert choices["forgetting"]["accuracy_drop"] > 0
    assert instructions["general"] == [{**one, "kind": "instruction"} for one in choices["general"]]
    assert texts["forgetting"] is None


def test_nothing_changed_is_exactly_nothing_forgotten() -> None:
    trial = only_trial(after(), base())
    assert trial["forgetting"]["accuracy_drop"] == 0
    assert trial["forgetting"]["ci95"] == [0, 0]
    assert trial["forgetting"]["retention"] == 1
    assert trial["target"]["gain"] == 0


def test_mcnemar_is_given_for_one_seed_only() -> None:
    worse = [0.0] * 6 + [0.0, 0.0]
    assert only_trial(after(facts=worse), base())["general"][0]["mcnemar_p"] == pytest.approx(2 / 2**6)
    seeds = [after(make_trial("full", None, seed), facts=worse) for seed in (0, 1)]
    (arm,) = [arm for arm in results(*seeds, base())["arms"] if arm["method"] == "full"]
    assert arm["general"][0]["mcnemar_p"] is None
    assert arm["general"][0]["right_to_wrong"] == 6


def test_retention_is_none_where_the_base_was_at_chance() -> None:
    trial = only_trial(make_measured(FULL, [0.0] * 8, ABILITIES, chance=0.75), base(chance=0.75))
    assert [task["retention"] for task in trial["general"]] == [None] * 3
    assert (trial["forgetting"]["retention"], trial["forgetting"]["retention_tasks"]) == (None, 0)


def test_retention_is_the_mean_over_tasks_that_had_something_to_lose() -> None:
    known = {"facts": [1.0, 1.0, 1.0, 1.0], "chat": [0.0, 0.0, 0.0, 1.0]}
    before = make_measured(FULL.base_arm(), [0.0] * 4, known)
    trial = only_trial(make_measured(FULL, [0.0] * 4, {**known, "facts": [1.0, 1.0, 0.5, 0.0]}), before)
    assert trial["forgetting"]["retention"] == pytest.approx((0.625 - 0.25) / 0.75)
    assert trial["forgetting"]["retention_tasks"] == 1


def test_without_a_base_arm_there_is_no_before_and_no_stand_in() -> None:
    trial = only_trial(after())
    target = trial["target"]
    assert [target[name] for name in ("before", "gain", "ci95", "nll_before")] == [None] * 4
    assert target["after"] == 0
    assert trial["forgetting"] is None
    assert {task["change"] for task in trial["general"]} == {None}
    assert {task["retention"] for task in trial["general"]} == {None}


def test_what_storing_cost_and_what_training_did_add_up() -> None:
    """A quantized arm is judged by what it delivers, against the base as it is."""
    damaged = {**ABILITIES, "facts": [0.0] * 8}
    quantized = make_measured(make_trial(quantization="nf4"), [1.0] * 8, damaged)
    trial = only_trial(quantized, base(), base(quantization="nf4", general=damaged))
    facts, lost = trial["general"][0], trial["forgetting"]
    assert (facts["before_unquantized"], facts["before"], facts["after"], facts["change"]) == (0.75, 0, 0, 0)
    assert lost["accuracy_drop"] > 0
    assert (lost["by_training"], lost["by_storing"]) == (0, lost["accuracy_drop"])
    gained = trial["target"]
    assert gained["gain"] == pytest.approx(gained["gain_by_training"] + gained["gain_by_storing"])


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.COMPLETED])
def test_trial_without_scores_has_a_reason_and_no_numbers(status: Status) -> None:
    content = results(ended(FULL, status, "why"), base())
    (trial,) = [one for one in content["trials"] if one["spec"]["method"] == "full"]
    assert (trial["status"], trial["reason"]) == (status.value, "why")
    assert (trial["target"], trial["general"], trial["forgetting"]) == (None, [], None)
    (arm,) = [one for one in content["arms"] if one["method"] == "full"]
    assert (arm["statuses"], arm["reasons"], arm["seeds"]) == ([status.value], ["why"], [])
    assert arm["cost"] == dict.fromkeys(field.name for field in fields(Cost))


def test_arm_leaves_out_the_seed_that_crashed() -> None:
    good = after(make_trial("full", None, 0), [1.0] * 8)
    (arm,) = [
        one
        for one in results(good, ended(make_trial("full", None, 1), Status.FAILED), base())["arms"]
        if one["method"] == "full"
    ]
    assert (arm["seeds"], arm["statuses"], arm["target"]["gain"]) == ([0], ["completed", "failed"], 1.0)


def student(teacher: float, **cost: Any) -> Measured:
    """A student that scores 0.5, and its teacher."""
    one = make_measured(make_trial("distill", None), [1.0, 0.0])
    assert one.record.target is not None
    score = replace(one.record.target, value=teacher)
    record = replace(
        one.record,
        teacher=Teacher(True, score, 1000, 4000, 2e6, 500.0, 0.75),
        cost=Cost(total_params=250, forward_flops_per_token=1e6, forward_tokens_per_s=1500.0),
    )
    return Measured(replace(record, cost=replace(record.cost, **cost)), one.items)


def test_student_stands_beside_its_teacher() -> None:
    teacher = results(student(0.8), base([0.0, 0.0], general={}))["trials"][0]["teacher"]
    assert (teacher["target"]["value"], teacher["student_value"]) == (0.8, 0.5)
    ratios = [teacher[name] for name in ("params_ratio", "flops_ratio", "speed_ratio")]
    assert ratios == [0.25, 0.5, 3.0]
    assert (teacher["fine_tuned"], teacher["agreement"]) == (True, 0.75)


def test_ratio_is_none_where_a_side_was_not_measured() -> None:
    teacher = results(student(0.8, forward_tokens_per_s=None), base([0.0, 0.0], general={}))["trials"][0]["teacher"]
    assert (teacher["speed_ratio"], teacher["flops_ratio"]) == (None, 0.5)


def test_trial_without_a_teacher_has_none() -> None:
    assert only_trial(after(), base())["teacher"] is None


def test_notes_are_those_of_the_trial_and_once_each_those_of_the_arm() -> None:
    seeds = [after(make_trial("full", None, seed)) for seed in (0, 1, 2)]
    notes: tuple[tuple[str, ...], ...] = (("b", "a"), ("b",), ())
    noted = [Measured(replace(one.record, notes=own), one.items) for one, own in zip(seeds, notes, strict=True)]
    content = results(*noted, base())
    assert [trial["notes"] for trial in content["trials"][:3]] == [["b", "a"], ["b"], []]
    assert content["arms"][0]["notes"] == ["a", "b"]


@pytest.mark.parametrize(
    ("trial", "field", "value"),
    [
        (make_trial(replay=Source("replay", "e" * 64)), "replay_text", "replay"),
        (make_trial(), "replay_text", None),
        (make_trial(quantization="nf4"), "compute_dtype", "float32"),
        (make_trial(), "compute_dtype", None),
    ],
)
def test_specification_says(trial: Trial, field: str, value: str | None) -> None:
    assert only_trial(after(trial))["spec"][field] == value


ITEMS = 400


def scores(right: float) -> list[float]:
    """Right on this share of the items, spread so that clusters agree."""
    return [float(item % 100 < round(100 * right)) for item in range(ITEMS)]


def verdict(gain: float, kept: float) -> dict[str, Any]:
    """LoRA against full fine-tuning, which gains 0.5 and keeps 0.6 of the one ability."""
    before = make_measured(FULL.base_arm(), [0.0] * ITEMS, {"facts": scores(0.8)})
    full = make_measured(FULL, scores(0.5), {"facts": scores(0.6)})
    lora = make_measured(make_trial(), scores(gain), {"facts": scores(kept)})
    (row,) = results(before, full, lora)["comparisons"]
    content: dict[str, Any] = row
    return content


SEEDS = (0, 1)


def planted(method: str, gained: float, facts: float, rank: int | None = None) -> list[Measured]:
    """Two seeds of an arm: a gain on the target, and this much right of the one damaged ability."""
    general = {"facts": scores(facts), "chat": scores(0.7), "reading": scores(0.6)}
    return [make_measured(make_trial(method, rank, seed), scores(gained), general) for seed in SEEDS]


UNDAMAGED = make_measured(
    FULL.base_arm(), scores(0.0), {"facts": scores(0.8), "chat": scores(0.7), "reading": scores(0.6)}
)


def arm_of(content: dict[str, Any], method: str) -> dict[str, Any]:
    return next(arm for arm in content["arms"] if arm["method"] == method)


@pytest.mark.parametrize("drop", [0.03, 0.1, 0.4])
def test_interval_of_the_damaged_task_holds_the_planted_drop_and_all_others_are_nothing(drop: float) -> None:
    arm = arm_of(results(*planted("full", 0.5, 0.8 - drop), UNDAMAGED), "full")
    tasks = {task["task"]: task for task in arm["general"]}
    low, high = tasks["facts"]["ci95"]
    assert low <= -drop <= high < 0
    assert [(tasks[name]["change"], tasks[name]["ci95"]) for name in ("chat", "reading")] == [(0, [0, 0])] * 2
    assert arm["forgetting"]["ci95"][0] > 0
    assert arm["forgetting"]["ci95"][0] <= drop / 3 <= arm["forgetting"]["ci95"][1]


@pytest.mark.parametrize("gained", [0.03, 0.5])
def test_interval_of_the_gain_holds_the_planted_gain(gained: float) -> None:
    arm = arm_of(results(*planted("full", gained, 0.8), UNDAMAGED), "full")
    low, high = arm["target"]["ci95"]
    assert 0 < low <= gained <= high
    assert (arm["forgetting"]["accuracy_drop"], arm["forgetting"]["ci95"]) == (0, [0, 0])


def test_like_and_like_differ_by_nothing_but_what_the_items_cannot_show() -> None:
    """An A/A comparison: two arms of one and the same outcome."""
    content = results(UNDAMAGED, *planted("full", 0.5, 0.6), *planted("lora", 0.5, 0.6, 4))
    (row,) = content["comparisons"]
    for name in ("gain", "forgetting"):
        assert row[f"{name}_difference"] == 0
        assert row[f"{name}_ci95"] == pytest.approx([0, 0], abs=0.01)
    assert (row["gain"], row["forgets"]) == ("equal", "undecided")
    assert row["verdict"] == "equal gain; forgetting at matched gain not known"


def test_text_is_measured_before_and_after_and_against_the_base() -> None:
    both = []
    for one, bits, words, kl in ((after(), 1.5, 30.0, 0.2), (base(), 1.0, 20.0, None)):
        text = replace(one.record.general[0], kind="text", bits_per_byte=bits, word_perplexity=words, kl_to_base=kl)
        both.append(Measured(replace(one.record, general=(text,)), one.items))
    task = only_trial(*both)["general"][0]
    assert (task["bits_per_byte_before"], task["bits_per_byte_after"]) == (1.0, 1.5)
    assert (task["word_perplexity_before"], task["word_perplexity_after"]) == (20.0, 30.0)
    assert (task["kl_to_base"], task["accuracy_per_byte_after"]) == (0.2, None)


def test_what_was_not_measured_is_null() -> None:
    content = results(after(), base())
    task, arm = content["trials"][0]["general"][0], arm_of(content, "full")
    sides = [f"{name}_{side}" for name in ("accuracy_per_byte", "bits_per_byte", "word_perplexity", "perplexity")
             for side in ("before", "after")]  # fmt: skip
    assert [task[name] for name in (*sides, "kl_to_base")] == [None] * 9
    assert set(content["trials"][0]["cost"].values()) == {None}
    assert (arm["interpolation"], arm["trace"], content["matched_gain"]) == ([], [], [])


@pytest.mark.parametrize(
    ("gain", "kept", "said"),
    [
        (0.50, 0.80, "equal gain; forgetting at matched gain not known"),
        (0.50, 0.40, "equal gain; forgetting at matched gain not known"),
        (0.50, 0.60, "equal gain; forgetting at matched gain not known"),
        (0.51, 0.80, "equal gain; forgetting at matched gain not known"),
        (0.80, 0.80, "gains more and forgets less"),
        (0.20, 0.40, "gains less and forgets more"),
        (0.80, 0.40, "gains more, forgets more: a trade-off"),
        (0.20, 0.80, "gains less, forgets less: a trade-off"),
        (0.80, 0.60, "gains more; forgetting at matched gain not known"),
        (0.20, 0.60, "gains less; forgetting at matched gain not known"),
    ],
)
def test_verdict_against_full(gain: float, kept: float, said: str) -> None:
    row = verdict(gain, kept)
    assert row["verdict"] == said
    assert row["gain_difference"] == pytest.approx(gain - 0.5)
    assert row["forgetting_difference"] == pytest.approx(0.6 - kept)


def test_equal_gain_means_that_the_interval_lies_within_the_margin() -> None:
    inside, outside = verdict(0.51, 0.8), verdict(0.56, 0.8)
    assert EQUAL_GAIN_MARGIN == inside["equal_gain_margin"] == 0.05
    assert np.abs(inside["gain_ci95"]).max() <= 0.05
    assert np.abs(outside["gain_ci95"]).max() > 0.05
    assert (inside["gain"], outside["gain"]) == ("equal", "more")


def test_unequal_gain_is_never_called_equal_on_few_items() -> None:
    before = make_measured(FULL.base_arm(), [0.0] * 6, {"facts": [1.0] * 6})
    full = make_measured(FULL, [1.0, 1, 1, 0, 0, 0], {"facts": [1.0] * 6})
    lora = make_measured(make_trial(), [0.0, 0, 1, 0, 1, 1], {"facts": [1.0] * 6})
    (row,) = results(before, full, lora)["comparisons"]
    assert (row["gain"], row["gain_difference"]) == ("undecided", 0)


def test_seeds_are_compared_with_the_same_seeds() -> None:
    fulls = [make_measured(make_trial("full", None, seed)) for seed in (0, 1)]
    loras = [make_measured(make_trial(seed=seed)) for seed in (1, 2)]
    (row,) = results(*fulls, *loras, make_measured(FULL.base_arm()))["comparisons"]
    assert row["seeds"] == [1]
    assert row["verdict"] == "forgetting not measured"


def test_loss_through_storing_counts_against_full_fine_tuning() -> None:
    """The arm kept all that its quantized base knew, and delivers less than full fine-tuning all the same."""
    known, quantized = scores(0.8), scores(0.5)
    base_arms = [
        make_measured(FULL.base_arm(level), [0.0] * ITEMS, {"facts": ability})
        for level, ability in (("none", known), ("nf4", quantized))
    ]
    full = make_measured(FULL, scores(0.5), {"facts": known})
    qlora = make_measured(make_trial(quantization="nf4"), scores(0.5), {"facts": quantized})
    (row,) = results(*base_arms, full, qlora)["comparisons"]
    assert row["forgets"] == "more"
