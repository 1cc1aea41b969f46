"""Does a plan say what the run that is asked for can show, from the sizes that it would score?"""

from pathlib import Path
from typing import Any

import pytest

from harness.plugin.options import read_choices
from harness.plugin.planning import print_power
from harness.run.progress import Terminal
from harness.run.session import RunSession

pytestmark = [pytest.mark.usefixtures("tasks_read_once"), pytest.mark.slow]


class Heard(Terminal):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)


def said(store: Path, **given: Any) -> list[str]:
    asked = {f"--{name.replace('_', '-')}": value for name, value in given.items()}
    run = RunSession(read_choices({"--plan": True, "--store": str(store), **asked}.get))
    run.make_plan(run.workload.trials)
    heard = Heard()
    print_power(heard, run)
    return heard.lines


def test_sizes_are_those_that_the_run_would_score(tmp_path: Path) -> None:
    lines = said(tmp_path, methods="full,lora", ranks="16", quantization="none", targets="poems,json", seeds="3")
    assert [line for line in lines if line.startswith("  ") and line[2] != " "] == [
        "  poems: 3 seeds, 2 arms that train, 200 test items in 70 clusters, 7 general tasks of 200 items",
        "  json: 3 seeds, 2 arms that train, 200 test items in 48 clusters, 7 general tasks of 200 items",
    ]
    assert sum("a prior, as nothing alike is stored" in line for line in lines) == 2


def test_the_difference_is_the_one_asked_for(tmp_path: Path) -> None:
    lines = said(tmp_path, methods="lora", ranks="4", targets="poems", difference="0.05")
    assert "what a difference of 0.05 takes" in lines[0]
    assert any("for 5 points: " in line for line in lines)


def test_where_nothing_trains_nothing_is_said(tmp_path: Path) -> None:
    assert said(tmp_path, methods="zero-shot", targets="poems") == []
