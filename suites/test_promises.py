"""Does every trial keep what must hold whatever its score?"""

import pytest

from harness.run.promises.model import NAMES
from harness.schema.measured import Measured


@pytest.mark.parametrize("name", NAMES, ids=[name.replace(" ", "-") for name in NAMES])
def test_promise(name: str, completed: Measured) -> None:
    """Held, or not applicable with a reason; never silently missing."""
    found = [promise for promise in completed.record.promises if promise.name == name]
    assert len(found) == 1, f"the promise {name!r} was not checked"
    assert found[0].held is not False, found[0].detail
    assert found[0].detail
