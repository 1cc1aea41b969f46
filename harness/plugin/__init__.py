"""The harness in pytest: options, and, where suites are collected, everything else.

The harness's own unit tests see nothing of it.
"""

from pathlib import Path

import pytest

from harness.plugin.options import add_options
from harness.plugin.suites import Suites, homes
from harness.schema.edge import reason
from harness.schema.errors import UserError


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser.getgroup("fine-tuning harness").addoption)


def pytest_configure(config: pytest.Config) -> None:
    pytest.register_assert_rewrite("harness.suites")
    if config.option.collectonly or config.getoption("--plan"):
        config.option.benchmark_storage = str(config.rootpath)  # else pytest-benchmark makes a directory of its own
    for nobodys in (  # libraries warn each other; users can do nothing about it
        "ignore:.torch.jit.script_method. is deprecated:DeprecationWarning",  # raised inside torch, by its own import
        "ignore:.is_gradient_checkpointing. is deprecated:FutureWarning",  # PEFT asks transformers, on every adapter
    ):
        config.addinivalue_line("filterwarnings", nobodys)
    config.addinivalue_line("markers", "base_arms: parametrizes `trial` with the arms that train nothing")
    config.addinivalue_line("markers", "ladder: parametrizes `trial` with full and lora on the targets that ship")
    config.addinivalue_line("markers", "one_seed: parametrizes `trial` with the first seed of every arm")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Expands the profile before anything is collected, so that wrong input ends the run at once."""
    if not _collects_suites(session.config):
        return
    if getattr(session.config.option, "dist", "no") != "no":
        raise pytest.UsageError(
            "pytest -n (pytest-xdist) is not for suites/: every worker would train all of the trials. Trials run side "
            "by side by themselves; say how many with --jobs N."
        )
    try:
        session.config.pluginmanager.register(Suites(session.config))
    except UserError as error:
        raise pytest.UsageError(str(error)) from None
    except OSError as error:  # wherever it came from, it is about something of the user's
        raise pytest.UsageError(f"{error.filename or 'A file'}: {reason(error)}. Mend it, or give another.") from None


def _collects_suites(config: pytest.Config) -> bool:
    """Whether anything that is asked for lies in the project's `suites/` or in those that ship, or holds them."""
    if config.getoption("help") or config.getoption("version"):
        return False
    paths = [Path(config.invocation_params.dir, str(arg).split("::")[0]).resolve() for arg in config.args]
    return any(path == home or home in path.parents or path in home.parents for path in paths for home in homes(config))
