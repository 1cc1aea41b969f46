"""The table in a terminal: as wide as that is, with every arm, its notes and what to take."""

import pytest

from harness.report.advice.criteria import Standing
from harness.report.advice.recommend import advice
from harness.report.writers.terminal import render_table
from harness.schema.results import Results
from harness.tests.synthetic import ARMS, NOTE, TARGETS, crowded_results, results_of


@pytest.mark.parametrize("width", [80, 100, 120])
def test_terminal_lines_fit(results: Results, width: int) -> None:
    assert max(len(line) for line in render_table(results, width, color=False).splitlines()) <= width


@pytest.mark.parametrize("width", [80, 100, 160])
def test_terminal_cuts_no_figure(results: Results, width: int) -> None:
    lines = render_table(results, width, color=False).splitlines()
    assert not any("…" in line for line in lines)
    full = next(line for line in lines if line.startswith("full"))
    assert full.split()[:3] == ["full", "-", "none"]
    assert full.endswith("26.1 MiB")
    assert ("[" in full) is (width >= 120)


def test_terminal_has_every_arm_of_every_target(results: Results) -> None:
    table = render_table(results, 120, color=False)
    starts = [line.split()[0] for line in table.splitlines() if line]
    assert starts.count("lora") == 2 * sum(arm.method == "lora" for arm in ARMS) + 1
    assert {"diverged", "failed"} <= set(table.split())
    assert "Unsupported: full-nf4: 4-bit is frozen." in table


def test_terminal_has_arms_without_training_first(results: Results) -> None:
    lines = render_table(results, 80, color=False).splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["zero-shot", "few-shot", "retrieval", "full"]
    assert all("nothing" in line and "no training" in line for line in lines[2:5])


def test_terminal_ends_with_what_to_take_for_every_target(results: Results) -> None:
    text = " ".join(render_table(results, 120, color=False).split())
    for one in advice(results):
        shown = text[text.index(f"{one.target}: {one.settled}") :]
        assert all(row.criterion.label in shown for row in one.chosen)
        assert all(row.answer in shown for row in one.chosen if row.standing is Standing.CLEAR)


def test_terminal_has_notes_under_the_table(results: Results) -> None:
    text = render_table(results, 120, color=False)
    assert text.count(f"* few-shot-r8: {NOTE}") == len(TARGETS)


@pytest.mark.slow
def test_terminal_sorts_many_arms_by_gain() -> None:
    lines = render_table(crowded_results(), 80, color=False).splitlines()
    assert lines[0].endswith("by gain")
    arms = lines[2 : lines.index("")]
    gains = [int(line.split()[3]) for line in arms if line.startswith(("adapter", "peft"))]
    assert gains == sorted(gains, reverse=True)
    assert len(gains) == 21
    assert max(map(len, lines)) <= 80


def test_terminal_colours_only_where_asked(results: Results) -> None:
    assert "\x1b" not in render_table(results, 100, color=False)
    assert "\x1b[1m" in render_table(results, 100, color=True)


def test_terminal_is_not_driven_by_names(results: Results) -> None:
    *trials, last = results.trials
    hostile = last.with_(reason="\x1b]0;owned\x07[bold red]x")
    text = render_table(results.with_(trials=(*trials, hostile)), 100, color=False)
    assert "\x1b" not in text
    assert "[bold red]x" in text


def test_no_trial_is_no_table() -> None:
    assert render_table(results_of([], learning_rates=()), 80, color=False).startswith("Nothing measured:")
