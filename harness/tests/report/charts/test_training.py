"""How training went."""

from statistics import median

import pytest

from harness.report.charts import training
from harness.report.charts.figure import Figure, VegaLite, marks
from harness.report.model.arms import methods
from harness.tests.synthetic import TARGETS, whole_results


def rows(figure: Figure) -> list[VegaLite]:
    """Rows of the one data set of a figure."""
    (found,) = figure.spec["datasets"].values()
    return list(found)


def test_losses_of_many_trials_are_medians_over_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    results = whole_results()
    known = marks(methods(results), [])
    single = training.losses(results, TARGETS[0], known, "losses")
    monkeypatch.setattr(training, "MOST_TRIALS", 3)
    merged = training.losses(results, TARGETS[0], known, "losses")
    assert single is not None
    assert merged is not None
    assert {row["seed"] for row in rows(single)} == {"0", "1"}
    assert {row["seed"] for row in rows(merged)} == {"median"}
    full = [trial for trial in results.trials if (trial.spec.target, trial.spec.arm) == (TARGETS[0], "full")]
    last = [trial.loss_curve[-1] for trial in full]
    shown = [row for row in rows(merged) if row["arm"] == "full"]
    assert shown[-1]["step"] == last[0][0]
    assert shown[-1]["loss"] == pytest.approx(median(loss for _, loss in last if loss is not None), abs=1e-4)
    assert len(shown) == training.FEW_POINTS
    assert "median of all seeds" in merged.caption
