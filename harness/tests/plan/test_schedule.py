"""What must still run: is what is stored found, what is missing grouped, and the time of it estimated?"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.plan.profile import ArmRequest
from harness.plan.schedule import estimate_s, make_plan
from harness.schema.measured import Measured
from harness.schema.record import Status
from harness.schema.trial import NO_TRAINING, Trial
from harness.store.records import Store
from harness.tests.builders import PLATFORM, ended, make_measured
from harness.tests.plan.test_expand import LORA_16, ids, work


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


def test_kept_artifacts_have_directories_of_their_own(tmp_path: Path) -> None:
    arms = (ArmRequest("base"), ArmRequest("few-shot"), ArmRequest("lora", (4,), settings={"targets": r".*\.q_proj"}))
    workload = work(*arms, artifacts=str(tmp_path / "kept"))
    kept = {trial.id: workload.artifact_of(trial) for trial in workload.trials}
    directories = [path for path in kept.values() if path is not None]
    assert [name for name, path in kept.items() if path is None] == [
        "poems-base", "poems-few-shot-r8-s0", "poems-few-shot-r8-s1"
    ]  # fmt: skip
    assert len(set(directories)) == 2
    for trial in workload.trials[3:]:
        path = workload.artifact_of(trial)
        assert path is not None
        assert path.parent == tmp_path / "kept"
        assert re.fullmatch(r"[A-Za-z0-9._=+-]+", path.name)
        assert path.name.endswith(f"-{trial.digest[:8]}")
        assert workload.job(trial).keep == path
    assert work().job(work().trials[0]).keep is None


def test_trial_runs_again_where_its_artifact_is_missing(tmp_path: Path) -> None:
    workload, store = work(artifacts=str(tmp_path / "kept")), Store(tmp_path / "store")
    done, diverged = workload.trials
    store.put(make_measured(done))
    store.put(ended(diverged, Status.DIVERGED))
    store.put(make_measured(done.base_arm()))
    plan = make_plan(workload, workload.trials, store)
    assert ids(plan.missing) == [done.id], "a divergence leaves nothing to keep, and a base arm has nothing"
    path = workload.artifact_of(done)
    assert path is not None
    path.mkdir(parents=True)
    assert make_plan(workload, workload.trials, store).missing == []
    path.rmdir()
    assert make_plan(replace(workload, artifacts=None), workload.trials, store).missing == []


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
