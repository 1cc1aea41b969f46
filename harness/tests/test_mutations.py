"""Would a check notice? Mistakes that comparisons of fine-tuning have made are planted in the product, one by one.

Every entry of `MISTAKES` plants a change (`planted.py`) and names a check: an existing test, or one written here. The
check must pass before and fail after.
"""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.data.objectives import OBJECTIVES
from harness.data.tasks.general import ChoiceItem, TextItem, find_general_tasks, load_general
from harness.data.tokenization import Pair, encode_pair
from harness.judge import results
from harness.judge.pairing import Bench
from harness.methods import training_method
from harness.plan.profile import ArmRequest
from harness.run import context
from harness.run import trial as run
from harness.run.arms import trained as adaptation
from harness.run.promises.model import no_leak
from harness.run.scoring.general import encoded_general
from harness.run.training.ingredients import TrainingPlan, run_training
from harness.run.training.loop import batches
from harness.run.training.losses import cross_entropy
from harness.schema.errors import UserError
from harness.schema.measured import GENERAL, TARGET, VALIDATION, Measured
from harness.schema.trial import Trial
from harness.tests import planted
from harness.tests.builders import (
    SCORING,
    agreement,
    few_examples,
    make_example,
    make_measured,
    make_target,
    make_trial,
    measure,
    real_trial,
)
from harness.tests.data import test_objectives
from harness.tests.data.tasks import test_tasks
from harness.tests.golden import GOLDEN_RECIPE, TRIALS, adapted, sequences
from harness.tests.judge import test_pairing, test_results, test_stats
from harness.tests.plan import test_expand
from harness.tests.run.scoring import test_log_likelihood
from harness.tests.run.training import test_loop

pytestmark = pytest.mark.trains

Check = Callable[..., None]

pairs = test_log_likelihood.pairs
"""The fixture of that file, for its tests."""

DROPOUT = (("dropout", 0.5),)


@dataclass(frozen=True)
class Mistake:
    """A change of the product, and a check with those of its arguments that are no fixtures."""

    plant: planted.Plant
    check: Check
    given: Mapping[str, Any] = field(default_factory=dict)


def forget() -> None:
    """What was computed before a change must not answer after it."""
    for cached in (context.cached_sequences, context.cached_replay, encoded_general):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    forget()
    yield
    forget()


def scores_are_those_of(model: Any, tokenizer: Any, found: Measured) -> None:
    """Target and general items against a computation by hand, one row at a time, in nats."""
    examples = few_examples().test
    target, general = found.table(TARGET, few_examples().name), found.table(GENERAL, agreement().name)
    assert target is not None
    assert general is not None
    assert list(target.index) == [example.id for example in examples]
    for example, nats in zip(examples, target["nll"], strict=True):
        pair = encode_pair(tokenizer, example.prompt, example.completion)
        answer = [*pair.continuation, tokenizer.eos_token_id]
        by_hand = test_log_likelihood.by_hand(model, Pair(pair.context, answer)) / len(answer)
        assert nats == pytest.approx(by_hand, abs=1e-4)
    items = [item for item in agreement().items[: len(general)] if isinstance(item, ChoiceItem)]
    for item, nats in zip(items, general["nll"], strict=True):
        right = encode_pair(tokenizer, item.context, item.choices[item.answer])
        assert nats == pytest.approx(test_log_likelihood.by_hand(model, right), abs=1e-4)


def completed(trial: Trial, keep: Path | None = None) -> Measured:
    """A trial that ends: one that a planted change made crash would prove nothing."""
    found = measure(trial, keep)
    if not found.completed:
        raise RuntimeError(found.record.reason)
    return found


def before_is_the_bare_model(model: Any, tokenizer: Any) -> None:
    scores_are_those_of(model, tokenizer, completed(real_trial("lora", 4).base_arm()))


def after_is_the_model_that_was_kept(load: Callable[[], Any], tokenizer: Any, tmp_path: Path) -> None:
    from peft import PeftModel

    found = completed(real_trial("lora", 4, learning_rate=1e-2, settings=DROPOUT), tmp_path / "kept")
    scores_are_those_of(PeftModel.from_pretrained(load(), tmp_path / "kept").eval(), tokenizer, found)


def same_trial_measures_the_same() -> None:
    torch.manual_seed(1)  # what an earlier test drew must not matter
    first = completed(real_trial("lora", 4, learning_rate=1e-2))
    assert completed(real_trial("lora", 4, learning_rate=1e-2)).items.equals(first.items)


def tracing_changes_no_training() -> None:
    plain = real_trial("lora", 4, learning_rate=1e-2, settings=DROPOUT)
    traced = completed(replace(plain, scoring=replace(SCORING, trace=1))).record
    assert [point.step for point in traced.trace] == [1, 2]
    assert traced.loss_curve == completed(plain).record.loss_curve
    assert traced.trace[0].target.nll != traced.trace[1].target.nll


def traced_items_stand_apart_from_the_final_ones() -> None:
    trial = real_trial("lora", 4, learning_rate=1e-2)
    traced = completed(replace(trial, scoring=replace(SCORING, trace=2))).items
    assert set(traced["role"]) == {TARGET, VALIDATION, GENERAL, "target at step 2", "general at step 2"}
    final = traced[traced["role"].isin([TARGET, VALIDATION, GENERAL])]
    assert final.reset_index(drop=True).equals(completed(trial).items)


def losses_are_those_of_the_transformers_trainer(tmp_path: Path) -> None:
    """As in `test_train`, through the plan, for a few steps whose gradients are longer than the limit."""
    recipe = replace(GOLDEN_RECIPE, steps=8, warmup_steps=0, schedule="linear", max_grad_norm=0.5)
    trial, learned = replace(TRIALS["full"], recipe=recipe), sequences()
    once = TrainingPlan(cross_entropy(0, recipe.dtype), lambda: batches(learned, recipe.batch_size, 0), [])
    ours = [loss for _, loss in run_training(trial, training_method("full"), adapted(trial), once).loss_curve]
    theirs = test_loop.trainer_losses(adapted(trial), learned, recipe, trial.learning_rate or 0.0, tmp_path)
    assert ours == pytest.approx(theirs, rel=1e-5)


def leak_breaks_its_promise() -> None:
    leaky = make_target([make_example("a", id="1")], [make_example("a", id="2")])
    assert no_leak(leaky).held is False


def held_out_text_is_refused_as_replay(tmp_path: Path) -> None:
    (item, *_) = load_general(find_general_tasks("text")[0]).items
    assert isinstance(item, TextItem)
    path = tmp_path / "replay.jsonl"
    path.write_text(json.dumps({"text": f" {item.text.upper()}"}) + "\n")
    arm = ArmRequest("lora", (4,), settings={"replay": 0.25})
    with pytest.raises(UserError, match="what is measured must not be trained on"):
        test_expand.work(arm, general=("text",), replay=str(path))


def items_of_a_cluster_are_drawn_together() -> None:
    after, before = make_measured(make_trial(), [1.0] * 6), make_measured(make_trial().base_arm(), [0.0] * 6)
    found = Bench([after, before]).paired([after], [before], TARGET, "poems", "score")
    assert found is not None
    assert found.clusters.sizes.tolist() == [2, 2, 2]


BY_HAND, CUT = test_log_likelihood.test_scores_equal_a_computation_by_hand, {"example": make_example()}
CUT_CHECK = test_objectives.test_training_and_scoring_cut_at_the_same_token
LEARNED = {"prompt": "What?\nAnswer:", "completion": " red", "learned": " red<eos>"}
LEARNED_CHECK = test_objectives.test_instruction_learns_completion_and_end
LOSS_CHECK = test_objectives.test_loss_is_the_mean_over_supervised_tokens_of_the_batch
TOGETHER = {"scoring": test_log_likelihood.TOGETHER}
COPY = {"test": make_example("a", " x", id="t"), "ids": ["t", "t"]}

MISTAKES: dict[str, Mistake] = {
    "the first token of an answer is not learned": Mistake(
        planted.boundary("harness.data.objectives", 1), CUT_CHECK, CUT
    ),
    "the last token of a prompt is learned": Mistake(planted.boundary("harness.data.objectives", -1), CUT_CHECK, CUT),
    "the first token of an answer is not scored": Mistake(
        planted.boundary("harness.run.scoring.target", 1), before_is_the_bare_model
    ),
    "the last token of a prompt is scored": Mistake(
        planted.boundary("harness.run.scoring.target", -1), before_is_the_bare_model
    ),
    "the whole prompt is learned": Mistake(
        lambda patch: patch.setitem(OBJECTIVES, "instruction", planted.prompt_learned),
        test_objectives.test_supervised_labels_are_the_tokens_themselves,
    ),
    "labels are shifted twice": Mistake(planted.collating(planted.shifted), LOSS_CHECK),
    "padding is learned": Mistake(planted.collating(planted.padding_learned), LOSS_CHECK),
    "the end is not learned": Mistake(planted.without_end("harness.data.objectives"), LEARNED_CHECK, LEARNED),
    "the end is not scored": Mistake(planted.without_end("harness.run.scoring.target"), before_is_the_bare_model),
    "rows padded on the left are read as if on the right": Mistake(
        planted.reading(lambda tokens, width, count: tokens - count, left=True), BY_HAND, TOGETHER
    ),
    "padding is scored": Mistake(planted.reading(lambda tokens, width, count: width - count), BY_HAND, TOGETHER),
    "a token is scored at its own place": Mistake(
        planted.reading(lambda tokens, width, count: tokens - count + 1, longer=1), BY_HAND, TOGETHER
    ),
    "before is measured with a random adapter": Mistake(planted.random_adapter_on_the_base, before_is_the_bare_model),
    "after is measured with the adapter off": Mistake(
        planted.switched_off_when_scored, after_is_the_model_that_was_kept
    ),
    "dropout is on while scoring": Mistake(planted.dropout_left_on, after_is_the_model_that_was_kept),
    "validation is reported as test": Mistake(planted.validation_for_test, before_is_the_bare_model),
    "what storing cost is counted as forgetting by training": Mistake(
        planted.unquantized_before, test_results.test_what_storing_cost_and_what_training_did_add_up
    ),
    "a quantized arm is judged from its own base": Mistake(
        planted.own_base_for_the_base_as_it_is, test_results.test_what_storing_cost_and_what_training_did_add_up
    ),
    "leaks are not looked for when data is read": Mistake(
        lambda patch: patch.setattr("harness.data.tasks.target._leaks", lambda target: []),
        test_tasks.test_leak_is_found_in,
        COPY,
    ),
    "leaks are not looked for in a trial": Mistake(
        lambda patch: patch.setattr("harness.run.promises.model.leaked", lambda target: []), leak_breaks_its_promise
    ),
    "held-out text is trained on": Mistake(
        lambda patch: patch.setattr("harness.plan.expand.check_apart", lambda *args: None),
        held_out_text_is_refused_as_replay,
    ),
    "items are paired by place": Mistake(planted.by_place, test_pairing.test_items_are_paired_by_id_not_by_place),
    "items of a cluster count as independent": Mistake(
        planted.every_item_a_cluster, items_of_a_cluster_are_drawn_together
    ),
    "seeds are not resampled": Mistake(
        planted.seeds_not_resampled, test_stats.test_seeds_that_disagree_widen_the_interval
    ),
    "seeds are compared with other seeds": Mistake(
        lambda patch: patch.setattr("harness.judge.versus_full.same_seeds", lambda *sides: sides),
        test_results.test_seeds_are_compared_with_the_same_seeds,
    ),
    "all seeds have one order of batches": Mistake(
        planted.one_order_for_all_seeds, test_loop.test_the_seed_decides_the_order
    ),
    "the adapter's start is not seeded": Mistake(
        lambda patch: patch.setattr(adaptation, "seed_everything", lambda seed: None), same_trial_measures_the_same
    ),
    "gradients are not clipped": Mistake(planted.without_clipping, losses_are_those_of_the_transformers_trainer),
    "scoring in the middle of training changes it": Mistake(planted.trace_that_draws, tracing_changes_no_training),
    "items of the middle of training count as final": Mistake(
        lambda patch: patch.setattr(run, "with_role", lambda items, suffix: items),
        traced_items_stand_apart_from_the_final_ones,
    ),
    "chance is not subtracted in retention": Mistake(
        lambda patch: patch.setattr(results, "retention", lambda before, after, chance: after / before),
        test_results.test_retention_is_the_mean_over_tasks_that_had_something_to_lose,
    ),
    "forgetting has the wrong sign": Mistake(
        planted.sign_forgotten, test_results.test_planted_damage_shows_on_its_task_and_no_other, {"damaged": "facts"}
    ),
    "gains are called equal by their estimates alone": Mistake(
        lambda patch: patch.setattr("harness.judge.versus_full._gain_relation", planted.believed),
        test_results.test_unequal_gain_is_never_called_equal_on_few_items,
    ),
}


SLOW = {
    "after is measured with the adapter off",
    "dropout is on while scoring",
    "the adapter's start is not seeded",
    "scoring in the middle of training changes it",
    "items of the middle of training count as final",
}
"""Their checks train for seconds."""


def bound(check: Check, given: Mapping[str, Any], request: pytest.FixtureRequest) -> Callable[[], None]:
    """The check with its fixtures."""
    names = [name for name in inspect.signature(check).parameters if name not in given]
    arguments = {name: request.getfixturevalue(name) for name in names}
    return lambda: check(**given, **arguments)


@pytest.fixture(scope="module")
def sound() -> set[Check]:
    """Checks that were seen to pass on the product as it is."""
    return set()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.release if name in SLOW else ()) for name in MISTAKES]
)
def test_mistake_is_noticed(name: str, request: pytest.FixtureRequest, sound: set[Check]) -> None:
    mistake = MISTAKES[name]
    check = bound(mistake.check, mistake.given, request)
    if mistake.check not in sound:
        check()
        sound.add(mistake.check)
        forget()
    with pytest.MonkeyPatch.context() as patch:
        mistake.plant(patch)
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            check()


def test_forward_that_reads_the_right_place_is_not_taken_for_a_mistake(model: Any, pairs: list[Pair]) -> None:
    """So the misread ones above fail for what they read, not for how they were written."""
    with pytest.MonkeyPatch.context() as patch:
        planted.reading(lambda tokens, width, count: tokens - count)(patch)
        BY_HAND(model, pairs, test_log_likelihood.TOGETHER)
