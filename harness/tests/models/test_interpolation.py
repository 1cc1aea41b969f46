"""Are the models between the base and the trained one what lies between their weights, and scored as such?"""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import torch

from harness.models.interpolation import models_between
from harness.schema.measured import GENERAL, TARGET, TEXT_COLUMNS, Measured, at_scale
from harness.schema.record import Score, Status
from harness.schema.trial import Trial
from harness.tests.builders import SCORING, measure, real_trial

SCALES = (0.0, 0.5, 1.0)


def small(value: float, width: int = 2) -> Any:
    model = torch.nn.Sequential(torch.nn.Linear(width, 3), torch.nn.Linear(3, 1))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)
    return model


def values(model: Any) -> list[float]:
    return [float(value) for parameter in model.parameters() for value in parameter.flatten()]


def test_ends_are_exact_and_the_middle_is_the_mean() -> None:
    base, trained = small(0.1), small(0.7)
    ends = values(base), values(trained)
    found = {scale: values(model) for scale, model in models_between(base, trained, (0.0, 0.25, 0.5, 1.0))}
    assert (found[0.0], found[1.0]) == ends
    assert found[0.5] == pytest.approx([0.4] * len(ends[0]))
    assert found[0.25] == pytest.approx([0.25] * len(ends[0]))


def test_base_stays_what_it_is() -> None:
    base = small(0.1)
    before = values(base)
    list(models_between(base, small(0.7), SCALES))
    assert values(base) == before


@pytest.mark.parametrize(
    "trained",
    [small(1.0, width=3), torch.nn.Sequential(torch.nn.Linear(2, 3)), torch.nn.ModuleDict({"a": small(1.0)})],
    ids=["another shape", "one layer less", "other names"],
)
def test_models_of_other_parameters_are_refused(trained: Any) -> None:
    with pytest.raises(ValueError, match="other parameters than the base"):
        next(iter(models_between(small(0.0), trained, SCALES)))


def interpolated(method: str, rank: int | None = None, **changes: Any) -> Trial:
    scoring = replace(SCORING, interpolate=SCALES)
    return real_trial(method, rank, **{"learning_rate": 1e-3, "scoring": scoring, **changes})


def scores(target: Score | None, general: tuple[Score, ...]) -> list[float]:
    assert target is not None
    return [value for one in (target, *general) for value in (one.value, one.nll)]


@pytest.fixture(scope="module")
def base() -> Measured:
    return measure(interpolated("lora", 4).base_arm())


@pytest.mark.trains
@pytest.mark.parametrize(
    ("method", "rank", "rate"),
    [
        ("full", None, 1e-4),
        ("lora", 4, 1e-2),
        ("pissa", 4, 1e-3),
        ("ia3", None, 1e-2),
        ("ln_tuning", None, 1e-2),
        ("osf", 4, 1e-4),
        ("embeddings", None, 1e-3),
    ],
)
def test_scale_0_scores_as_the_base_and_scale_1_as_the_trained_model(
    base: Measured, method: str, rank: int | None, rate: float
) -> None:
    measured = measure(interpolated(method, rank, learning_rate=rate))
    record = measured.record
    assert record.status is Status.COMPLETED, record.reason
    assert [one.scale for one in record.interpolation] == list(SCALES)
    start, middle, end = (scores(one.target, one.general) for one in record.interpolation)
    trained = scores(record.target, record.general)
    assert start == scores(base.record.target, base.record.general)
    assert end == pytest.approx(trained, abs=1e-4)  # an adapter is folded in first, which rounds
    assert middle != start
    assert middle != end
    assert max(abs(one - other) for one, other in zip(start, trained, strict=True)) > 1e-3, "training did something"


@pytest.mark.trains
def test_items_between_stand_under_roles_of_their_own(base: Measured) -> None:
    measured = measure(interpolated("lora", 4, learning_rate=1e-2))
    for role in (TARGET, GENERAL):
        plain = measured.items[measured.items["role"] == role]
        for scale in SCALES:
            between = measured.items[measured.items["role"] == f"{role} {at_scale(scale)}"]
            assert between["item"].to_list() == plain["item"].to_list()
    before, after = (one.items[one.items["role"] == role] for one, role in ((base, TARGET), (measured, "target at 0")))
    besides = ["role", *TEXT_COLUMNS]  # answers are kept of the trained model alone
    pd.testing.assert_frame_equal(
        before.drop(columns=besides).reset_index(drop=True), after.drop(columns=besides).reset_index(drop=True)
    )


@pytest.mark.trains
@pytest.mark.parametrize(
    ("method", "rank", "quantization", "why"),
    [
        ("lora", 4, "nf4", "merging into weights stored as nf4 rounds the update away"),
        ("prompt-tuning", 4, "none", "no weight that they could be folded into"),
        ("distill", None, "none", "the student has other weights than the base"),
    ],
)
def test_nothing_lies_between(method: str, rank: int | None, quantization: str, why: str) -> None:
    measured = measure(interpolated(method, rank, quantization=quantization))
    assert measured.record.status is Status.COMPLETED, measured.record.reason
    assert measured.record.interpolation == ()
    assert not measured.items["role"].str.contains(" at ").any()
    (note,) = measured.record.notes
    assert note.startswith("not scaled back towards the base: ")
    assert why in note


@pytest.mark.trains
def test_base_arm_is_not_interpolated() -> None:
    assert interpolated("lora", 4).base_arm().scoring.interpolate == ()
    assert measure(interpolated("lora", 4).base_arm()).record.interpolation == ()


@pytest.mark.trains
def test_nothing_is_scored_between_unless_asked() -> None:
    assert measure(real_trial("full")).record.interpolation == ()
