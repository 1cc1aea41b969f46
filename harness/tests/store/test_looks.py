"""Do looks at a comparison share one error, whoever looks again, and is every one of them kept?"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.schema.errors import UserError
from harness.schema.gate import Look, Verdict
from harness.schema.trial import Trial
from harness.store.looks import NAME, Looks
from harness.tests.builders import make_trial

WHOLE = 0.05


def looks(where: Path, baseline: str = "main") -> Looks:
    return Looks(where / NAME, baseline, WHOLE)


def arm(seeds: Sequence[int | None], method: str = "lora") -> list[Trial]:
    return [make_trial(method, seed=seed) for seed in seeds]


def look(where: Path, seeds: Sequence[int | None], planned: float, **of: str) -> Look:
    """By a process of its own, as it were."""
    return looks(where, of.get("baseline", "main")).look(arm(seeds, of.get("method", "lora")), planned)


def test_a_planned_series_has_what_was_planned(tmp_path: Path) -> None:
    found = [look(tmp_path, range(seeds), error) for seeds, error in ((4, 0.0125), (8, 0.0125), (16, 0.025))]
    assert [one.error for one in found] == [0.0125, 0.0125, 0.025]
    assert [one.number for one in found] == [1, 2, 3]
    assert [one.left for one in found] == [pytest.approx(0.0375), pytest.approx(0.025), 0.0]


@pytest.mark.parametrize(
    ("again", "number", "error"),
    [
        pytest.param((0, 1), 1, 0.05, id="the-same-seeds-show-nothing-new"),
        pytest.param((1, 0), 1, 0.05, id="in-whatever-order"),
        pytest.param((0, 1, 2), 2, 0.0, id="more-seeds"),
        pytest.param((0,), 2, 0.0, id="fewer-seeds"),
        pytest.param((5, 6), 2, 0.0, id="other-seeds"),
    ],
)
def test_who_looks_again_by_hand_has_what_is_left(
    tmp_path: Path, again: tuple[int, ...], number: int, error: float
) -> None:
    look(tmp_path, (0, 1), WHOLE)
    found = look(tmp_path, again, WHOLE)
    assert (found.number, found.error) == (number, error)


def test_a_plan_that_ended_early_leaves_its_rest(tmp_path: Path) -> None:
    look(tmp_path, (0, 1), 0.0125)
    assert look(tmp_path, (2, 3), 0.025).error == 0.025
    assert look(tmp_path, (4, 5), 0.05).error == pytest.approx(0.0125)
    assert look(tmp_path, (6, 7), 0.05).error == 0.0


@pytest.mark.parametrize("other", [{"baseline": "later"}, {"method": "dora"}])
def test_another_baseline_or_arm_is_another_comparison(tmp_path: Path, other: dict[str, str]) -> None:
    look(tmp_path, (0, 1), WHOLE)
    found = look(tmp_path, (0, 1, 2), WHOLE, **other)
    assert (found.number, found.error) == (1, WHOLE)


def test_what_has_no_seed_is_looked_at_once(tmp_path: Path) -> None:
    assert [look(tmp_path, (None,), WHOLE).number for _ in range(2)] == [1, 1]


def test_every_judgement_is_kept_and_none_is_rewritten(tmp_path: Path) -> None:
    kept = looks(tmp_path)
    found = kept.look(arm((0, 1)), WHOLE)
    begun = (tmp_path / NAME).read_text()
    kept.ended(found, Verdict.INCONCLUSIVE)
    kept.ended(found, Verdict.INCONCLUSIVE)
    kept.ended(found, Verdict.FAIL)
    lines = (tmp_path / NAME).read_text()
    assert lines.startswith(begun)
    rows = [json.loads(line) for line in lines.splitlines()]
    assert [row["verdict"] for row in rows] == [None, "INCONCLUSIVE", "FAIL"]
    assert {tuple(row["seeds"]) for row in rows} == {(0, 1)}
    assert all(row["asked"] == WHOLE and row["at"] and row["arm"] == "lora-r4" for row in rows)


def test_taking_lines_away_begins_anew(tmp_path: Path) -> None:
    look(tmp_path, (0, 1), WHOLE)
    (tmp_path / NAME).unlink()
    assert look(tmp_path, (0, 1, 2), WHOLE).number == 1


def test_processes_that_look_at_once_share_the_error(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: look(tmp_path, (seed, seed + 1), 0.02), range(24)))
    found = [look(tmp_path, (seed, seed + 1), 0.02) for seed in range(24)]
    assert sum(one.error for one in found) == pytest.approx(WHOLE)
    assert sorted(one.number for one in found) == list(range(1, 25))


def test_a_directory_that_cannot_be_written_is_said_and_judged_as_a_first_look(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = looks(tmp_path / "file")
    found = kept.look(arm((0, 1)), 0.025)
    assert (found.number, found.error) == (1, 0.025)
    assert kept.look(arm((0, 1, 2, 3)), 0.025).number == 2
    assert "could not be written" in kept.unwritable
    assert "judged as the first" in kept.unwritable


GOOD = {"at": "2026-01-01", "baseline": "main", "comparison": "c", "target": "poems", "arm": "lora", "seeds": [0],
        "asked": 0.05}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not valid JSON"),
        ("[]", "line 2"),
        ("\ufeff{}", "line 2: not valid JSON"),
        (json.dumps({**GOOD, "asked": 2}), "line 2: asked is 2; it must be less than or equal to 1"),
        (json.dumps({**GOOD, "asked": -1}), "line 2: asked is -1; it must be greater than or equal to 0"),
        (json.dumps({**GOOD, "seeds": "all"}), "line 2: seeds is 'all'; it must be"),
        (json.dumps({**GOOD, "verdict": "GREEN"}), "line 2: verdict is 'GREEN'; it must be"),
        (json.dumps({"at": "2026-01-01"}), "is missing"),
        (40_000 * "[", "nested too deeply"),
    ],
)
def test_a_damaged_line_is_refused(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / NAME).write_text(f"{json.dumps(GOOD)}\n{line}\n")
    with pytest.raises(UserError) as error:
        looks(tmp_path)
    assert said in str(error.value)
    assert "Mend the line or take it away" in str(error.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="not valid UTF-8"):
        looks(tmp_path)
