"""Are accepted records read back as they were, and refused where they are damaged?"""

import json
from collections.abc import Sequence
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
from harness.schema.trial import Source
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


@pytest.mark.slow
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


def accept(store: Path, *options: str) -> int:
    return main(["accept", str(store), "--as", "main", *options])


def store_of(directory: Path, measured: Sequence[Measured]) -> Path:
    kept = Store(directory)
    for one in measured:
        kept.put(one)
    return directory


def test_the_first_baseline_of_a_name_stays_its_anchor(
    baselines: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert accept(store) == ExitCode.HELD
    first = read_baseline(baselines / "main")
    assert first.anchor is None
    assert not (baselines / "main" / "anchor").exists()
    for shift in (2, 4):
        later = store_of(tmp_path / str(shift), [record(seed, shift=shift) for seed in (0, 1)])
        assert accept(later) == ExitCode.HELD
        assert "stays: what adds up since then" in capsys.readouterr().out
    found = read_baseline(baselines / "main")
    assert found.anchor is not None
    assert [one.record for one in found.anchor.measured] == [one.record for one in RUN]
    assert (found.anchor.accepted_at, found.anchor.anchor) == (first.accepted_at, None)


@pytest.mark.slow
def test_what_adds_up_is_stopped_by_the_anchor_until_it_is_moved_with_a_reason(
    baselines: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """8 points in all, the last one of which is none against the baseline."""
    worse = store_of(tmp_path / "worse", [record(seed, shift=16) for seed in (0, 1)])
    report = tmp_path / "out"
    compare = ["compare", "main", str(worse), "--report", str(report)]
    assert accept(store) == accept(worse) == ExitCode.HELD
    assert main(compare) == ExitCode.FAILED
    assert "FAIL poems-lora-r4-forgetting-vs-anchor" in capsys.readouterr().out
    assert "<dt>Anchor</dt>" in (report / "index.html").read_text()
    assert accept(worse, "--move-anchor", "the older model\nwas  too dear") == ExitCode.HELD
    assert "is left: the older model was too dear. Losses add up from this run on" in capsys.readouterr().out
    assert sorted(path.name for path in (baselines / "main").rglob("*") if path.is_file() and path.suffix != ".jsonl") \
        == ["baseline.json", "items.parquet"]  # fmt: skip
    assert main(compare) == ExitCode.HELD
    assert "the older model was too dear" in (report / "index.html").read_text()
    assert accept(worse) == ExitCode.HELD
    found = find_baseline("main").anchor
    assert found is not None
    assert (found.own, found.reason) == (False, "the older model was too dear")


def test_looks_at_what_ships_are_kept_in_the_project(
    baselines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_runs, "SHIPPED_BASELINES", tmp_path / "package")
    shipped = tmp_path / "package" / "shipped"
    write(shipped)
    write(baselines / "own")
    assert find_baseline("shipped").looks == baselines / "shipped" / "looks.jsonl"
    assert find_baseline("own").looks == baselines / "own" / "looks.jsonl"
    assert find_baseline(str(shipped)).looks == shipped / "looks.jsonl"


@pytest.mark.slow
def test_comparing_again_at_other_seeds_has_what_error_is_left(
    baselines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 points lost, more or less: what all four seeds have spent is not there for two of them."""
    write(baselines / "main", tuple(record(seed) for seed in range(4)))
    four = [record(seed, shift=seed) for seed in range(4)]
    for place, seeds in enumerate((4, 4, 3)):
        store = store_of(tmp_path / f"run-{place}", four[:seeds])
        main(["compare", "main", str(store), "--report", str(tmp_path / "out")])
    found = json.loads((tmp_path / "out" / "gate.json").read_text())
    assert [(one["number"], one["error"], one["left"]) for one in found["looks"]] == [(2, 0.0, 0.0)]
    assert "look 2 at poems lora-r4, under 3 seeds: the error is spent" in capsys.readouterr().out
    undecided = [one for one in found["gates"] if one["verdict"] == "INCONCLUSIVE"]
    assert {one["measure"] for one in undecided} == {"gain", "forgetting", "forgetting_task"}
    assert all("have spent the error of 5 %" in one["reason"] for one in undecided)


def test_an_arm_that_is_new_begins_with_the_run_that_brings_it(baselines: Path, store: Path, tmp_path: Path) -> None:
    both = store_of(tmp_path / "both", [*RUN, *(record(seed, "dora") for seed in (0, 1))])
    assert accept(store) == accept(both) == ExitCode.HELD
    found = read_baseline(baselines / "main").anchor
    assert found is not None
    assert {one.trial.arm for one in found.measured} == {"lora-r4", "dora-r4"}


def test_a_task_that_the_anchor_does_not_know_is_named(
    baselines: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = (*RUN[0].trial.general, Source("new", "e" * 64))
    wider = [replace(one, record=replace(one.record, trial=replace(one.trial, general=sources))) for one in RUN]
    assert accept(store) == accept(store_of(tmp_path / "wider", wider)) == ExitCode.HELD
    assert "It does not know new, and holds nothing against them (--move-anchor REASON)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "reason", "said"),
    [
        (False, "why not", "there is no baseline 'main' yet"),
        (True, " ", "say why what was lost so far is let go"),
        (True, "", "say why what was lost so far is let go"),
        (True, "x" * 501, "in up to 500 characters"),
        (True, "a\x1b[31mred", "say why what was lost so far is let go"),
        (True, "half \udce4 character", "say why what was lost so far is let go"),
    ],
)
def test_an_anchor_is_not_moved_without_a_reason(
    baselines: Path, store: Path, capsys: pytest.CaptureFixture[str], before: bool, reason: str, said: str
) -> None:
    assert not before or accept(store) == ExitCode.HELD
    files = {path: path.read_bytes() for path in baselines.rglob("*") if path.is_file()}
    assert accept(store, "--move-anchor", reason) == ExitCode.USAGE_ERROR
    assert said in capsys.readouterr().err
    assert files == {path: path.read_bytes() for path in baselines.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["anchor/baseline.json", "anchor/items.parquet"])
@pytest.mark.parametrize("damage", ["cut", "gone", "another"])
def test_a_damaged_anchor_is_refused(baselines: Path, store: Path, name: str, damage: str) -> None:
    assert accept(store) == accept(store) == ExitCode.HELD
    path = baselines / "main" / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:99] if damage == "cut" else path.read_bytes() + b" ")
    with pytest.raises(UserError, match=r"baselines/main' cannot be read .*Restore it from git"):
        read_baseline(baselines / "main")


@pytest.mark.slow
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
