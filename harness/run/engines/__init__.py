"""Where trials run: inline in this process, or in local worker processes."""

from collections.abc import Callable

from harness.run.engines.inline import InlineEngine
from harness.run.engines.local import LocalEngine
from harness.run.engines.protocol import Engine, OnResult, Running
from harness.schema.errors import one_of

__all__ = ["ENGINES", "Engine", "Running", "make_engine"]

ENGINES: dict[str, Callable[[int, int, OnResult], Engine]] = {"inline": InlineEngine, "local": LocalEngine}
"""By name; each is made with a number of jobs side by side and of threads per job."""


def make_engine(name: str, jobs: int, threads: int, on_result: OnResult) -> Engine:
    """The engine of that name.

    Raises:
        UserError: there is none.
    """
    if name not in ENGINES:
        raise one_of("--engine", name, list(ENGINES))
    return ENGINES[name](jobs, threads, on_result)
