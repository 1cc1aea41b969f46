"""Does a trial's identity change with everything that can change its numbers, and with nothing else?"""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import product
from typing import Any

import pytest

from harness.methods import METHODS
from harness.quantization import LEVELS
from harness.tests.builders import make_trial
from harness.trial import BASE, NO_TRAINING, Trial, trial_from_dict

TRIAL = make_trial(settings=(("alpha", 16), ("targets", "mlp")))
GOLDEN_DIGEST = "6944b01fe0768c93"
"""Of `TRIAL`. Another value means that every stored record of every user is lost: raise NUMERICS instead."""


def leaves(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(content, (dict, list)):
        entries = content.items() if isinstance(content, dict) else enumerate(content)
        for key, value in entries:
            yield from leaves(value, (*path, key))
    else:
        yield path


def plain(trial: Trial) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(json.dumps(asdict(trial)))
    return content


def changed(path: tuple[Any, ...]) -> Trial:
    """`TRIAL` with one leaf changed, however deep."""
    content: Any = plain(TRIAL)
    place = content
    for key in path[:-1]:
        place = place[key]
    value = place[path[-1]]
    place[path[-1]] = value + "x" if isinstance(value, str) else value + 1
    return trial_from_dict(content)


LEAVES = [path for path in leaves(plain(TRIAL)) if path != ("learning_rate_source",)]


@pytest.mark.parametrize("path", LEAVES, ids=[".".join(map(str, path)) for path in LEAVES])
def test_digest_changes_with(path: tuple[Any, ...]) -> None:
    assert changed(path).digest != TRIAL.digest


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(TRIAL, general=TRIAL.general[:1]), id="a general task less"),
        pytest.param(replace(TRIAL, general=TRIAL.general[::-1]), id="general tasks in another order"),
        pytest.param(replace(TRIAL, settings=()), id="no settings"),
        pytest.param(replace(TRIAL, rank=None), id="no rank"),
        pytest.param(replace(TRIAL, seed=None), id="no seed"),
        pytest.param(TRIAL.base_arm(), id="its base arm"),
    ],
)
def test_digest_differs_from_that_of(other: Trial) -> None:
    assert other.digest != TRIAL.digest


def test_digest_is_blind_to_where_the_learning_rate_came_from() -> None:
    assert replace(TRIAL, learning_rate_source="untuned").digest == TRIAL.digest


def test_digest_is_the_same_in_every_version() -> None:
    assert TRIAL.digest == GOLDEN_DIGEST


@pytest.mark.parametrize("trial", [TRIAL, TRIAL.base_arm(), make_trial("full", None)], ids=lambda trial: trial.id)
def test_round_trip_through_json(trial: Trial) -> None:
    again = trial_from_dict(plain(trial))
    assert again == trial
    assert again.digest == trial.digest


@pytest.mark.parametrize(
    "path", [path[:1] for path in LEAVES] + [("recipe", "dtype"), ("base", "sha256"), ("platform", "threads")], ids=str
)
def test_missing_field_is_refused(path: tuple[str, ...]) -> None:
    content: Any = plain(TRIAL)
    place = content if len(path) == 1 else content[path[0]]
    del place[path[-1]]
    with pytest.raises((KeyError, TypeError)):
        trial_from_dict(content)


def test_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match="surprise"):
        trial_from_dict({**plain(TRIAL), "surprise": 1})


@pytest.mark.parametrize(
    ("trial", "name"),
    [
        (make_trial("full", None), "poems-full-s0"),
        (make_trial("lora", 16, seed=7), "poems-lora-r16-s7"),
        (make_trial("lora", 16, quantization="nf4"), "poems-lora-r16-nf4-s0"),
        (make_trial(settings=(("alpha", 16),)), "poems-lora-r4-alpha=16-s0"),
        (make_trial().base_arm(), "poems-base"),
        (make_trial().base_arm("nf4"), "poems-base-nf4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_id_reads_as(trial: Trial, name: str) -> None:
    assert trial.id == name


def test_ids_and_arms_are_unique_where_trials_differ() -> None:
    methods, levels = [method.name for method in METHODS], [level.name for level in LEVELS]
    settings: tuple[Any, ...] = ((), (("alpha", 1),), (("alpha", 1.5),), (("dropout", 1),))
    arms = [
        make_trial(method, rank, quantization=level, settings=given)
        for method, rank, level, given in product(methods, (None, 1, 16), levels, settings)
    ]
    assert len({trial.arm for trial in arms}) == len(arms)
    trials = [replace(trial, seed=seed) for trial in arms for seed in (0, 1, 11)]
    assert len({trial.id for trial in trials}) == len(trials)


def test_trials_that_differ_only_in_training_share_a_base_arm() -> None:
    others = [
        make_trial("full", None, seed=3),
        make_trial(learning_rate=1.0, learning_rate_source="given"),
        make_trial(settings=(("alpha", 1),)),
        make_trial(recipe=replace(TRIAL.recipe, steps=99)),
    ]
    assert {trial.base_arm().digest for trial in [TRIAL, *others]} == {TRIAL.base_arm().digest}


@pytest.mark.parametrize(
    "changes",
    [{"quantization": "nf4"}, {"scoring": replace(TRIAL.scoring, max_items=9)}, {"general": ()}],
    ids=["quantization", "scoring", "general tasks"],
)
def test_base_arm_changes_with(changes: dict[str, Any]) -> None:
    assert replace(TRIAL, **changes).base_arm().digest != TRIAL.base_arm().digest


def test_base_arm_trains_nothing_and_is_its_own_base_arm() -> None:
    base = TRIAL.base_arm("int8")
    assert (base.method, base.recipe, base.quantization, base.trains) == (BASE, NO_TRAINING, "int8", False)
    assert base.base_arm() == base
    assert TRIAL.trains
