"""Does whatever may stand in a base's files end in a base that is let through, or in one message?"""

import json
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from safetensors.torch import load_file, save_file

from harness.models import soundness
from harness.models.base import find_base_model
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES
from harness.tests.elsewhere import CONFIG, MODEL
from harness.tests.fuzzing import fuzzed
from harness.tests.spoilt import spoilt

pytestmark = [pytest.mark.trains, pytest.mark.filterwarnings("ignore")]

SHARD = "model-00001-of-00001.safetensors"
LATER_LAYER = re.compile(r"\.layers\.[1-9]")
INDEX: dict[str, Any] = {"metadata": {"total_size": 1}, "weight_map": {"model.norm.weight": SHARD}}


def check(directory: Path) -> None:
    with suppress(UserError):
        soundness.check_base(find_base_model(str(directory)), "eager")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The embedded model with the first of its layers alone, which is made in a third of the time."""
    base = Path(shutil.copytree(FIXTURES / "model", tmp_path / "base"))
    weights = {name: weight for name, weight in load_file(base / MODEL).items() if not LATER_LAYER.search(name)}
    save_file(weights, base / MODEL)
    content = json.loads((base / CONFIG).read_text())
    (base / CONFIG).write_text(json.dumps(content | {"num_hidden_layers": 1}))
    return base


@pytest.fixture
def made_once(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model, where only what stands beside it is wrong."""
    model = soundness.without_weights(find_base_model(str(base)))
    monkeypatch.setattr(soundness, "without_weights", lambda *_: model)


@pytest.mark.parametrize("name", [CONFIG, "generation_config.json"])
def test_fuzzed_base_is_let_through_or_refused(base: Path, name: str) -> None:
    fuzz(base, name)


@pytest.mark.usefixtures("made_once")
@pytest.mark.parametrize("name", ["tokenizer_config.json", "tokenizer.json"])
def test_fuzzed_tokenizer_is_let_through_or_refused(base: Path, name: str) -> None:
    fuzz(base, name)


def fuzz(base: Path, name: str) -> None:
    soundness.check_base(find_base_model(str(base)), "eager")  # as it is, it is let through
    content = json.loads((base / name).read_text())

    @fuzzed(200, weight=4)
    @given(spoilt(content))
    def tried(text: str) -> None:
        (base / name).write_text(text)
        check(base)

    tried()


def test_fuzzed_index_is_let_through_or_refused(base: Path) -> None:
    (base / MODEL).rename(base / SHARD)

    @fuzzed(200, weight=4)
    @given(spoilt(INDEX) | spoilt(INDEX["weight_map"]).map(lambda text: f'{{"weight_map": {text}}}'))
    def tried(text: str) -> None:
        (base / f"{MODEL}.index.json").write_text(text)
        check(base)

    tried()
