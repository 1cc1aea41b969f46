"""Where trials run: inline in this process, or in local worker processes."""

from harness.run.engines.inline import InlineEngine
from harness.run.engines.local import LocalEngine
from harness.run.engines.protocol import Engine, OnResult, Running
from harness.schema.errors import one_of

ENGINES = ("inline", "local")

__all__ = ["ENGINES", "Engine", "Running", "make_engine"]


def make_engine(name: str, jobs: int, threads: int, on_result: OnResult) -> Engine:
    """The engine of that name.

    Raises:
        UserError: there is none.
    """
    if name == "inline":
        return InlineEngine(threads, on_result)
    if name == "local":
        return LocalEngine(jobs, threads, on_result)
    raise one_of("--engine", name, list(ENGINES))
