"""Whose noise is taken: that of the same arms, of similar ones, or the prior's? Is the prior what it says it is?"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.judge.stored_noise import FORGETTING, GAIN, NATS, Both, Known, Origin, StoredNoise, Whose, prior_of
from harness.schema.measured import GENERAL, TARGET, Measured
from harness.schema.record import Status
from harness.schema.trial import RateSource, Source, Trial
from harness.store.runs import find_baseline
from harness.tests.builders import RECIPE, ended, make_measured, make_trial

ITEMS = 60
LORA, FULL = make_trial("lora", 4), make_trial("full", None)
POEMS = [LORA.target.name]


def stored(*trials: Trial, seed: int = 0) -> list[Measured]:
    """What these measured, by chance, and their base arms."""
    rng = np.random.default_rng(seed)

    def scored(trial: Trial) -> Measured:
        right = rng.random((3, ITEMS)) < 0.7
        target, facts, chat = right.astype(float).tolist()
        return make_measured(trial, target, {"facts": facts, "chat": chat})

    bases = {one.base_arm().digest: one.base_arm() for one in trials}
    return [scored(one) for one in (*bases.values(), *trials)]


def seeds(trial: Trial, count: int) -> list[Trial]:
    return [replace(trial, seed=seed) for seed in range(count)]


def known(measured: Sequence[Measured], asked: Sequence[Trial] = (LORA, FULL), role: str = TARGET) -> Known:
    tasks = POEMS if role == TARGET else ["facts", "chat"]
    return StoredNoise(measured, asked, "exact_match").one_arm(role, tasks)


def test_an_empty_store_leaves_the_prior() -> None:
    found = known([])
    assert (found.items, found.seeds, found.steadied) == (Origin(Whose.PRIOR), Origin(Whose.PRIOR), None)
    assert found.noise == prior_of("exact_match").one
    assert found.noise.right_or_wrong


@pytest.mark.parametrize("role", [TARGET, GENERAL])
def test_the_same_arms_come_first(role: str) -> None:
    other = make_trial("lora", 64)
    found = known(stored(*seeds(LORA, 3), *seeds(FULL, 3), *seeds(other, 3)), role=role)
    assert found.items == found.seeds == Origin(Whose.SAME, arms=2, trainings=6)
    assert found.steadied is None
    assert 0.02 < found.noise.on("facts").alone < 0.5


def test_few_seeds_of_the_same_arms_are_steadied_by_similar_ones() -> None:
    found = known(stored(*seeds(LORA, 2), *seeds(make_trial("lora", 64), 4)))
    assert found.seeds == Origin(Whose.SAME, arms=1, trainings=2)
    if found.noise.seeds:
        assert found.steadied == Origin(Whose.SIMILAR, arms=2, trainings=6)


def test_similar_arms_come_next_from_the_same_target_first() -> None:
    here, there = make_trial("lora", 64), make_trial("lora", 64, target=Source("other", "e" * 64))
    assert known(stored(*seeds(here, 3), *seeds(there, 3))).items == Origin(Whose.SIMILAR, arms=1, trainings=3)
    assert known(stored(*seeds(there, 3))).items == Origin(Whose.SIMILAR, arms=1, trainings=3)


def test_data_that_were_edited_since_are_still_the_same_target() -> None:
    edited = [replace(one, target=Source(one.target.name, "9" * 64)) for one in seeds(LORA, 3)]
    assert known(stored(*edited)).items == Origin(Whose.SAME, arms=1, trainings=3)


def test_one_seed_tells_items_and_the_prior_tells_seeds() -> None:
    found = known(stored(LORA))
    assert (found.items, found.seeds) == (Origin(Whose.SAME, arms=1, trainings=1), Origin(Whose.PRIOR))
    assert found.noise.seeds == GAIN.one.seeds


UNLIKE = {
    "another base": {"base": Source("other", "f" * 64)},
    "another recipe": {"recipe": replace(RECIPE, steps=5)},
    "a sweep": {"learning_rate_source": RateSource.SWEPT},
    "a floor": {"floor": "shuffled-answers"},
}


@pytest.mark.parametrize("changes", UNLIKE.values(), ids=UNLIKE)
def test_what_is_not_alike_is_left_out(changes: dict[str, object]) -> None:
    measured = stored(*(replace(one, **changes) for one in seeds(LORA, 3)))  # type: ignore[arg-type]
    assert known(measured).items == Origin(Whose.PRIOR)


def test_what_did_not_complete_and_what_has_no_base_are_left_out() -> None:
    assert known([ended(LORA, Status.FAILED)]).items == Origin(Whose.PRIOR)
    assert known([one for one in stored(LORA) if not one.trial.is_base]).items == Origin(Whose.PRIOR)


def test_two_arms_are_paired_where_they_are_stored() -> None:
    both = StoredNoise(stored(*seeds(LORA, 3), *seeds(FULL, 3)), [LORA, FULL], "exact_match")
    found = both.two_arms(TARGET, POEMS)
    assert found.items == Origin(Whose.SAME, arms=1, trainings=3)
    one = both.one_arm(TARGET, POEMS)
    assert found.noise.on("poems").alone > 1.3 * one.noise.on("poems").alone


def test_two_arms_are_as_one_and_the_prior_say_where_only_one_is_stored() -> None:
    alone = StoredNoise(stored(*seeds(LORA, 3)), [LORA, FULL], "exact_match")
    one, two = alone.one_arm(TARGET, POEMS), alone.two_arms(TARGET, POEMS)
    assert two.items == one.items
    assert two.noise.on("poems").alone == pytest.approx(2 * one.noise.on("poems").alone)


def test_arms_of_other_items_are_never_paired() -> None:
    few = replace(FULL, scoring=replace(FULL.scoring, max_items=4))
    measured = [*stored(*seeds(LORA, 2)), make_measured(few.base_arm(), [0.0] * 4), make_measured(few, [1.0, 0.0] * 2)]
    assert StoredNoise(measured, [LORA, FULL], "exact_match").two_arms(TARGET, POEMS).items.arms > 0


def figures(one: Known) -> Iterator[float]:
    tasks = one.noise.tasks.values()
    yield float(np.mean([task.lasting for task in tasks]))
    yield float(np.mean([task.alone for task in tasks]))
    yield float(one.noise.seeds or 0.0) ** 0.5


def as_nats(one: Measured) -> Measured:
    """The same answers, judged by their likelihood."""
    assert one.record.target is not None
    target = replace(one.record.target, metric="nll_per_token", higher_is_better=False)
    return Measured(replace(one.record, target=target), one.items.assign(score=one.items["nll"]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "metric", "prior"),
    [(TARGET, "exact_match", GAIN), (GENERAL, "exact_match", FORGETTING), (TARGET, "nll_per_token", NATS)],
    ids=["gain", "forgetting", "gain in nats"],
)
def test_prior_is_what_the_shipped_baseline_shows(role: str, metric: str, prior: Both) -> None:
    """To a factor of two, in standard deviations."""
    measured = [one for one in find_baseline("embedded").measured if one.completed]
    measured = [as_nats(one) for one in measured] if metric == "nll_per_token" else measured
    arms = [one.trial for one in measured if one.trial.trains and one.trial.floor is None]
    assert len(arms) == 32
    noise = StoredNoise(measured, arms, metric)
    tasks = [arms[0].target.name] if role == TARGET else [source.name for source in arms[0].general]
    for found, said in ((noise.one_arm(role, tasks), prior.one), (noise.two_arms(role, tasks), prior.two)):
        taken = Known(said, Origin(Whose.PRIOR), Origin(Whose.PRIOR))
        assert found.items.whose is Whose.SAME
        for real, stated in zip(figures(found), figures(taken), strict=True):
            assert 0.5 < real / stated < 2
