"""Does a trial's identity change with everything that can change its numbers, and with nothing else?"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import product
from typing import Any

import pytest

from harness.methods import METHODS
from harness.models.quantization import LEVELS
from harness.schema.codec import record_from_dict
from harness.schema.record import Record, Status
from harness.schema.trial import BASE, NO_TRAINING, NUMERICS, SPARING, Source, Trial
from harness.tests.builders import make_trial

TRIAL = make_trial(settings=(("alpha", 16), ("targets", "mlp")))
REPLAY = Source("replay", "e" * 64)
CANDIDATE = Source("mine", "1" * 64)
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


def trial_from_dict(content: dict[str, Any]) -> Trial:
    """As a record holds it."""
    return record_from_dict({**asdict(Record(TRIAL, Status.FAILED, "why")), "trial": content}).trial


def changed(path: tuple[Any, ...]) -> Trial:
    """`TRIAL` with one leaf changed, however deep."""
    content: Any = plain(TRIAL)
    place = content
    for key in path[:-1]:
        place = place[key]
    value = place[path[-1]]
    place[path[-1]] = value + "x" if isinstance(value, str) else not value if isinstance(value, bool) else value + 1
    return trial_from_dict(content)


APART = (("learning_rate_source",), ("replay",), ("candidate",), ("floor",))
"""Leaves that are no part of the digest, or none while they hold nothing."""
LEAVES = [path for path in leaves(plain(TRIAL)) if path not in APART]


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
        pytest.param(replace(TRIAL, replay=REPLAY), id="general text mixed in"),
        pytest.param(replace(TRIAL, candidate=CANDIDATE), id="what was trained elsewhere"),
        pytest.param(replace(TRIAL, scoring=replace(TRIAL.scoring, interpolate=(0.5,))), id="a point between scored"),
        pytest.param(replace(TRIAL, scoring=replace(TRIAL.scoring, trace=10)), id="scores while it trains"),
    ],
)
def test_digest_differs_from_that_of(other: Trial) -> None:
    assert other.digest != TRIAL.digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(replace(TRIAL, replay=REPLAY), replace(TRIAL, replay=replace(REPLAY, sha256="f" * 64)), id="text"),
        pytest.param(
            TRIAL.candidate_arm(CANDIDATE, "none"),
            TRIAL.candidate_arm(replace(CANDIDATE, sha256="2" * 64), "none"),
            id="what was trained elsewhere",
        ),
        pytest.param(
            replace(TRIAL, scoring=replace(TRIAL.scoring, interpolate=(0.5,))),
            replace(TRIAL, scoring=replace(TRIAL.scoring, interpolate=(0.25, 0.5))),
            id="points between",
        ),
    ],
)
def test_digest_changes_with_the_content_of(one: Trial, other: Trial) -> None:
    assert one.digest != other.digest


def test_digest_is_that_of_a_version_without_the_options_that_are_not_used() -> None:
    """As an older version computed it, whose trials had no such fields: its stored records stay found."""
    content = asdict(TRIAL)
    for name in ("learning_rate_source", "replay", "candidate", "floor"):
        del content[name]
    for name in ("interpolate", "trace"):
        del content["scoring"][name]
    for name in SPARING:
        del content["recipe"][name]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert TRIAL.digest == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_record_of_a_version_without_these_options_is_read() -> None:
    content = plain(TRIAL)
    for name in ("replay", "candidate", "floor"):
        del content[name]
    for name in ("interpolate", "trace"):
        del content["scoring"][name]
    for name in SPARING:
        del content["recipe"][name]
    assert trial_from_dict(content) == TRIAL


def test_numerics_of_this_version() -> None:
    """2: batches, losses and probes moved; records of version 1 are measured anew."""
    assert NUMERICS == 2
    assert replace(TRIAL, numerics=NUMERICS).digest != TRIAL.digest


def test_digest_is_blind_to_where_the_learning_rate_came_from() -> None:
    assert replace(TRIAL, learning_rate_source="untuned").digest == TRIAL.digest


def test_digest_is_the_same_in_every_version() -> None:
    assert TRIAL.digest == GOLDEN_DIGEST


WITH_ALL = replace(TRIAL, replay=REPLAY, scoring=replace(TRIAL.scoring, interpolate=(0.25, 1.0), trace=5))


@pytest.mark.parametrize(
    "trial",
    [TRIAL, TRIAL.base_arm(), make_trial("full", None), WITH_ALL, TRIAL.candidate_arm(CANDIDATE, "nf4")],
    ids=["one", "base", "full", "all options", "candidate"],
)
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
    with pytest.raises(ValueError, match=f"{path[-1]} (is )?missing"):
        trial_from_dict(content)


def test_unknown_field_is_refused() -> None:
    with pytest.raises(ValueError, match="surprise"):
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
        (make_trial().candidate_arm(CANDIDATE, "none"), "poems-candidate"),
        (make_trial().candidate_arm(CANDIDATE, "nf4"), "poems-candidate-nf4"),
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
        WITH_ALL,
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
    assert base.is_base
    assert TRIAL.trains
    assert not TRIAL.is_base


@pytest.mark.parametrize(
    ("floor", "name", "trains"),
    [
        (TRIAL.majority_floor(), "poems-majority", False),
        (TRIAL.shuffled_floor(9), "poems-shuffled-answers-s9", True),
    ],
    ids=["majority", "shuffled answers"],
)
def test_a_floor_is_no_arm_and_another_trial_than_what_it_was_made_from(floor: Trial, name: str, trains: bool) -> None:
    assert (floor.id, floor.trains, floor.is_base, floor.general) == (name, trains, True, ())
    assert floor.digest not in {TRIAL.digest, replace(floor, floor=None).digest, TRIAL.base_arm("none").digest}
    assert floor.base_arm().floor is None


def test_prompting_trains_nothing_and_is_no_base_arm() -> None:
    trial = make_trial("few-shot", 8, recipe=NO_TRAINING, learning_rate=None)
    assert (trial.trains, trial.is_base) == (False, False)
    assert trial.id == "poems-few-shot-r8-s0"
    assert trial.base_arm().digest == TRIAL.base_arm().digest


def test_candidate_trains_nothing_here_and_is_measured_against_the_same_base() -> None:
    trial = WITH_ALL.candidate_arm(CANDIDATE, "nf4")
    assert (trial.trains, trial.is_base, trial.seed, trial.rank, trial.learning_rate) == (
        False,
        False,
        None,
        None,
        None,
    )
    assert (trial.learning_rate_source, trial.recipe) == ("elsewhere", NO_TRAINING)
    assert trial.base_arm() == TRIAL.base_arm("nf4")
