"""Does a trial learn from the batches and by the loss that its settings ask for?"""

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
import torch

from harness.data.objectives import Sequence
from harness.data.tasks.replay import SHIPPED, ReplayText, load_replay
from harness.methods import training_method
from harness.models.base import checksum
from harness.run.context import Context, cached_replay, seed_everything
from harness.run.cost.probes import weight_bytes
from harness.run.training.ingredients import (
    TrainingData,
    TrainingPlan,
    make_teacher,
    mixed,
    plan_training,
    run_training,
)
from harness.run.training.losses import divergence, on_device
from harness.schema.errors import UserError
from harness.schema.record import Status
from harness.schema.trial import Setting, Source, Trial
from harness.tests.builders import RECIPE, context_of, measure, real_trial

OWN = [Sequence([number], [number]) for number in range(12)]
REPLAYED = [Sequence([number], [number], replayed=True) for number in range(100, 107)]


def data(own: list[Sequence] = OWN, replayed: list[Sequence] = REPLAYED) -> TrainingData:
    return TrainingData(own, replayed, 0, lambda: pytest.fail("no second base is needed"))


def plan_of(batch_size: int, method: str = "lora", **settings: Setting) -> TrainingPlan:
    trial = real_trial(method, 4, settings=tuple(settings.items()), recipe=replace(RECIPE, batch_size=batch_size))
    return plan_training(trial, training_method(method), None, data(), None)


@pytest.mark.parametrize(
    ("size", "share", "replayed"),
    [
        (4, 0.25, 1),
        (4, 0.5, 2),
        (8, 0.25, 2),
        (8, 0.1, 1),
        (8, 0.01, 1),
        (8, 0.3, 2),
        (8, 0.35, 3),
        (2, 0.5, 1),
        (2, 0.01, 1),
        (2, 0.99, 1),
        (4, 0.99, 3),
    ],
)
def test_batch_holds_so_many_replayed_sequences(size: int, share: float, replayed: int) -> None:
    """The nearest number to the share, with at least one of each kind."""
    plan = plan_of(size, replay=share)
    for batch in [*islice(plan.batches(), 12), plan.probe_batch]:
        assert len(batch) == size
        assert sum(one.replayed for one in batch) == replayed


def test_batches_without_replay_hold_none() -> None:
    plan = plan_of(4)
    assert not any(one.replayed for batch in islice(plan.batches(), 12) for one in batch)
    assert plan.probe_batch == OWN[:4]
    assert plan.other_weight_bytes == 0


def test_replay_needs_room_for_both_kinds() -> None:
    with pytest.raises(UserError, match="batch_size of at least 2"):
        plan_of(1, replay=0.5)
    assert len(next(plan_of(1).batches())) == 1


def test_both_kinds_are_drawn_epoch_by_epoch() -> None:
    def drawn(seed: int) -> list[int]:
        return [one.input_ids[0] for batch in islice(mixed(data(), 4, 1, seed), 28) for one in batch]

    counts = Counter(drawn(0))
    assert {counts[one.input_ids[0]] for one in REPLAYED} == {4}
    assert {counts[one.input_ids[0]] for one in OWN} == {7}
    assert drawn(0) == drawn(0) != drawn(1)


def test_own_sequences_come_in_the_order_of_their_smaller_batches() -> None:
    """So a trial with replay sees the target in the same order as one with that batch size and none."""
    plain = islice(plan_of(3).batches(), 9)
    own = [[one for one in batch if not one.replayed] for batch in islice(plan_of(4, replay=0.25).batches(), 9)]
    assert own == list(plain)


def replay_text(documents: int = 40) -> ReplayText:
    text = load_replay(SHIPPED)
    return replace(text, documents=text.documents[:documents])


def replaying(method: str, rank: int | None = None, share: float = 0.25, **changes: Any) -> Trial:
    text = replay_text()
    settings = (("replay", share),)
    return real_trial(method, rank, settings=settings, replay=Source(text.name, text.sha256), **changes)


@pytest.mark.trains
@pytest.mark.parametrize(("method", "rank"), [("lora", 4), ("full", None), ("prompt-tuning", 4), ("distill", None)])
def test_trial_with_replay_keeps_its_promises(method: str, rank: int | None) -> None:
    record = measure(replaying(method, rank, learning_rate=1e-3), replay=replay_text()).record
    assert record.status is Status.COMPLETED, record.reason
    assert [promise for promise in record.promises if promise.held is False] == []


def test_replayed_text_is_packed_and_marked() -> None:
    context = context_of(replaying("lora", 4), replay=replay_text())
    assert all(one.replayed for one in context.replayed)
    assert {len(one.input_ids) for one in context.replayed[:-1]} == {RECIPE.max_length}
    assert context.replayed == cached_replay(context.inputs.base, replay_text(), RECIPE.max_length)
    assert context_of(real_trial("lora", 4), replay=replay_text()).replayed == []
    assert not any(one.replayed for one in context.sequences)


@pytest.mark.trains
def test_replay_changes_what_is_learned() -> None:
    plain = measure(real_trial("lora", 4, learning_rate=1e-3)).record
    mixed_in = measure(replaying("lora", 4, learning_rate=1e-3), replay=replay_text()).record
    assert plain.loss_curve != mixed_in.loss_curve


def prepared(trial: Trial) -> tuple[Context, Any, TrainingPlan]:
    """What a trial trains and how, before the first step."""
    torch.set_num_threads(1)
    context, method = context_of(trial), training_method(trial.method)
    seed_everything(0)
    loads = TrainingData.of(context)
    model = method.adapt(context.load(), trial)
    return context, model, plan_training(trial, method, model, loads, None)


@pytest.mark.trains
@pytest.mark.parametrize(
    ("method", "rank", "second"),
    [
        ("full", None, True),
        ("top-layers", None, True),
        ("pissa", 4, True),
        ("lora", 4, False),
        ("prompt-tuning", 4, False),
        ("ia3", None, False),
    ],
)
def test_divergence_needs_a_second_base_only_where_the_model_cannot_be_switched_off(
    method: str, rank: int | None, second: bool
) -> None:
    context, _, plan = prepared(real_trial(method, rank, settings=(("kl", 1.0),)))
    assert plan.other_weight_bytes == (weight_bytes(context.load()) if second else 0)


@pytest.mark.trains
def test_second_base_counts_as_weights_in_memory() -> None:
    plain, held = (
        measure(real_trial("full", learning_rate=1e-4, settings=settings)).record.cost
        for settings in ((), (("kl", 1.0),))
    )
    assert plain.weight_bytes is not None
    assert plain.peak_memory_bytes is not None
    assert held.peak_memory_bytes is not None
    assert held.weight_bytes == 2 * plain.weight_bytes
    assert held.peak_memory_bytes > plain.peak_memory_bytes + plain.weight_bytes


@pytest.mark.trains
@pytest.mark.parametrize(("method", "rank"), [("full", None), ("lora", 4)])
def test_untrained_model_diverges_by_nothing(method: str, rank: int | None) -> None:
    _, model, held = prepared(real_trial(method, rank, settings=(("kl", 1e3),)))
    _, _, plain = prepared(real_trial(method, rank))
    with torch.no_grad():
        nats = [float(one.loss(model, one.probe_batch)) for one in (held, plain)]
    assert nats[0] == pytest.approx(nats[1], abs=1e-3)


@pytest.mark.trains
@pytest.mark.parametrize(("method", "rank", "rate"), [("full", None, 1e-3), ("lora", 4, 1e-2), ("pissa", 4, 1e-3)])
def test_divergence_pulls_the_model_back(method: str, rank: int | None, rate: float) -> None:
    def trained(settings: tuple[tuple[str, Setting], ...]) -> float:
        """How far a few steps have moved the model from the base, in nats on the test items."""
        trial = real_trial(
            method, rank, settings=settings, learning_rate=rate, recipe=replace(RECIPE, steps=8, warmup_steps=0)
        )
        context, model, plan = prepared(trial)
        run_training(trial, training_method(method), model, plan)
        inputs = on_device(model, context.sequences[:8], context.pad_id)
        ids = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        with torch.no_grad():
            return float(divergence(context.load()(**ids).logits, model(**ids).logits, ids["attention_mask"]))

    free, held = trained(()), trained((("kl", 50.0),))
    assert free > 0.05
    assert held < free / 2


@pytest.mark.trains
@pytest.mark.parametrize("settings", [(("kl", 0.1),), (("kl", 0.1), ("replay", 0.25))], ids=["kl", "kl and replay"])
@pytest.mark.parametrize(("method", "rank"), [("full", None), ("lora", 4), ("prompt-tuning", 4), ("pissa", 4)])
def test_trial_held_to_the_base_keeps_its_promises(
    method: str, rank: int | None, settings: tuple[tuple[str, Setting], ...]
) -> None:
    text = replay_text()
    source = Source(text.name, text.sha256) if len(settings) > 1 else None
    trial = real_trial(method, rank, settings=settings, learning_rate=1e-3, replay=source)
    record = measure(trial, replay=text).record
    assert record.status is Status.COMPLETED, record.reason
    assert [promise for promise in record.promises if promise.held is False] == []


def taught(**settings: Setting) -> tuple[Context, Any, Any]:
    """A context, the base as it was loaded, and the teacher that it became or is."""
    torch.set_num_threads(1)
    trial = real_trial("distill", settings=tuple(settings.items()), learning_rate=1e-3)
    context = context_of(trial)
    base = context.load()
    loads = TrainingData.of(context)
    return context, base, make_teacher(trial, training_method("distill"), base, loads)


@pytest.mark.trains
def test_teacher_is_the_base_where_that_is_asked_for() -> None:
    context, base, teacher = taught(teacher="base")
    assert teacher is base
    assert checksum(teacher) == checksum(context.load())


@pytest.mark.trains
def test_teacher_is_fine_tuned_first_as_the_full_arm_is() -> None:
    context, _, teacher = taught()
    trial = real_trial("full", learning_rate=1e-3)
    _, model, plan = prepared(trial)
    run_training(trial, training_method("full"), model, plan)
    assert checksum(teacher) == checksum(model) != checksum(context.load())
    assert not any(parameter.requires_grad for parameter in teacher.parameters())


@pytest.mark.trains
def test_teacher_learns_without_the_settings_of_its_student() -> None:
    """Replay is the student's; the teacher is the plain full arm, whose data here has no general text at all."""
    _, _, teacher = taught(replay=0.25)
    assert checksum(teacher) == checksum(taught()[2])


def test_methods_without_a_teacher_have_none() -> None:
    assert make_teacher(real_trial("lora", 4), training_method("lora"), None, data()) is None


def test_unknown_teacher_is_refused(model: Any) -> None:
    with pytest.raises(UserError, match=r"teacher 'fine_tuned' is not known\. Did you mean 'fine-tuned'"):
        training_method("distill").check(model, real_trial("distill", settings=(("teacher", "fine_tuned"),)))
