"""Peak memory, one phase after the other: what loading, training and evaluating each took at most.

A peak over a whole process says nothing: generation or a promise may have set it. On CUDA the allocator's own
figures are read, allocated and reserved apart, since what is reserved depends on its policy. On a CPU there is
no such count, and resident memory of the process stands in its own fields.
"""

import ctypes
import os
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Peak:
    """The most that one phase took, in bytes; None where it is not counted.

    Attributes:
        allocated, reserved: the CUDA allocator's.
        resident: the process's, on Linux.
    """

    allocated: int | None
    reserved: int | None
    resident: int | None


class PhaseMemory:
    """Counts from where it was made, and anew after every `end`; what a phase has freed does not count for the next."""

    def __init__(self) -> None:
        release()
        self._counts = _restart()

    def end(self) -> Peak:
        """The phase that ends here; the next one begins."""
        import torch

        cuda = torch.cuda.is_available()
        peak = Peak(
            allocated=int(torch.cuda.max_memory_allocated()) if cuda else None,
            reserved=int(torch.cuda.max_memory_reserved()) if cuda else None,
            resident=_peak_resident() if self._counts else None,
        )
        release()
        self._counts = _restart()
        return peak


def release() -> None:
    """Gives back to the device and to the system what nobody uses any more.

    The C library keeps what was freed for itself: in pieces, of which a trial of a model of 135 million parameters
    leaves gigabytes.
    """
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:  # glibc's; other systems have none
        trim(0)


def highest(*values: float | None) -> float | None:
    """The largest of those that were counted."""
    return max((value for value in values if value is not None), default=None)


def _restart() -> bool:
    """Starts new peaks; False where the kernel does not offer that for resident memory."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _peak_resident() -> int | None:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{os.getpid()}/status").read_text())
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
