"""Is the peak of each phase its own, and is memory given back between them?"""

import ctypes
from pathlib import Path

import pytest
import torch

from harness.run.cost.memory import PhaseMemory, highest, release

MIB = 2**20


def test_phases_have_peaks_of_their_own() -> None:
    memory = PhaseMemory()
    first = memory.end()
    if first.resident is None:
        pytest.skip("this kernel does not count resident memory anew")
    block = torch.ones(64 * MIB // 4)
    large = memory.end()
    del block
    memory.end()
    after = memory.end()
    assert large.resident is not None
    assert after.resident is not None
    assert large.resident >= first.resident + 48 * MIB
    assert after.resident <= large.resident - 48 * MIB


def test_cpu_has_no_allocator_count() -> None:
    peak = PhaseMemory().end()
    assert (peak.allocated is None) == (not torch.cuda.is_available())
    assert (peak.reserved is None) == (not torch.cuda.is_available())


@pytest.mark.parametrize(
    ("values", "expected"), [((None, 3, 2), 3), ((None, None), None), ((), None), ((5,), 5)], ids=str
)
def test_highest_of_what_was_counted(values: tuple[int | None, ...], expected: int | None) -> None:
    assert highest(*values) == expected


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library has no malloc_trim")
def test_freed_memory_between_what_is_in_use_goes_back_to_the_system() -> None:
    """Blocks too small to be mapped by themselves lie in the heap, and the last one keeps it from shrinking."""
    statm = Path("/proc/self/statm")

    def resident() -> int:
        return int(statm.read_text().split()[1]) * 4096

    blocks = [torch.ones(16 * 1024) for _ in range(64 * MIB // (64 * 1024))]
    full, last = resident(), blocks[-1]
    del blocks
    release()
    assert resident() <= full - 48 * MIB
    assert float(last.sum()) == 16 * 1024
