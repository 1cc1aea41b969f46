"""Does the base model know anything that could be forgotten?"""

import pytest

from harness.judge.floors import is_at_chance
from harness.models.base import EMBEDDED
from harness.schema.measured import Measured
from harness.schema.record import RIGHT_OR_WRONG

pytestmark = pytest.mark.base_arms


def test_base_is_scored_on_every_task(completed: Measured) -> None:
    """Target, validation and every general task, each item once."""
    scored = {score.task for score in completed.record.general}
    assert scored == {source.name for source in completed.trial.general}
    assert completed.record.target is not None
    assert not completed.items.duplicated(["role", "task", "item"]).any()


def test_base_knows_the_general_tasks(completed: Measured) -> None:
    """Above chance by more than item noise; a task at chance cannot show forgetting."""
    at_chance = {
        score.task: round(score.value, 3)
        for score in completed.record.general
        if score.kind in RIGHT_OR_WRONG and is_at_chance(score.value, score.chance, score.items)
    }
    if at_chance and completed.trial.base.name != EMBEDDED:
        pytest.skip(f"a finding, not a failure: this base is at chance on {at_chance}")
    assert not at_chance
