"""Build: the card's seed makes tokenizer and tasks again byte for byte, and the new card says what was written."""

import json
from pathlib import Path

import pytest

from harness.schema.exit_codes import ExitCode
from harness.testbed.__main__ import main
from harness.testbed.build import build
from harness.testbed.card import note_tasks
from harness.testbed.check import differences, read_card
from harness.testbed.pretrain import Recipe
from harness.testbed.shipped import FIXTURES


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of a two-step build from the seed in the shipped card; scoring has tests of its own."""
    out, seed = tmp_path_factory.mktemp("built"), int(read_card(FIXTURES)["seed"])
    tiny = Recipe(seed=seed, steps=2, rows=2, row_tokens=32, warmup_steps=1, checks=1, check_items=4, compiled=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.testbed.card.measure", lambda folder: ([], 1.0))
        build(out, tiny, lambda line: None)
    return out


@pytest.mark.release
def test_the_card_s_seed_makes_every_task_file_again_byte_for_byte(built: Path) -> None:
    made, shipped = (
        {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        for folder in (built / "tasks", FIXTURES / "tasks")
    )
    assert sorted(made) == sorted(shipped)
    assert [name for name in made if made[name] != shipped[name]] == []


@pytest.mark.release
@pytest.mark.parametrize("name", ["tokenizer.json", "chat_template.jinja"])
def test_the_card_s_seed_trains_the_tokenizer_again_byte_for_byte(built: Path, name: str) -> None:
    assert (built / "model" / name).read_bytes() == (FIXTURES / "model" / name).read_bytes()


@pytest.mark.release
def test_what_build_writes_is_what_its_card_says(built: Path) -> None:
    assert differences(built) == []
    assert read_card(built)["tokens"] == 2 * 2 * 32


@pytest.mark.parametrize(("seed", "noted"), [(3, True), (4, False)], ids=["of its seed", "of another seed"])
def test_the_card_notes_tasks_that_were_made_again(tmp_path: Path, seed: int, noted: bool) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "new.jsonl").write_text("{}\n")
    (tmp_path / "model").mkdir()
    said = {"seed": 3, "sha256": {"model/config.json": "a", "tasks/old.jsonl": "b"}, "scores": []}
    (tmp_path / "model" / "card.json").write_text(json.dumps(said))
    note_tasks(tmp_path, seed)
    card = read_card(tmp_path)
    assert list(card["sha256"]) == ["model/config.json", "tasks/new.jsonl" if noted else "tasks/old.jsonl"]
    assert (card["scores"], card["sha256"]["model/config.json"]) == ([], "a")


def test_tasks_only_writes_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []
    monkeypatch.setattr("harness.testbed.build.write_task_files", lambda folder, seed: written.append(folder))
    assert main(["build", "--tasks-only", "--out", str(tmp_path)]) is ExitCode.HELD
    assert written == [tmp_path / "tasks"]
    assert list(tmp_path.iterdir()) == []
