"""Does the page of other people's runs say what was found, whole, and without letting their texts act?"""

import re
from pathlib import Path
from typing import Any

import pytest

from harness.judge.foreign.verdict import ONE_RUN, Rules
from harness.judge.gate.margins import load_margins
from harness.report.judged.page import judged_text, markdown_tasks, render_judged, write_judged
from harness.report.words.numbers import MINUS
from harness.schema.errors import UnwritableError
from harness.schema.gate import GateContent, read_gate
from harness.schema.judged import Judged
from harness.tests.foreign import judge, write_lm_eval

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def found(tmp_path: Path) -> tuple[GateContent, Judged]:
    scores: dict[str, list[Any]] = {"acc": [1.0] * 40, "word_perplexity": [[-9.0, 3]] * 40, "f1": [[0, 1]] * 40}
    write_lm_eval(tmp_path / "before", scores, model="org/base")
    worse = {**scores, "acc": [0.0] * 20 + [1.0] * 20, "word_perplexity": [[-10.5, 3], [-9.9, 3]] * 20}
    write_lm_eval(tmp_path / "after", worse, model=f"org/{HOSTILE}")
    return judge(tmp_path / "before", tmp_path / "after", Rules(load_margins()))


def test_the_page_says_all(found: tuple[GateContent, Judged]) -> None:
    html = render_judged(*found)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    for said in ("Did this change make it worse?", "FAIL", "sums/acc", "20 / 0", "nll_per_word", "Not judged",
                 "f1: [0, 1] is no number", "What was read", ONE_RUN, "org/base"):  # fmt: skip
        assert said in text
    assert "<svg" in html


def test_texts_of_other_people_cannot_act(found: tuple[GateContent, Judged]) -> None:
    html = render_judged(*found)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in markdown_tasks(found[1])


def test_the_terminal_says_every_task(found: tuple[GateContent, Judged]) -> None:
    lines = judged_text(*found).splitlines()
    assert lines[0].startswith("FAIL: 2 of 2 gates failed")
    task = next(line for line in lines if line.startswith(f"  sums acc: {MINUS}50.0 points (95 %: "))
    assert "lost / won 20 / 0" in task
    assert "equal within" in task
    assert any(line.startswith("  left out: sums/f1: ") for line in lines)
    assert lines[-1] == f"  {ONE_RUN}"


def test_files_are_read_again(found: tuple[GateContent, Judged], tmp_path: Path) -> None:
    page = write_judged(*found, tmp_path / "report")
    assert {path.name for path in page.parent.iterdir()} == {"index.html", "judge.json", "gate.json", "summary.md"}
    assert read_gate(page.parent / "gate.json") == found[0]
    assert Judged.model_validate_json((page.parent / "judge.json").read_text()) == found[1]


def test_all_files_or_none(found: tuple[GateContent, Judged], tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file")
    with pytest.raises(UnwritableError, match="give another directory: --report DIR"):
        write_judged(*found, tmp_path / "report")
