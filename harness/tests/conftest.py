"""The shipped model and its tokenizer, loaded once for all tests that need real tokens or real weights."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.models.base import load_model, load_tokenizer
from harness.tests.builders import embedded, real_trial
from harness.tests.elsewhere import train_all


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    return load_tokenizer(embedded())


@pytest.fixture(scope="session")
def load() -> Callable[..., Any]:
    """A fresh copy of the shipped model at a level of quantization."""
    import torch

    torch.set_num_threads(1)
    return lambda quantization="none": load_model(real_trial("lora", 4, quantization=quantization), embedded())


@pytest.fixture(scope="session")
def model(load: Callable[..., Any]) -> Any:
    """The shipped model; tests that change it must load their own."""
    return load()


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Directories of what was trained by other programs, by kind: `adapter`, `model`, `merged`."""
    return train_all(tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture
def copied(elsewhere: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one of them, to be spoilt."""
    return lambda kind: Path(shutil.copytree(elsewhere[kind], tmp_path / kind))
