"""Does `python -m harness init` write a starter that runs, and leave alone what is there?"""

import ast
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.plan.profile import load_profile
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import SUITES

LOADS = 'pytest_plugins = ["harness.plugin"]'


def files(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


def test_an_empty_repository_gets_a_profile_the_suites_and_a_workflow(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path)]) == ExitCode.HELD
    written = files(tmp_path)
    assert set(written) == {
        "conftest.py",
        "harness.toml",
        ".github/workflows/fine-tuning.yml",
        "reports/.gitignore",
        *(f"suites/{path.name}" for path in SUITES.glob("test_*.py")),
    }
    assert LOADS in written["conftest.py"]


def test_suites_take_the_shipped_tests(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    for path in sorted((tmp_path / "suites").iterdir()):
        module = ast.parse(path.read_text())
        (taken,) = [node for node in module.body if isinstance(node, ast.ImportFrom)]
        assert (taken.module, taken.names[0].name) == (f"harness.suites.{path.stem}", "*")
        asked = ast.get_docstring(ast.parse((SUITES / path.name).read_text())) or ""
        assert ast.get_docstring(module) == asked.split("\n")[0]


def test_without_options_the_embedded_model_is_run(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    written, shipped = load_profile(str(tmp_path / "harness.toml")), load_profile("tiny")
    assert (written.base_model, written.targets, written.general) == ("embedded", shipped.targets, shipped.general)
    assert (written.arms, written.recipe, written.scoring) == (shipped.arms, shipped.recipe, shipped.scoring)


def test_the_profile_names_model_data_and_general_tasks(tmp_path: Path) -> None:
    given = ["--base-model", "our/model", "--data", 'odd "name".jsonl', "--general-tasks", "pairs.jsonl, more/"]
    assert main(["init", str(tmp_path), *given]) == ExitCode.HELD
    written = load_profile(str(tmp_path / "harness.toml"))
    assert (written.base_model, written.data) == ("our/model", 'odd "name".jsonl')
    assert (written.targets, written.general) == ((), ("pairs.jsonl", "more/"))


def test_another_base_is_asked_in_plain_english(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path), "--base-model", "our/model", "--data", "own.jsonl"]) == ExitCode.HELD
    assert load_profile(str(tmp_path / "harness.toml")).general == ("en",)


@pytest.mark.parametrize("there", ["conftest.py", "harness.toml", "suites/test_gain.py"])
def test_nothing_is_overwritten_and_nothing_half_written(
    tmp_path: Path, there: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine")
    assert main(["init", str(tmp_path)]) == ExitCode.USAGE_ERROR
    assert files(tmp_path) == {there: "mine"}
    said = capsys.readouterr().err
    assert str(tmp_path / there) in said
    assert "Nothing was written" in said


def test_a_conftest_that_loads_the_plugin_stays(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(f"import os\n\n{LOADS}\n")
    assert main(["init", str(tmp_path)]) == ExitCode.HELD
    assert files(tmp_path)["conftest.py"].startswith("import os")
    assert main(["init", str(tmp_path)]) == ExitCode.HELD, "a second time finds everything there"


def test_a_directory_that_cannot_be_written_to_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "suites").write_text("a file where a directory must be")
    assert main(["init", str(tmp_path)]) == ExitCode.USAGE_ERROR
    assert list(files(tmp_path)) == ["suites"]
    assert "could not be written" in capsys.readouterr().err
