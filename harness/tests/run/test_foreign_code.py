"""Is no code run that a model, an adapter or a data set brings along, and nobody asked whether it may?"""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
from harness.methods import training_method
from harness.methods.candidate import find_candidate
from harness.methods.candidate_compatibility import check_fits, check_tokenizer
from harness.models.base import find_base_model, load_model, skeleton
from harness.plan.profile import ArmRequest, Profile
from harness.run.session import Choices, RunSession
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES
from harness.tests.builders import RECIPE, SCORING, embedded, few_examples, real_trial
from harness.tests.elsewhere import CONFIG, set_in

pytestmark = [pytest.mark.trains, pytest.mark.filterwarnings("ignore")]

CLASSES = {
    "AutoConfig": "modeling_mine.Config",
    "AutoModelForCausalLM": "modeling_mine.Model",
    "AutoTokenizer": ["modeling_mine.Tokenizer", "modeling_mine.Tokenizer"],
}
CODE = "import pathlib\npathlib.Path({marker!r}).touch()\n"


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """What the code would leave behind."""
    return tmp_path / "the code was run"


@pytest.fixture
def hostile(tmp_path: Path, marker: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped model that brings code for everything."""

    def ask(*said: object) -> str:
        raise AssertionError(f"somebody is asked: {said}")

    monkeypatch.setattr("builtins.input", ask)
    directory = Path(shutil.copytree(FIXTURES / "model", tmp_path / "hostile"))
    (directory / "custom_generate").mkdir()
    for name in ("modeling_mine.py", "custom_generate/generate.py"):
        (directory / name).write_text(CODE.format(marker=str(marker)))
    return directory


def plan(base_model: str, tmp_path: Path) -> None:
    profile = Profile("own", base_model, ("poems",), ("facts",), (ArmRequest("lora", (4,)),), (0,), RECIPE, SCORING)
    RunSession(Choices(profile, "inline", 1, "cpu", tmp_path / "store", plan_only=True))


def test_way_of_its_own_to_generate_is_left_alone(hostile: Path, marker: Path, tmp_path: Path) -> None:
    plan(str(hostile), tmp_path)
    load_model(real_trial("lora", 4), find_base_model(str(hostile)))
    assert not marker.exists()


@pytest.mark.parametrize("brought", ["a model", "a tokenizer"])
def test_base_with_code_is_refused(hostile: Path, marker: Path, tmp_path: Path, brought: str) -> None:
    if brought == "a model":
        set_in(hostile / CONFIG, model_type="mine", architectures=["Model"], auto_map=CLASSES)
    if brought == "a tokenizer":
        set_in(hostile / "tokenizer_config.json", auto_map=CLASSES, tokenizer_class="Tokenizer")
    with pytest.raises(UserError, match=r"--base-model 'hostile'.*no model's code is run here"):
        plan(str(hostile), tmp_path)
    assert not marker.exists()


def test_candidate_with_code_is_refused(hostile: Path, marker: Path) -> None:
    set_in(hostile / "tokenizer_config.json", auto_map=CLASSES, tokenizer_class="Tokenizer")
    candidate = find_candidate(str(hostile))
    with pytest.raises(UserError, match=r"--candidate 'hostile'.*no model's code is run here"):
        check_tokenizer(candidate, None, few_examples())
    set_in(hostile / CONFIG, model_type="mine", architectures=["Model"], auto_map=CLASSES)
    with pytest.raises(UserError, match=r"--candidate 'hostile'.*no model's code is run here"):
        check_fits(find_candidate(str(hostile)), embedded())
    assert not marker.exists()


def test_tokenizer_of_a_prompt_is_loaded_without_its_code(hostile: Path, marker: Path) -> None:
    set_in(hostile / "tokenizer_config.json", auto_map=CLASSES, tokenizer_class="Tokenizer")
    settings = (("prompt_tuning_init", "TEXT"), ("tokenizer_name_or_path", str(hostile)))
    trial = real_trial("peft:prompt_tuning", 4, settings=settings)
    with pytest.raises(UserError, match=r"tokenizer_name_or_path .* cannot be loaded: .*no model's code is run here"):
        training_method("peft:prompt_tuning").check(skeleton(embedded()), trial)
    assert not marker.exists()


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in what ships that loads by a name that a file gives."""
    root = Path(harness.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if "tests" not in path.relative_to(root).parts:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield str(path.relative_to(root)), node


def test_every_load_says_that_no_code_is_trusted() -> None:
    loads = {
        (place, ast.unparse(call.func)): {word.arg: ast.unparse(word.value) for word in call.keywords}
        for place, call in calls()
        if call.func.attr in ("from_pretrained", "from_config", "load_dataset")  # type: ignore[attr-defined]
        and "Peft" not in ast.unparse(call.func)  # which takes no such word, and loads no code
    }
    assert len(loads) > 10
    assert [place for place, words in loads.items() if words.get("trust_remote_code") != "False"] == []
