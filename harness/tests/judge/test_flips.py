"""Are the answers that the report shows those that changed, spread over tasks, and few enough to carry?"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from harness.judge.flips import MOST_SAMPLES, RIGHT_TO_WRONG, WRONG_TO_RIGHT, flips, samples
from harness.judge.results import build_results
from harness.report.writers.files import results_json
from harness.schema.measured import TEXT_COLUMNS, Measured, with_none
from harness.schema.record import Status
from harness.schema.results import Flip, RunFields, TrialResult
from harness.schema.trial import Trial
from harness.tests.builders import ended, make_measured, make_trial

TRIAL = make_trial()
ROOM = 100_000
Answers = Sequence[str | None]


def measured(
    trial: Trial,
    target: Sequence[float],
    general: Mapping[str, Sequence[float]] | None = None,
    said: Answers | None = None,
    metric: str = "exact_match",
    question: str = "question",
) -> Measured:
    """A trial whose answers say which item they answer, and whether rightly; `said` replaces those of the target."""
    one = make_measured(trial, target, general, metric)
    items = one.items.copy()
    items["question"] = [f"{question} {item}" for item in items["item"]]
    items["expected"] = [f"right {item}" for item in items["item"]]
    items["answer"] = [
        f"right {item}" if score == 1 else f"wrong {item}"
        for item, score in zip(items["item"], items["score"], strict=True)
    ]
    if said is not None:
        items.loc[items["role"] == "target", "answer"] = list(said)
    return Measured(one.record, with_none(items))


def changed(
    before: Mapping[str, Sequence[float]], after: Mapping[str, Sequence[float]], room: int = ROOM
) -> list[Flip]:
    """Flips of general tasks, beside a target on which nothing changes."""
    return flips(measured(TRIAL, [0.0], after), measured(TRIAL.base_arm(), [0.0], before), room)


def test_flip_says_what_was_asked_and_what_either_side_answered() -> None:
    (row,) = changed({"facts": [1.0, 1.0]}, {"facts": [1.0, 0.0]})
    assert row == Flip(
        role="general",
        task="facts",
        item="facts-1",
        question="question facts-1",
        expected="right facts-1",
        before="right facts-1",
        after="wrong facts-1",
        direction=RIGHT_TO_WRONG,
    )


def test_right_to_wrong_comes_first_and_at_most_8_and_4_are_shown() -> None:
    before, after = [1.0] * 20 + [0.0] * 20, [0.0] * 20 + [1.0] * 20
    rows = changed({"facts": before}, {"facts": after})
    assert [row.direction for row in rows] == [RIGHT_TO_WRONG] * 8 + [WRONG_TO_RIGHT] * 4
    assert [row.item for row in rows] == [f"facts-{at}" for at in (*range(8), *range(20, 24))]


def test_no_task_takes_all_places() -> None:
    """One task with many flips, one with a single one and one with three, whatever their order."""
    lost = {"chat": 20, "facts": 1, "reading": 3}
    after = {task: [0.0] * count + [1.0] * (20 - count) for task, count in lost.items()}
    rows = changed({task: [1.0] * 20 for task in lost}, after)
    assert Counter(row.task for row in rows) == {"chat": 4, "facts": 1, "reading": 3}
    assert [row.task for row in rows] == ["chat"] * 4 + ["facts"] + ["reading"] * 3


@pytest.mark.parametrize(
    ("metric", "shown"), [("exact_match", ["target"]), ("nll_per_token", []), ("field_accuracy", [])]
)
def test_target_flips_only_where_it_is_matched_exactly(metric: str, shown: list[str]) -> None:
    before, after = ([0.0, 0.5], [1.0, 0.75])
    rows = flips(measured(TRIAL, after, metric=metric), measured(TRIAL.base_arm(), before, metric=metric), ROOM)
    assert [row.role for row in rows if row.item == "poems-0"] == shown


def test_answers_that_are_known_go_before_those_that_are_not() -> None:
    before = measured(TRIAL.base_arm(), [0.0] * 6, said=[None, None, "a", None, "b", None])
    rows = flips(measured(TRIAL, [1.0] * 6), before, ROOM)
    assert [row.before for row in rows] == ["a", "b", None, None]
    assert [row.item for row in rows] == ["poems-2", "poems-4", "poems-0", "poems-1"]


def test_question_is_the_base_arms() -> None:
    """Prompting puts examples before its own."""
    before, after = measured(TRIAL.base_arm(), [0.0]), measured(TRIAL, [1.0], question="many examples and question")
    (row,) = flips(after, before, ROOM)
    assert row.question == "question poems-0"
    (sample,) = samples(after, before, ROOM)
    assert sample.question == "question poems-0"


def test_base_arm_changes_nothing() -> None:
    base = measured(TRIAL.base_arm(), [0.0, 1.0], {"facts": [1.0, 0.0]})
    assert flips(base, base, ROOM) == []


def test_items_without_texts_are_flips_all_the_same() -> None:
    """As in records of versions that kept none."""
    sides = [measured(TRIAL, [1.0]), measured(TRIAL.base_arm(), [0.0])]
    after, before = (Measured(one.record, one.items.drop(columns=list(TEXT_COLUMNS))) for one in sides)
    (row,) = flips(after, before, ROOM)
    assert (row.item, row.question, row.before) == ("poems-0", None, None)
    assert samples(after, before, ROOM) == []


def test_items_in_another_order_are_paired_by_name() -> None:
    before = measured(TRIAL.base_arm(), [0.0, 1.0, 1.0])
    turned = Measured(before.record, before.items[::-1].reset_index(drop=True))
    (row,) = flips(measured(TRIAL, [0.0, 1.0, 0.0]), turned, ROOM)
    assert (row.item, row.before) == ("poems-2", "right poems-2")


@pytest.mark.parametrize("room", [0, 500, 1000, 2000])
def test_rows_stay_within_their_room_and_keep_some_of_both(room: int) -> None:
    rows = changed({"facts": [1.0] * 9 + [0.0] * 9}, {"facts": [0.0] * 9 + [1.0] * 9}, room)
    assert len(json.dumps([row.model_dump() for row in rows], indent=1)) <= max(room, 2)
    assert len(rows) == min(12, room // 300) or len(rows) > room // 400
    worse = sum(row.direction == RIGHT_TO_WRONG for row in rows)
    assert len(rows) - worse in (worse // 2, -(-worse // 2)) or len(rows) < 3


def test_samples_are_some_right_and_some_wrong_in_the_order_of_the_file() -> None:
    scores = [1.0] * 6 + [0.0] * 6
    rows = samples(measured(TRIAL, scores), measured(TRIAL.base_arm(), [0.0] * 12), ROOM)
    assert [row.item for row in rows] == [f"poems-{at}" for at in (0, 1, 2, 6, 7)]
    assert [(row.score_before, row.score_after) for row in rows] == [(0.0, 1.0)] * 3 + [(0.0, 0.0)] * 2


def test_samples_are_filled_up_with_what_there_is() -> None:
    rows = samples(measured(TRIAL, [0.0] * 9), measured(TRIAL.base_arm(), [0.0] * 9), ROOM)
    assert len(rows) == MOST_SAMPLES


@pytest.mark.parametrize("side", ["before", "after"])
def test_sample_needs_both_answers(side: str) -> None:
    """Rated in nats, as a user's own data is; right is what equals the right answer."""
    said: Answers = [None, "right poems-1", None]
    given = {side: said}
    before = measured(TRIAL.base_arm(), [2.0, 3.0, 4.0], said=given.get("before"), metric="nll_per_token")
    after = measured(TRIAL, [1.5, 0.5, 4.5], said=given.get("after"), metric="nll_per_token")
    (row,) = samples(after, before, ROOM)
    assert (row.item, row.score_before, row.score_after) == ("poems-1", 3.0, 0.5)


FULL = make_trial("full", None)


def shown_of(one: Measured, *others: Measured) -> TrialResult:
    """The trial as `results.json` has it."""
    return build_results([one, *others]).trials[0]


def test_trial_shows_what_it_changed_against_the_base_at_its_own_quantization() -> None:
    after = make_measured(make_trial("full", None, quantization="nf4"), [0.0], {"facts": [1.0, 0.0]})
    quantized = make_measured(FULL.base_arm("nf4"), [0.0], {"facts": [0.0, 0.0]})
    plain = make_measured(FULL.base_arm(), [0.0], {"facts": [1.0, 1.0]})
    trial = shown_of(after, quantized, plain)
    assert [(flip.item, flip.direction) for flip in trial.flips] == [("facts-0", WRONG_TO_RIGHT)]


@pytest.mark.parametrize("others", [(), (ended(FULL.base_arm(), Status.FAILED),)], ids=["missing", "crashed"])
def test_nothing_is_shown_against_a_base_arm_that_is(others: tuple[Measured, ...]) -> None:
    trial = shown_of(measured(FULL, [1.0]), *others)
    assert (trial.flips, trial.samples) == ((), ())


@pytest.mark.slow
def test_what_is_shown_of_200_trials_can_be_carried() -> None:
    """Long texts, and every item a flip: less of each trial is shown then, but something of all."""
    items = [1.0, 0.0] * 15
    long = "x" * 300

    def wordy(one: Measured) -> Measured:
        answers = [f"{long[9:]} {score}" for score in one.items["score"]]
        return Measured(one.record, one.items.assign(question=long, expected=long, answer=answers))

    before = wordy(make_measured(FULL.base_arm(), [1 - one for one in items], {"facts": [1 - one for one in items]}))
    trials = [wordy(make_measured(make_trial("full", None, seed), items, {"facts": items})) for seed in range(200)]
    command = ("pytest", "suites/", "--store", "s" * 100)
    content = build_results([before, *trials], RunFields(command=command), lambda trial: list(command))
    bare = content.with_(trials=tuple(one.with_(flips=(), samples=(), command=None) for one in content.trials))
    assert len(results_json(content)) - len(results_json(bare)) < 600_000
    assert all(trial.flips for trial in content.trials[1:])
