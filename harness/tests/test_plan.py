"""Are the trials of a profile planned once each, with their base arms, and only what is missing run?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from harness.learning_rates import Tuned
from harness.measured import Measured
from harness.plan import Workload, estimate_s, expand, make_plan
from harness.profile import ArmRequest, Profile
from harness.record import Status
from harness.store import Store
from harness.tests.builders import PLATFORM, RECIPE, SCORING, embedded, ended, make_measured
from harness.trial import NO_TRAINING, Trial

PROFILE = Profile("own", "embedded", ("poems",), ("facts",), (ArmRequest("lora", (4,)),), (0, 1), RECIPE, SCORING)


def work(*arms: ArmRequest, tuned: tuple[Tuned, ...] = (), **changes: Any) -> Workload:
    return expand(replace(PROFILE, arms=arms or PROFILE.arms, **changes), PLATFORM, tuned)


def ids(trials: tuple[Trial, ...] | list[Trial]) -> list[str]:
    return [trial.id for trial in trials]


LORA_16 = ArmRequest("lora", (16,), ("none", "nf4"))


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        pytest.param([ArmRequest("full")], ["poems-full-s0", "poems-full-s1"], id="seeds"),
        pytest.param([ArmRequest("full", (1, 4))], ["poems-full-s0", "poems-full-s1"], id="no ranks where none are"),
        pytest.param(
            [LORA_16],
            ["poems-lora-r16-s0", "poems-lora-r16-s1", "poems-lora-r16-nf4-s0", "poems-lora-r16-nf4-s1"],
            id="levels times seeds",
        ),
        pytest.param(
            [ArmRequest("lora", (4,)), ArmRequest("lora", (4,))],
            ["poems-lora-r4-s0", "poems-lora-r4-s1"],
            id="equal arms once",
        ),
        pytest.param(
            [ArmRequest("full"), ArmRequest("base")], ["poems-base", "poems-full-s0", "poems-full-s1"], id="base first"
        ),
        pytest.param([ArmRequest("lora")], ["poems-lora-r8-s0", "poems-lora-r8-s1"], id="rank 8 where none is named"),
    ],
)
def test_profile_expands_to(arms: list[ArmRequest], expected: list[str]) -> None:
    assert ids(work(*arms).trials) == expected


def test_all_targets_are_crossed_with_all_arms() -> None:
    workload = work(targets=("poems", "code"))
    assert ids(workload.trials) == [f"{target}-lora-r4-s{seed}" for target in ("poems", "code") for seed in (0, 1)]
    assert {workload.job(trial).inputs.target.name for trial in workload.trials} == {"poems", "code"}


def test_trials_carry_recipe_scoring_and_content() -> None:
    (first, _) = work().trials
    assert (first.recipe, first.scoring, first.platform, first.base) == (RECIPE, SCORING, PLATFORM, embedded().source)
    assert len(first.target.sha256) == len(first.general[0].sha256) == 64


def test_impossible_trials_are_kept_with_their_reason() -> None:
    workload = work(ArmRequest("full", None, ("none", "nf4")))
    impossible = [trial for trial in workload.trials if trial.digest in workload.unsupported]
    assert {trial.quantization for trial in impossible} == {"nf4"}
    assert all("trains the base's own weights" in reason for reason in workload.unsupported.values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"arms": (ArmRequest("lorra"),)}, "Did you mean 'lora'", id="an unknown method"),
        pytest.param({"arms": (ArmRequest("lora", (4,), ("nf5",)),)}, "'nf5' is not known", id="an unknown level"),
        pytest.param({"arms": (ArmRequest("lora", settings={"a": 1}),)}, "lora: 'a' is not known", id="a setting"),
        pytest.param({"targets": ("poem",)}, "Did you mean 'poems'", id="an unknown target"),
        pytest.param({"targets": ()}, "No target task", id="no target"),
        pytest.param({"base_model": "/nowhere"}, "no such model directory", id="no model"),
        pytest.param({"general": ("facts", "facts.jsonl")}, "'facts.jsonl' is not known", id="a missing file"),
        pytest.param(
            {"arms": (ArmRequest("full", None, ("nf4",)),), "asked": ("full",)},
            "--methods full with this --quantization cannot be",
            id="nothing that was asked for can be",
        ),
        pytest.param(
            {"learning_rates": {"lroa": 1e-3}},
            "Did you mean 'lora'",
            id="a rate for an unknown method",
        ),
    ],
)
def test_profile_is_refused_for(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        expand(replace(PROFILE, **changes), PLATFORM, ())
    assert message in str(caught.value)


def test_two_ability_files_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "facts.jsonl").write_text('{"text": "a b c"}\n')
    with pytest.raises(UserError, match="two task files are called 'facts'"):
        work(general=("facts", str(tmp_path / "facts.jsonl")))


def test_learning_rate_is_given_before_it_is_tuned() -> None:
    sha256 = work().trials[0].target.sha256
    trials = tuple((rate, 0, score) for rate, score in ((1e-4, 0.1), (7e-3, 0.9), (1e-1, 0.1)))
    tuned = Tuned(embedded().source.sha256, "poems", sha256, "lora", 4, "none", 3, "exact_match", True, trials)
    rates = [
        (trial.learning_rate, trial.learning_rate_source)
        for workload in (work(), work(tuned=(tuned,)), work(tuned=(tuned,), learning_rates={"lora": 0.5}))
        for trial in workload.trials[:1]
    ]
    assert rates == [(2e-4, "untuned"), (7e-3, "tuned"), (0.5, "given")]


def test_plan_adds_the_base_arms_and_runs_them_first(tmp_path: Path) -> None:
    workload = work(LORA_16)
    wanted = [trial for trial in workload.trials if trial.quantization == "nf4"]
    plan = make_plan(workload, wanted, Store(tmp_path))
    assert sorted(ids(plan.missing)[:2]) == ["poems-base", "poems-base-nf4"]
    assert ids(plan.missing)[2:] == ids(wanted)
    assert {trial.recipe for trial in plan.missing[:2]} == {NO_TRAINING}
    assert plan.found == {}


def test_groups_share_a_base_and_its_quantization(tmp_path: Path) -> None:
    workload = work(ArmRequest("full"), LORA_16)
    groups = make_plan(workload, workload.trials, Store(tmp_path)).groups
    assert all(len({(job.trial.trains, job.trial.quantization) for job in group}) == 1 for group in groups)
    assert sum(map(len, groups)) == len(workload.trials) + 2


def test_only_what_is_asked_for_runs(tmp_path: Path) -> None:
    workload = work(ArmRequest("full"), LORA_16)
    plan = make_plan(workload, workload.trials[:1], Store(tmp_path))
    assert ids(plan.missing) == ["poems-base", workload.trials[0].id]


def test_impossible_trials_run_never(tmp_path: Path) -> None:
    workload = work(ArmRequest("full", None, ("nf4",)), LORA_16)
    plan = make_plan(workload, workload.trials, Store(tmp_path))
    assert len(plan.impossible) == 2
    assert not any("full" in name for name in ids(plan.missing))


def truncate(store: Store) -> None:
    for path in store.directory.glob("??/*.json"):
        path.write_text("{")


@pytest.mark.parametrize(
    ("keep", "harm", "found"),
    [
        pytest.param(make_measured, lambda store: None, True, id="a completed record"),
        pytest.param(lambda trial: ended(trial, Status.DIVERGED), lambda store: None, True, id="a divergence"),
        pytest.param(lambda trial: ended(trial, Status.FAILED), lambda store: None, False, id="no crash"),
        pytest.param(
            lambda trial: ended(trial, Status.OUT_OF_MEMORY), lambda store: None, False, id="no lack of memory"
        ),
        pytest.param(make_measured, truncate, False, id="no damaged record"),
    ],
)
def test_store_answers_with(
    tmp_path: Path, keep: Callable[[Trial], Measured], harm: Callable[[Store], None], found: bool
) -> None:
    workload, store = work(), Store(tmp_path)
    first = workload.trials[0]
    store.put(keep(first))
    harm(store)
    plan = make_plan(workload, [first], store)
    assert (first.digest in plan.found) is found
    assert (first.digest in {trial.digest for trial in plan.missing}) is not found


def lasted(trial: Trial, seconds: float) -> Measured:
    one = make_measured(trial)
    return Measured(replace(one.record, duration_s=seconds), one.items)


def test_estimate_is_the_median_of_the_most_similar_shared_by_the_workers() -> None:
    full, lora = work(ArmRequest("full")).trials, work().trials
    history = [lasted(full[0], 100.0), *(lasted(replace(lora[0], seed=seed), seed + 1.0) for seed in (5, 6, 7))]
    assert estimate_s(lora, history, jobs=1) == pytest.approx(14.0)
    assert estimate_s(lora, history, jobs=2) == pytest.approx(7.0)
    assert estimate_s(lora, history, jobs=9) == pytest.approx(7.0)
    assert estimate_s(full, history, jobs=1) == pytest.approx(200.0)


def test_estimate_is_unknown_where_nothing_similar_was_measured() -> None:
    lora = work().trials
    other = replace(lora[0], platform=replace(PLATFORM, device="H200"))
    assert estimate_s(lora, [], 1) is None
    assert estimate_s(lora, [lasted(other, 1.0)], 1) is None
    assert estimate_s(lora, [ended(lora[0], Status.FAILED)], 1) is None
