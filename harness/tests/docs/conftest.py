"""Reads arguments as a run of the suites would."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def parse(pytestconfig: pytest.Config) -> Callable[[list[str]], dict[str, Any]]:
    """What pytest makes of arguments, with the plugin's options: by name. Raises pytest.UsageError."""

    def parsed(words: list[str]) -> dict[str, Any]:
        return vars(pytestconfig._parser.parse(words))  # there is no public way to parse without a run

    return parsed
