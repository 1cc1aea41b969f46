"""Are things counted as people count them?"""

import pytest

from harness.schema.wording import counted


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 trials"), (1, "1 trial"), (2, "2 trials"), (1_000, "1,000 trials"), (2_500_000, "2,500,000 trials")],
)
def test_counted(number: int, said: str) -> None:
    assert counted(number, "trial") == said


@pytest.mark.parametrize(("number", "said"), [(0, "0 gates are"), (1, "1 gate is"), (12, "12 gates are")])
def test_counted_with_a_verb(number: int, said: str) -> None:
    assert counted(number, "gate", "is", "are") == said
