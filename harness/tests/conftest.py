"""The shipped model and its tokenizer, loaded once for all tests that need real tokens or real weights."""

import gc
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness.models.base import load_model, load_tokenizer
from harness.plan import expand
from harness.run.environment import cores
from harness.tests.builders import embedded, real_trial
from harness.tests.elsewhere import train_all

WITH_A_MODEL = {"load", "model", "elsewhere", "copied"}


def pytest_configure() -> None:
    """Before torch is loaded: one thread in every process, since those of xdist share the cores and waiting spins."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """For `-n auto` one more than there are cores, since some tests wait for a process to end or a browser to draw; for
    `-n logical`, whose tests wait for nothing, as many as there are."""
    return cores() + (config.option.numprocesses == "auto")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a fixture with a model is marked as one that loads a model; others say so themselves."""
    for item in items:
        if WITH_A_MODEL & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.trains)
        if "browser" in item.path.parent.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True, scope="module")
def settled() -> None:
    """Garbage collection, with which every trial ends, skips what earlier files left: torch's modules and thousands
    of tests, which take it longer than the training takes."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def tasks_read_once() -> Iterator[None]:
    """For tests that make many plans of the same tasks: their files are read, and looked through for leaks, once."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("load_target", "load_general", "check_untrained"):
            patched.setattr(expand, name, cache(getattr(expand, name)))
        yield


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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, which is soon full; only root can make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True, capture_output=True)
