"""How long does one training step take, with the machine to itself?

Timed by pytest-benchmark on a fresh model after all trials have ended. Compare the arms with each other
within one run; seconds from two machines, or two days, are two different measures.
"""

from typing import Any

import pytest

from harness.run.session import RunSession
from harness.run.step_time import training_step
from harness.schema.measured import Measured
from harness.schema.trial import Trial


@pytest.mark.one_seed
def test_step_time(benchmark: Any, run_session: RunSession, trial: Trial, measured: Measured) -> None:
    run_session.wait_for_all()
    if not trial.trains:
        pytest.skip("nothing is trained")
    if trial.target.name != run_session.workload.trials[0].target.name:
        pytest.skip("timed once per arm, on the first target")
    step = training_step(run_session.workload.job(trial))
    benchmark.group = f"training step, {trial.target.name}"
    benchmark.extra_info["batch_size"] = trial.recipe.batch_size
    benchmark.pedantic(step, rounds=3, warmup_rounds=1)
