"""Which training shows what guessing scores: is it one per target, by the arm that stands for all, and no arm?"""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.data.tasks.target import TargetTask
from harness.plan.floors import FLOOR_SEED, floors_for
from harness.plan.job import Workload
from harness.plan.profile import ArmRequest
from harness.plan.schedule import make_plan
from harness.schema.trial import SHUFFLED
from harness.store.records import Store
from harness.tests.builders import make_measured
from harness.tests.plan.test_expand import LORA_16, ids, work


def with_objective(workload: Workload, objective: str) -> Workload:
    changed: dict[str, TargetTask] = {
        sha256: replace(target, objective=objective) for sha256, target in workload.targets.items()
    }
    return replace(workload, targets=changed)


@pytest.mark.parametrize(
    ("arms", "method", "quantization"),
    [
        ((LORA_16, ArmRequest("full")), "full", "none"),
        ((LORA_16,), "lora", "none"),
        ((ArmRequest("few-shot"), ArmRequest("full", settings={"kl": 0.5}), ArmRequest("bitfit")), "full", "none"),
    ],
    ids=["full wherever it is", "else the first that trains", "though it has settings"],
)
def test_one_training_stands_for_all(arms: tuple[ArmRequest, ...], method: str, quantization: str) -> None:
    workload = work(*arms)
    (floor,) = floors_for(workload, workload.trials)
    assert (floor.method, floor.quantization, floor.floor, floor.seed) == (method, quantization, SHUFFLED, FLOOR_SEED)
    first = next(one for one in workload.trials if one.method == method)
    assert (floor.learning_rate, floor.recipe) == (first.learning_rate, first.recipe)


def test_it_is_the_same_one_whatever_is_selected() -> None:
    workload = work(ArmRequest("full"), LORA_16)
    trained = [one for one in workload.trials if one.trains]
    assert {tuple(one.digest for one in floors_for(workload, [trial])) for trial in trained} == {
        tuple(one.digest for one in floors_for(workload, workload.trials))
    }


def test_what_trains_nothing_needs_none() -> None:
    workload = work(ArmRequest("full"), ArmRequest("few-shot"))
    assert floors_for(workload, [one for one in workload.trials if not one.trains]) == []


def test_plain_text_has_none() -> None:
    workload = with_objective(work(ArmRequest("full")), "pretrain")
    assert floors_for(workload, workload.trials) == []


def test_it_runs_last_without_a_base_arm_of_its_own_or_general_tasks_and_is_kept(tmp_path: Path) -> None:
    workload, store = work(ArmRequest("full")), Store(tmp_path)
    floors = floors_for(workload, workload.trials)
    plan = make_plan(workload, [*floors, *workload.trials], store)
    assert ids(plan.missing)[-1] == f"poems-{SHUFFLED}-s{FLOOR_SEED}"
    assert [job.inputs.general for group in plan.groups for job in group][-1] == ()
    assert len([one for one in plan.missing if one.method == "base"]) == 1
    store.put(make_measured(floors[0]))
    assert floors[0].digest in make_plan(workload, floors, store).found


def test_nothing_of_it_is_kept_for_users(tmp_path: Path) -> None:
    workload = replace(work(ArmRequest("full")), artifacts=tmp_path)
    (floor,) = floors_for(workload, workload.trials)
    assert workload.artifact_of(floor) is None
