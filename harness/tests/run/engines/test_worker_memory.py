"""Does a worker give back what its trials used?"""

from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import pytest

from harness.run.engines import make_engine
from harness.schema.measured import Measured
from harness.tests.builders import RECIPE, job_of, real_trial

pytestmark = [pytest.mark.trains, pytest.mark.release]

LARGE = replace(RECIPE, batch_size=24)
ARMS = (
    ("lora", 4, "nf4"),
    ("full", None, "none"),
    ("lora", 8, "none"),
    ("top-layers", None, "none"),
    ("lora", 8, "int8"),
)
TRIALS = [
    real_trial(method, rank, seed=seed, quantization=quantization, recipe=LARGE)
    for seed in (0, 1)
    for method, rank, quantization in ARMS
]


def resident() -> int:
    """Bytes of memory that the only worker holds."""
    (worker,) = active_children()
    pages = int(Path(f"/proc/{worker.pid}/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not say what a process holds")
def test_ten_trials_in_one_worker_end_with_what_the_first_held() -> None:
    held: list[int] = []

    def note(measured: Measured) -> None:
        assert measured.completed, measured.record.reason
        held.append(resident())

    engine = make_engine("local", 1, 1, note)
    try:
        futures = engine.submit([[job_of(trial) for trial in TRIALS]])
        for future in futures.values():
            future.result(300)
    finally:
        engine.close()
    assert len(held) == 10
    assert held[-1] <= 1.1 * held[0], [size >> 20 for size in held]
