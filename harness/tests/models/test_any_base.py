"""Does whatever may stand in a base's files end in a base that is let through, or in one message?"""

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from harness.models.base import find_base_model
from harness.models.soundness import check_base
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES
from harness.tests.elsewhere import CONFIG, MODEL
from harness.tests.fuzzing import fuzzed
from harness.tests.spoilt import spoilt

pytestmark = [pytest.mark.trains, pytest.mark.filterwarnings("ignore")]

SHARD = "model-00001-of-00001.safetensors"
INDEX: dict[str, Any] = {"metadata": {"total_size": 1}, "weight_map": {"model.norm.weight": SHARD}}


def check(directory: Path) -> None:
    with suppress(UserError):
        check_base(find_base_model(str(directory)), "eager")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURES / "model", tmp_path / "base"))


@pytest.mark.parametrize("name", [CONFIG, "tokenizer_config.json", "generation_config.json", "tokenizer.json"])
def test_fuzzed_base_is_let_through_or_refused(base: Path, name: str) -> None:
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
