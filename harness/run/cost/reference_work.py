"""A fixed piece of work, timed between training steps: what a second is worth here and now.

Step times of two runs say nothing about the change between them when a neighbour, a fan or another machine
made the difference. The same work, done beside the steps, slows down with them; ratios to it can be compared.
"""

import time
from collections.abc import Callable
from typing import Any

SIZE = {"cpu": 256, "cuda": 4096}
"""Width of the square matrices: some milliseconds of work."""
ROUNDS = 4
TIMES = 20
"""Per training, spread over its steps."""


def reference_work(device: Any) -> Callable[[], float]:
    """The work on a device. A call does it once and returns its seconds; no random number is drawn.

    Args:
        device: a `torch.device`.
    """
    import torch

    size = SIZE.get(device.type, SIZE["cuda"])
    left = torch.linspace(-1, 1, size * size, device=device).reshape(size, size)

    def work() -> float:
        start = time.perf_counter()
        with torch.no_grad():
            right = left
            for _ in range(ROUNDS):
                right = torch.tanh(left @ right) + right
            float(right.sum())  # waits for the device
        return time.perf_counter() - start

    work()  # the first time pays for what is loaded on demand
    return work


def is_due(step: int, steps: int) -> bool:
    """Whether the work is done after this step of so many."""
    return step % max(1, steps // TIMES) == 0
