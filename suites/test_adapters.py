"""Does a trial's artifact do what users do with adapters: reload, merge, unmerge, live beside others, switch off?

Proved in every trial, on fresh copies of the base, and read from its record here. A method that cannot is
skipped with the reason.
"""

import pytest

from harness.run.promises.model import ARTIFACT
from harness.schema.measured import Measured


@pytest.mark.parametrize("name", ARTIFACT, ids=[name.replace(" ", "-") for name in ARTIFACT])
def test_artifact(name: str, completed: Measured) -> None:
    found = [promise for promise in completed.record.promises if promise.name == name]
    assert len(found) == 1, f"{name!r} was not checked"
    if found[0].held is None:
        pytest.skip(f"not for {completed.trial.method}: {found[0].detail}")
    assert found[0].held, found[0].detail
