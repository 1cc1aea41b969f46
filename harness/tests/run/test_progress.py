"""Does a run say how it goes, on a terminal that rewrites a line and on one that only adds lines?"""

from concurrent.futures import Future
from typing import Any

import pytest

from harness.run.engines import Running
from harness.run.progress import Progress, Terminal, about, clock
from harness.schema.measured import Measured
from harness.tests.builders import make_measured, make_trial

ONE = make_measured(make_trial("full", None))
NOW = Running(make_trial("lora", 4), "train", 3, 5)


class Live(Terminal):
    """A terminal that keeps every text it shows."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    @property
    def live(self) -> bool:
        return True

    def line(self, text: str) -> None:
        self.shown.append(text + "\n")

    def rewrite(self, text: str) -> None:
        self.shown.append(text)

    def end(self) -> None:
        self.shown.append("\n")


class Late(Future[Measured]):
    """Is done when it was asked twice."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def exception(self, timeout: float | None = None) -> Any:
        self.asked += 1
        if self.asked == 2:
            self.set_result(ONE)
        raise TimeoutError


def test_live_line_is_rewritten_while_others_wait_and_ended_at_last() -> None:
    terminal = Live()
    progress = Progress(terminal, 2, 60.0, lambda: [NOW])
    progress.finished(ONE)
    assert progress.wait(Late()) is ONE
    progress.close()
    *drawn, end = terminal.shown
    assert {line.split(",")[0] for line in drawn} == {"1/2 done"}
    assert all(line.endswith(f" | {NOW.trial.id} train 60 %") for line in drawn)
    assert end == "\n"


def test_elsewhere_every_finished_trial_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(Terminal(), 2, None, lambda: [NOW], "tune: ", lambda trial: f"<{trial.arm}>")
    progress.finished(ONE)
    progress.wait(Late())
    progress.close()
    assert capsys.readouterr().out == f"tune: [1/2] <full> completed in {ONE.record.duration_s:.1f} s\n"


@pytest.mark.parametrize(
    ("estimate", "elapsed", "done", "left"),
    [(None, 5.0, 2, None), (60.0, 5.0, 2, 55.0), (60.0, 90.0, 0, 0.0), (60.0, 30.0, 3, 70.0)],
    ids=["nothing known", "the estimate", "longer than estimated", "the pace once a few are done"],
)
def test_time_left_is_from(estimate: float | None, elapsed: float, done: int, left: float | None) -> None:
    assert Progress(Terminal(), 10, estimate, list).remaining_s(elapsed, done) == left


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0:00"), (125.0, "2:05"), (3725.0, "1:02:05")])
def test_time_is_said_as_a_clock_does(seconds: float, said: str) -> None:
    assert clock(seconds) == said
    assert about(seconds) == f"about {said}"
    assert about(None).startswith("unknown")
