"""Several runs in one report: every trial once, and nothing confused that only shares a name."""

from pathlib import Path

import pytest

from harness.__main__ import main
from harness.report import write_report
from harness.report.model.merge import merge, run_names
from harness.schema.errors import UserError
from harness.schema.results import Results
from harness.tests.synthetic import FULL, TARGETS, Arm, base_arms, completed, results_of

TARGET = TARGETS[0]
LORA = Arm("lora", 8, "none", 0.61, 0.05, 36_900)


def run_of(*arms: Arm, seeds: tuple[int, ...] = (0, 1)) -> Results:
    measured = [completed(arm, TARGET, seed) for arm in arms for seed in seeds]
    return results_of([*base_arms(TARGET)[:1], *measured], learning_rates=())


@pytest.fixture(scope="module")
def full() -> Results:
    return run_of(FULL)


@pytest.fixture(scope="module")
def lora() -> Results:
    return run_of(LORA)


def otherwise(results: Results) -> Results:
    """The same names with other digests, as another library version would bring."""
    return results.with_(trials=tuple(trial.with_(digest=trial.digest[::-1]) for trial in results.trials))


def test_a_single_run_stays_as_it_is(full: Results) -> None:
    assert merge([("a", full)]) is full


def test_the_same_trial_of_two_runs_stands_once(full: Results, lora: Results) -> None:
    found = merge([("a", full), ("b", lora), ("c", full)])
    assert [trial.id for trial in found.trials] == [
        *(trial.id for trial in full.trials), *(trial.id for trial in lora.trials[1:])
    ]  # fmt: skip
    assert [arm.arm for arm in found.arms] == ["base", "full", "lora-r8"]


def test_trials_of_one_name_and_different_content_are_both_shown_with_their_run(full: Results) -> None:
    found = merge([("old", full), ("new", otherwise(full))])
    assert [arm.arm for arm in found.arms] == ["base @ old", "full @ old", "base @ new", "full @ new"]
    assert len({trial.id for trial in found.trials}) == len(found.trials) == 2 * len(full.trials)
    assert found.arms[1].trials == tuple(f"new-facts-full-s{seed} @ old" for seed in (0, 1))
    assert {trial.spec.arm for trial in found.trials} == {arm.arm for arm in found.arms}


def test_comparisons_follow_the_name_of_their_arm() -> None:
    both = run_of(FULL, LORA)
    found = merge([("old", both), ("new", otherwise(both))])
    assert [row.arm for row in found.comparisons] == ["lora-r8 @ old", "lora-r8 @ new"]


def test_where_the_runs_were_made_is_said_of_each(full: Results, lora: Results) -> None:
    elsewhere = lora.with_(environment={**lora.environment, "torch": "2.14.0"}, seconds=None)
    found = merge([("a", full), ("b", elsewhere)])
    assert found.environment["torch"] == "2.13.0 | 2.14.0"
    assert found.environment["python"] == full.environment["python"]
    assert found.seconds == full.seconds
    assert found.command == ()


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["x/a", "x/b"], ["a", "b"]),
        (["x/latest", "y/latest"], ["x/latest", "y/latest"]),
        (["x/results.json", "y"], ["x", "y"]),
    ],
)
def test_runs_are_named_by_as_much_of_their_place_as_tells_them_apart(paths: list[str], names: list[str]) -> None:
    assert run_names([Path(path) for path in paths]) == names


def test_a_run_that_is_given_twice_is_refused() -> None:
    with pytest.raises(UserError, match="given twice"):
        run_names([Path("x"), Path("y"), Path("x/results.json")])


@pytest.mark.slow
def test_the_command_makes_one_report_of_several_runs(full: Results, lora: Results, tmp_path: Path) -> None:
    for name, results in (("a", full), ("b", lora)):
        write_report(results, tmp_path / name)
    runs = [str(tmp_path / "a"), str(tmp_path / "b" / "results.json")]
    assert main(["report", *runs, "--to", str(tmp_path / "both")]) == 0
    page = (tmp_path / "both" / "index.html").read_text()
    assert "new-facts-full-s0" in page
    assert "new-facts-lora-r8-s0" in page


def test_several_runs_need_to_be_told_where_their_report_goes(
    full: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_report(full, tmp_path / "a")
    assert main(["report", str(tmp_path / "a"), str(tmp_path / "b")]) != 0
    assert "--to DIR" in capsys.readouterr().err
