"""Does the gate fail closed: on everything that is missing, damaged, or measured in another way?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.judge.gate.integrity import CHECKS, Evidence, changes, inspect
from harness.judge.gate.options import allowed
from harness.schema.errors import UserError
from harness.schema.gate import Verdict
from harness.schema.measured import Measured
from harness.schema.record import Promise, Status
from harness.schema.trial import Platform, Source
from harness.tests.builders import RECIPE, SCORING, ended
from harness.tests.sides import record

BEFORE = [record(seed) for seed in (0, 1)]


def evidence(after: list[Measured], **changes: Any) -> Evidence:
    given = {"accepted": BEFORE, "asked": [one.trial for one in after], "measured": after, **changes}
    return Evidence(**given)


def failed(found: Evidence) -> dict[str, str]:
    return {one.name: one.reason for name in CHECKS if (one := inspect(name, found)).verdict is Verdict.FAIL}


def on_record(**changes: Any) -> Callable[[Measured], Measured]:
    return lambda one: replace(one, record=replace(one.record, **changes))


def on_trial(**changes: Any) -> Callable[[Measured], Measured]:
    return lambda one: replace(one, record=replace(one.record, trial=replace(one.record.trial, **changes)))


def test_the_same_run_twice_is_comparable() -> None:
    assert failed(evidence(BEFORE)) == {}


@pytest.mark.parametrize(
    ("check", "change", "said"),
    [
        ("tasks", on_trial(general=(Source("facts", "x" * 64), Source("chat", "d" * 64))), "facts changed"),
        ("tasks", on_trial(general=(Source("facts", "c" * 64),)), "chat is gone"),
        ("tasks", on_trial(target=Source("poems", "x" * 64)), "test items of poems changed"),
        ("versions", on_trial(platform=Platform("cpu", 1, "eager", (("torch", "9"),))), "torch was 2.13.0, is 9"),
        ("versions", on_trial(numerics=99), "numerics"),
        ("device", on_trial(platform=Platform("H200", 1, "eager", (("torch", "2.13.0"),))), "device was cpu, is H200"),
        ("device", on_trial(platform=Platform("cpu", 4, "eager", (("torch", "2.13.0"),))), "threads was 1, is 4"),
        ("precision", on_trial(scoring=replace(SCORING, dtype="bfloat16")), "float32, is bfloat16"),
        ("precision", on_trial(scoring=replace(SCORING, max_items=4)), "items per task at most"),
        ("completed", on_record(status=Status.FAILED, reason="boom"), "boom"),
        ("completed", on_record(status=Status.DIVERGED, reason="loss is nan"), "diverged"),
        ("promises", on_record(promises=(Promise("the base is untouched", False, "sha differs"),)), "untouched"),
        ("numbers", lambda one: replace(one, items=one.items.assign(nll=np.nan)), "not a number"),
        ("items", lambda one: replace(one, items=one.items.groupby("task").head(100)), "100 items, 200"),
    ],
)
def test_what_differs_fails_by_name(check: str, change: Callable[[Measured], Measured], said: str) -> None:
    found = failed(evidence([change(BEFORE[0]), BEFORE[1]]))
    assert check in found
    assert said in found[check]


def test_a_missing_and_an_extra_trial_fail() -> None:
    assert "poems-lora-r4-s1 is in the baseline" in failed(evidence(BEFORE[:1]))["trials"]
    assert "poems-lora-r4-s2 is in this run" in failed(evidence([*BEFORE, record(2)]))["trials"]


def test_seeds_in_reserve_are_not_missing_but_arms_are() -> None:
    assert "trials" not in failed(evidence(BEFORE[:1], in_reserve=True))
    assert "trials" in failed(evidence([record(0, "dora")], in_reserve=True))


@pytest.mark.parametrize("accepted", [BEFORE, [], None])
def test_nothing_measured_fails(accepted: list[Measured] | None) -> None:
    found = failed(evidence([], accepted=accepted))
    assert {"trials", "completed"} <= set(found)


def test_a_nan_in_the_baseline_fails_too() -> None:
    broken = replace(BEFORE[0], items=BEFORE[0].items.assign(score=np.inf))
    assert "in the baseline" in failed(evidence(BEFORE, accepted=[broken, BEFORE[1]]))["numbers"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("versions", on_trial(platform=Platform("cpu", 1, "eager", (("torch", "9"),)))),
        ("device", on_trial(platform=Platform("H200", 1, "eager", (("torch", "2.13.0"),)))),
        ("precision", on_trial(scoring=replace(SCORING, dtype="bfloat16"))),
    ],
)
def test_what_the_user_allows_passes_and_is_said(name: str, change: Callable[[Measured], Measured]) -> None:
    after = [change(one) for one in BEFORE]
    assert f"--allow {name}" in failed(evidence(after))[name]
    found = inspect(name, evidence(after, allowed=frozenset({name})))
    assert found.verdict is Verdict.PASS
    assert found.reason.startswith("allowed")
    assert set(failed(evidence(after, allowed=frozenset({name})))) == set()


@pytest.mark.parametrize("name", [name for name in CHECKS if name not in ("versions", "device", "precision")])
def test_the_rest_cannot_be_allowed(name: str) -> None:
    with pytest.raises(UserError, match="versions, device, precision, inconclusive"):
        allowed(f"versions,{name}")


def test_allow_is_read() -> None:
    assert allowed("device").differences == {"device"}
    with pytest.raises(UserError, match="--allow: ' ,' names nothing"):
        allowed(" ,")
    found = allowed("versions, inconclusive")
    assert (found.differences, found.inconclusive) == (frozenset({"versions"}), True)


def test_a_changed_recipe_is_told_once_and_is_no_failure() -> None:
    after = [on_trial(learning_rate=2e-3, recipe=replace(RECIPE, steps=9))(one) for one in BEFORE]
    assert failed(evidence(after)) == {}
    found = {one.what: one for one in changes(evidence(after))}
    assert set(found) == {"learning rate", "steps"}
    assert (found["steps"].baseline, found["steps"].present) == ("3", "9")
    assert len(found["steps"].trials) == 2


def test_changed_training_data_is_a_change_and_a_changed_test_split_a_failure() -> None:
    def split(train: str, test: str) -> list[Measured]:
        splits = {"train": train * 64, "validation": "v" * 64, "test": test * 64}
        return [replace(one, record=replace(one.record, splits=splits)) for one in BEFORE]

    other_train = evidence([on_trial(target=Source("poems", "x" * 64))(one) for one in split("b", "t")],
                           accepted=split("a", "t"))  # fmt: skip
    assert failed(other_train) == {}
    assert [one.what for one in changes(other_train)] == ["training data"]
    assert "test items" in failed(evidence(split("a", "u"), accepted=split("a", "t")))["tasks"]


def test_a_rate_that_was_taken_from_the_baseline_says_so() -> None:
    after = [on_trial(target=Source("poems", "x" * 64), learning_rate_source="the baseline's")(one) for one in BEFORE]
    (change,) = changes(evidence(after))
    assert (change.what, change.baseline) == ("learning rate", "0.001")
    assert change.present == "0.001 (the baseline's; not tuned again)"


def test_many_faults_are_counted() -> None:
    after = [record(seed) for seed in range(20)]
    assert "and 13 more" in failed(evidence(after))["trials"]


def test_a_record_of_nothing_says_its_status() -> None:
    found = failed(evidence([ended(BEFORE[0].trial, Status.OUT_OF_MEMORY, "CUDA out of memory"), BEFORE[1]]))
    assert "out_of_memory: CUDA out of memory" in found["completed"]
