"""Is a candidate planned beside its base, once per level, and refused at once where it cannot be?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.methods.candidate import find_candidate
from harness.plan.expand import expand
from harness.plan.job import Workload
from harness.plan.profile import ArmRequest, Profile
from harness.plan.schedule import make_plan
from harness.schema.errors import UserError
from harness.schema.trial import NO_TRAINING
from harness.store.records import Store
from harness.tests.builders import PLATFORM, RECIPE, SCORING
from harness.tests.elsewhere import ADAPTER_CONFIG, set_in

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' notices, which workers silence too

CANDIDATE = ArmRequest("candidate", None, ("none", "nf4"))
PROFILE = Profile("own", "embedded", ("poems",), ("facts",), (CANDIDATE,), (0, 1), RECIPE, SCORING)


def work(*arms: ArmRequest, **changes: Any) -> Workload:
    return expand(replace(PROFILE, arms=arms, **changes), PLATFORM, ())


def test_candidate_is_planned_beside_the_base_at_its_level(elsewhere: dict[str, Path], tmp_path: Path) -> None:
    directory = str(elsewhere["adapter"])
    workload = work(ArmRequest("lora", (4,)), CANDIDATE, candidate=directory, interpolate=(0.5,), artifacts="kept")
    lora, _, plain, quantized = workload.trials
    assert [plain.id, quantized.id] == ["poems-candidate", "poems-candidate-nf4"]
    assert plain.candidate == find_candidate(directory).source
    assert (plain.scoring, plain.recipe) == (SCORING, NO_TRAINING)
    assert [workload.job(trial).inputs.candidate is None for trial in (lora, plain)] == [True, False]
    assert (workload.artifact_of(plain), workload.job(plain).keep) == (None, None)
    plan = make_plan(workload, [quantized], Store(tmp_path))
    assert [trial.id for trial in plan.missing] == ["poems-base", "poems-base-nf4", "poems-candidate-nf4"]


def test_candidate_that_goes_on_no_level_asked_for_is_refused(copied: Callable[[str], Path]) -> None:
    directory = copied("adapter")
    set_in(directory / ADAPTER_CONFIG, init_lora_weights="pissa")
    both = work(CANDIDATE, candidate=str(directory), asked=("candidate",))
    assert [trial.id for trial in both.trials if trial.digest in both.unsupported] == ["poems-candidate-nf4"]
    with pytest.raises(UserError, match=r"--candidate cannot be run as asked: .* a base stored as nf4 cannot be split"):
        work(ArmRequest("candidate", None, ("nf4",)), candidate=str(directory), asked=("candidate",))


def test_candidate_must_read_every_target_as_the_base_does(copied: Callable[[str], Path]) -> None:
    directory = copied("model")
    set_in(directory / "tokenizer.json", pre_tokenizer=None)
    with pytest.raises(UserError, match="reads the test item 'poems-"):
        work(CANDIDATE, candidate=str(directory))


def test_candidate_must_fit_the_base(copied: Callable[[str], Path]) -> None:
    directory = copied("adapter")
    set_in(directory / ADAPTER_CONFIG, r=8)
    with pytest.raises(UserError, match="'adapter', an adapter of type LORA, does not fit the base model 'embedded'"):
        work(CANDIDATE, candidate=str(directory))


def test_profile_cannot_name_a_candidate_as_a_method() -> None:
    with pytest.raises(UserError, match="goes in with --candidate DIR"):
        work(CANDIDATE)
