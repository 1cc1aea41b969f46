"""Where a trial runs: the platform that its digest depends on, and a fuller description for the record."""

import os
import platform as host
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from harness.schema.errors import UserError, one_of
from harness.schema.trial import Platform

LIBRARIES = ("bitsandbytes", "peft", "tokenizers", "torch", "transformers")
"""Libraries whose version may change a number."""

SESSION = "HARNESS_SESSION"
"""Environment variable with the id of the run that a trial belongs to; worker processes inherit it."""


def library_versions() -> tuple[tuple[str, str], ...]:
    """Installed versions of `LIBRARIES`.

    Raises:
        UserError: one of them is missing.
    """
    try:
        return tuple((library, metadata.version(library)) for library in LIBRARIES)
    except metadata.PackageNotFoundError as error:
        raise UserError(
            f"The library {error.name!r} is not installed in {sys.prefix}. Install the harness with all that it needs; "
            "in a clone of its repository: pip install -c constraints.txt -e ."
        ) from None


def find_platform(device: str, threads: int, attention: str) -> Platform:
    """The platform for `--device auto|cpu|cuda`.

    Raises:
        UserError: torch is missing or broken, or there is no such device.
    """
    versions = library_versions()
    try:
        import torch
    except ImportError as error:
        raise UserError(f"torch cannot be imported ({error}). Install it again: a CPU or a CUDA build.") from None
    if device not in (allowed := ["auto", "cpu", "cuda"]):
        raise one_of("--device", device, allowed)
    if device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: torch sees no CUDA device here. Use --device cpu, or a CUDA build of torch.")
    name = torch.cuda.get_device_name(0) if device != "cpu" and torch.cuda.is_available() else "cpu"
    return Platform(name, threads, attention, versions)


def describe(threads: int) -> dict[str, Any]:
    """What a reader needs to judge the figures; no user names, no paths."""
    session, info = os.environ.get(SESSION), Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*:\s*(.+?)\s*$", info.read_text() if info.is_file() else "", re.MULTILINE)
    return {
        "python": host.python_version(),
        "system": f"{host.system()} {host.machine()}",
        "cpu": named[1] if named else host.processor(),
        "cores": cores(),
        "threads": threads,
        "versions": dict(library_versions()),
        **({"session": session} if session else {}),
    }


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def quiet_libraries(threads: int) -> None:
    """Fixes the number of torch threads, and turns off bars and notices that would drown the progress line."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import logging
    import warnings

    import torch
    import transformers

    torch.set_num_threads(threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    # PEFT and bitsandbytes warn about casts and position ids that the promises check anyway.
    warnings.filterwarnings("ignore", module="peft|bitsandbytes|transformers|torch")
