"""The shipped model and its tokenizer, loaded once for all tests that need real tokens or real weights."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.models import load_model, load_tokenizer
from harness.tests.builders import embedded, real_trial


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
