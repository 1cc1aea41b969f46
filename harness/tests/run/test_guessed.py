"""What guessing scores: is it measured on the items that a model is, and learned from answers that are nobody's own?"""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.data.tasks.target import load_target
from harness.run.guessed import guessed
from harness.schema.measured import TARGET
from harness.store.records import Store
from harness.tests.builders import few_examples, make_example, make_target, measure, real_trial


def test_guesses_are_scored_on_the_items_that_models_are_scored_on(tmp_path: Path) -> None:
    target = load_target("new-facts")
    trial = real_trial("full").majority_floor()
    found = guessed(trial, target)
    assert found is not None
    assert found.record.target is not None
    assert list(found.items["item"]) == [one.id for one in target.test[: trial.scoring.max_items]]
    assert found.record.target.value == pytest.approx(found.items["score"].mean())
    Store(tmp_path).put(found)
    kept = Store(tmp_path).get(trial.digest)
    assert kept is not None
    assert kept.record == found.record


def test_without_right_and_wrong_there_is_no_guess() -> None:
    rows = [make_example(), make_example()]
    assert guessed(real_trial("full").majority_floor(), make_target(rows, rows, "nll_per_token")) is None


@pytest.mark.trains
def test_training_on_shuffled_answers_is_scored_on_the_target_alone_and_promises_nothing() -> None:
    trial = real_trial("full")
    floor = trial.shuffled_floor(5)
    found = measure(floor, general=())
    assert found.completed, found.record.reason
    assert (found.record.general, found.record.promises) == ((), ())
    table = found.table(TARGET, trial.target.name)
    assert table is not None
    assert list(table.index) == [one.id for one in few_examples().test]
    own = measure(replace(trial, general=(), seed=5), general=())
    assert own.record.loss_curve != found.record.loss_curve, "other answers have another loss"
