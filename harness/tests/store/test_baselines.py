"""Are accepted records read back as they were, and refused where they are damaged?"""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from harness.__main__ import main
from harness.commands.accept import without_places
from harness.judge.gate.judgement import judge_all
from harness.judge.results import build_results
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.gate import Side, Verdict
from harness.schema.measured import ITEM_COLUMNS, Measured
from harness.schema.record import Promise, Status
from harness.schema.results import RunFields
from harness.store import runs as stored_runs
from harness.store.baselines import Baseline, accepted, read_baseline, write_baseline
from harness.store.records import Store
from harness.store.runs import find_baseline, find_run
from harness.tests.builders import ended
from harness.tests.sides import MARGINS, comparison, record

SIDE = Side(name="main")
RUN = tuple(record(seed) for seed in (0, 1))


@pytest.fixture
def baselines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of baselines of our own."""
    where = tmp_path / "baselines"
    monkeypatch.setattr("harness.store.baselines.BASELINES", where)
    monkeypatch.setattr(stored_runs, "BASELINES", where)
    monkeypatch.setattr(stored_runs, "SHIPPED_BASELINES", tmp_path / "none")
    return where


@pytest.fixture
def store(tmp_path: Path) -> Path:
    directory = tmp_path / "store"
    kept = Store(directory)
    for one in RUN:
        kept.put(one)
    return directory


def write(directory: Path, measured: tuple[Measured, ...] = RUN) -> None:
    write_baseline(Baseline(directory.name, "2026-11-21T10:00:00+00:00", ("pytest", "suites/"), measured), directory)


def test_a_baseline_is_read_back(tmp_path: Path) -> None:
    write(tmp_path / "main")
    found = read_baseline(tmp_path / "main")
    assert (found.name, found.command) == ("main", ("pytest", "suites/"))
    assert [one.record for one in found.measured] == [one.record for one in RUN]
    for before, after in zip(RUN, found.measured, strict=True):
        judged = before.items[before.items["role"] != "validation"].reset_index(drop=True)
        pd.testing.assert_frame_equal(judged.iloc[:, :6], after.items.iloc[:, :6], check_exact=False, rtol=0, atol=6e-4)
        assert list(after.items.columns) == list(ITEM_COLUMNS)


def test_a_run_passes_against_itself_after_being_written(tmp_path: Path) -> None:
    write(tmp_path / "main")
    before = list(read_baseline(tmp_path / "main").measured)
    assert judge_all(comparison(before, list(RUN), MARGINS)).verdict is Verdict.PASS


def test_scores_are_kept_to_the_last_bit(tmp_path: Path) -> None:
    write(tmp_path / "main", tuple(replace(one, items=one.items.assign(score=1 / 3)) for one in RUN))
    assert set(read_baseline(tmp_path / "main").measured[0].items["score"]) == {1 / 3}


def test_the_diff_shows_what_a_reviewer_needs(tmp_path: Path) -> None:
    write(tmp_path / "main")
    rows = json.loads((tmp_path / "main" / "baseline.json").read_text())["summary"]
    assert [row["id"] for row in rows] == [one.trial.id for one in RUN]
    assert rows[0]["target"] == 0.75
    assert rows[0]["general"] == {"facts": 0.8, "chat": 0.8}


@pytest.mark.parametrize("name", ["baseline.json", "items.parquet"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_baseline_is_refused(tmp_path: Path, name: str, damage: str) -> None:
    write(tmp_path / "main")
    path = tmp_path / "main" / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match="cannot be read"):
        read_baseline(tmp_path / "main")


def test_what_cannot_be_accepted() -> None:
    broken = replace(RUN[0], record=replace(RUN[0].record, promises=(Promise("the base is untouched", False, "no"),)))
    assert accepted(RUN) == []
    assert accepted([ended(RUN[0].trial, Status.FAILED), RUN[1]]) == [f"{RUN[0].trial.id} failed"]
    assert "broke the promise" in accepted([broken])[0]
    assert accepted([]) == ["nothing but base arms"]


def test_accept_and_compare(baselines: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accept", str(store), "--as", "main"]) == ExitCode.HELD
    assert (baselines / "main" / "baseline.json").is_file()
    assert main(["compare", "main", str(store), "--report", str(tmp_path / "out")]) == ExitCode.HELD
    assert "PASS" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "gate.json").read_text())["verdict"] == "PASS"
    assert "nothing got worse" in (tmp_path / "out" / "summary.md").read_text()
    page = (tmp_path / "out" / "index.html").read_text()
    assert f"<title>Did this change make it worse? {store} against main</title>" in page
    assert 'id="comparison"' in page
    assert len(json.loads((tmp_path / "out" / "results.json").read_text())["trials"]) == len(RUN)


@pytest.mark.parametrize(
    ("shift", "allow", "code"),
    [(40, None, ExitCode.FAILED), (3, None, ExitCode.INCONCLUSIVE), (3, "inconclusive", ExitCode.HELD)],
)
def test_compare_ends_with_the_code_of_its_verdict(
    baselines: Path, tmp_path: Path, shift: int, allow: str | None, code: ExitCode
) -> None:
    """3 of 200 items are 1.5 points: against two seeds' noise that is neither shown nor excluded."""
    write(baselines / "main")
    for seed in (0, 1):
        Store(tmp_path / "now").put(record(seed, shift=shift + 6 * seed))
    arguments = ["compare", "main", str(tmp_path / "now"), "--report", str(tmp_path / "out")]
    assert main([*arguments, *(["--allow", allow] if allow else [])]) == code


def test_a_baseline_is_compared_like_any_run(baselines: Path, tmp_path: Path) -> None:
    """It has no texts: none are shown."""
    write(baselines / "main")
    assert main(["compare", "main", "main", "--report", str(tmp_path / "out")]) == ExitCode.HELD
    assert "NaN" not in (tmp_path / "out" / "results.json").read_text()


def test_comparing_with_fewer_trials_fails(baselines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(baselines / "main")
    Store(tmp_path / "now").put(RUN[0])
    assert main(["compare", "main", str(tmp_path / "now"), "--report", str(tmp_path / "out")]) == ExitCode.FAILED
    assert "comparable-trials" in capsys.readouterr().out


def test_a_report_names_its_records_in_the_store(store: Path, tmp_path: Path) -> None:
    results = build_results(RUN, RunFields(command=("pytest", "suites/")))
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "results.json").write_text(results.model_dump_json())
    found = find_run(str(tmp_path / "report"), store)
    assert [one.trial.id for one in found.measured] == [one.trial.id for one in RUN]
    with pytest.raises(UserError, match="are not in the store"):
        find_run(str(tmp_path / "report"), tmp_path)


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (
            ["pytest", "suites/", "--store", "/a/b", "--seeds", "3", "--report=/c"],
            ["pytest", "suites/", "--seeds", "3"],
        ),
        (["pytest", "suites/"], ["pytest", "suites/"]),
    ],
)
def test_a_baseline_names_no_place_of_this_machine(command: list[str], kept: list[str]) -> None:
    assert list(without_places(command)) == kept


@pytest.mark.parametrize(("verdict", "warned"), [(Verdict.FAIL, True), (Verdict.PASS, False)])
def test_accepting_what_its_own_gate_failed_is_said(
    baselines: Path, store: Path, capsys: pytest.CaptureFixture[str], verdict: Verdict, warned: bool
) -> None:
    gate = judge_all(comparison(RUN, RUN)).as_content(SIDE, SIDE).with_(verdict=verdict)
    (store / "gate.json").write_text(gate.model_dump_json())
    assert main(["accept", str(store), "--as", "main"]) == ExitCode.HELD
    assert ("Its own gate said FAIL" in capsys.readouterr().out) is warned


def test_accepting_beside_a_damaged_verdict_is_refused(
    baselines: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store / "gate.json").write_text('{"verdict": "PASS"}')
    assert main(["accept", str(store), "--as", "main"]) == ExitCode.USAGE_ERROR
    assert "gate.json: it names no schema" in capsys.readouterr().err
    assert not baselines.exists()


def test_a_store_of_several_runs_is_refused(store: Path) -> None:
    Store(store).put(record(0, learning_rate=5e-2))
    with pytest.raises(UserError, match="several runs"):
        find_run(str(store), store)


@pytest.mark.parametrize("name", ["nowhere", "../nowhere", ""])
def test_unknown_runs_and_baselines(baselines: Path, tmp_path: Path, name: str) -> None:
    write(baselines / "main")
    with pytest.raises(UserError, match="main"):
        find_baseline(name or "none")
    with pytest.raises(UserError, match="no stored run"):
        find_run(name or str(tmp_path / "none"), tmp_path)


@pytest.mark.parametrize("name", ["../x", "", "a b", ".hidden"])
def test_wrong_names_for_a_baseline(store: Path, baselines: Path, name: str) -> None:
    assert main(["accept", str(store), "--as", name]) == ExitCode.USAGE_ERROR
    assert not baselines.exists()


def test_what_failed_is_not_accepted(baselines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Store(tmp_path / "bad").put(ended(RUN[0].trial, Status.FAILED))
    assert main(["accept", str(tmp_path / "bad"), "--as", "main"]) == ExitCode.USAGE_ERROR
    assert "failed" in capsys.readouterr().err
    assert not baselines.exists()
