"""Are the trials of a profile planned once each, with their base arms, and only what is missing run?"""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.data.tasks.general import TextItem, find_general_tasks, load_general
from harness.data.tasks.target import targets_of_the_embedded
from harness.methods import all_names, method_named
from harness.plan.expand import at_accepted_rates, expand, ladder, on_the_ladder
from harness.plan.job import Workload
from harness.plan.learning_rates import Tried, Tuned
from harness.plan.profile import ArmRequest, Overrides, Profile, load_profile, override
from harness.schema.errors import UserError
from harness.schema.paths import FIXTURES
from harness.schema.trial import NO_TRAINING, NUMERICS, RateSource, Source, Trial
from harness.tests.builders import PLATFORM, RECIPE, SCORING, embedded
from harness.tests.lm_eval_files import choice_rows, write_task
from harness.tests.plan.test_profile import GOOD

PROFILE = Profile("own", "embedded", ("poems",), ("facts",), (ArmRequest("lora", (4,)),), (0, 1), RECIPE, SCORING)


def work(*arms: ArmRequest, tuned: tuple[Tuned, ...] = (), **changes: Any) -> Workload:
    return expand(replace(PROFILE, arms=arms or PROFILE.arms, **changes), PLATFORM, tuned)


def ids(trials: tuple[Trial, ...] | list[Trial]) -> list[str]:
    return [trial.id for trial in trials]


LORA_16 = ArmRequest("lora", (16,), ("none", "nf4"))


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        pytest.param([ArmRequest("full")], ["poems-full-s0", "poems-full-s1"], id="seeds"),
        pytest.param([ArmRequest("full", (1, 4))], ["poems-full-s0", "poems-full-s1"], id="no ranks where none are"),
        pytest.param(
            [LORA_16],
            ["poems-lora-r16-s0", "poems-lora-r16-s1", "poems-lora-r16-nf4-s0", "poems-lora-r16-nf4-s1"],
            id="levels times seeds",
        ),
        pytest.param(
            [ArmRequest("lora", (4,)), ArmRequest("lora", (4,))],
            ["poems-lora-r4-s0", "poems-lora-r4-s1"],
            id="equal arms once",
        ),
        pytest.param(
            [ArmRequest("full"), ArmRequest("base")], ["poems-base", "poems-full-s0", "poems-full-s1"], id="base first"
        ),
        pytest.param([ArmRequest("lora")], ["poems-lora-r8-s0", "poems-lora-r8-s1"], id="rank 8 where none is named"),
        pytest.param(
            [ArmRequest("fourierft")], ["poems-fourierft-r1000-s0", "poems-fourierft-r1000-s1"], id="or its own size"
        ),
        pytest.param([ArmRequest("zero-shot")], ["poems-zero-shot"], id="one trial of what has no seed"),
        pytest.param(
            [ArmRequest("retrieval", (1, 4))], ["poems-retrieval-r1", "poems-retrieval-r4"], id="one for each number"
        ),
        pytest.param(
            [ArmRequest("few-shot", (2,), ("none", "int8"))],
            ["poems-few-shot-r2-s0", "poems-few-shot-r2-s1", "poems-few-shot-r2-int8-s0", "poems-few-shot-r2-int8-s1"],
            id="seeds of what draws examples",
        ),
        pytest.param(
            [ArmRequest("lora", (4,), settings={"layers": -2, "alpha": 32})],
            ["poems-lora-r4-layers=-2-s0", "poems-lora-r4-layers=-2-s1"],
            id="settings that are no defaults",
        ),
    ],
)
def test_profile_expands_to(arms: list[ArmRequest], expected: list[str]) -> None:
    assert ids(work(*arms).trials) == expected


def test_all_targets_are_crossed_with_all_arms() -> None:
    workload = work(targets=("poems", "code"))
    assert ids(workload.trials) == [f"{target}-lora-r4-s{seed}" for target in ("poems", "code") for seed in (0, 1)]
    assert {workload.job(trial).inputs.target.name for trial in workload.trials} == {"poems", "code"}


def test_trials_carry_recipe_scoring_and_content() -> None:
    (first, _) = work().trials
    assert (first.recipe, first.scoring, first.platform, first.base) == (RECIPE, SCORING, PLATFORM, embedded().source)
    assert len(first.target.sha256) == len(first.general[0].sha256) == 64
    assert first.numerics == NUMERICS


def test_prompting_carries_neither_recipe_nor_rate() -> None:
    (first, *_) = work(ArmRequest("few-shot"), interpolate=(0.5,), trace=5).trials
    assert (first.recipe, first.learning_rate, first.learning_rate_source) == (NO_TRAINING, None, "none")
    assert first.scoring == SCORING
    assert first.rank == 8


def test_what_is_scored_beside_is_part_of_trials_that_train() -> None:
    workload = work(ArmRequest("lora", (4,)), ArmRequest("base"), interpolate=(0.5,), trace=5)
    scored = {trial.is_base: (trial.scoring.interpolate, trial.scoring.trace) for trial in workload.trials}
    assert scored == {True: ((), 0), False: ((0.5,), 5)}


def test_all_methods_make_a_trial_or_a_reason() -> None:
    """As `--methods all` asks for them, on the smallest level too."""
    workload = work(*(ArmRequest(name, None, ("none", "nf4")) for name in all_names()), seeds=(0,))
    assert {trial.method for trial in workload.trials} == set(all_names())
    possible = {trial.method for trial in workload.trials if trial.digest not in workload.unsupported}
    assert set(all_names()) - possible == {"peft:lily", "peft:xlora"}
    plain = [trial for trial in workload.trials if trial.quantization == "none" and trial.method in possible]
    assert {method_named(trial.method).cannot(trial) for trial in plain} == {None}


def write_text(path: Path, *texts: str) -> str:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return str(path)


REPLAYING = ArmRequest("lora", (4,), settings={"replay": 0.25})


def test_replay_belongs_to_the_arms_that_mix_it_in(tmp_path: Path) -> None:
    arms = (REPLAYING, ArmRequest("full"), ArmRequest("lora", (4,), settings={"replay": 0.0}), ArmRequest("few-shot"))
    workload = work(*arms, replay=write_text(tmp_path / "own.jsonl", "a b c", "d e f"))
    sources = {trial.arm: trial.replay for trial in workload.trials}
    assert {arm for arm, source in sources.items() if source is not None} == {"lora-r4-replay=0.25"}
    source = sources["lora-r4-replay=0.25"]
    assert source is not None
    assert source.name == "own"
    mixed_in = {trial.arm: workload.job(trial).inputs.replay for trial in workload.trials}
    assert {arm for arm, text in mixed_in.items() if text is not None} == {"lora-r4-replay=0.25"}


def test_replayed_text_is_part_of_the_trial(tmp_path: Path) -> None:
    digests = {
        work(REPLAYING, replay=write_text(tmp_path / "own.jsonl", *texts)).trials[0].digest
        for texts in (("a b c",), ("a b d",), ("a b c",))
    }
    assert len(digests) == 2


def test_embedded_model_comes_with_text_to_replay() -> None:
    workload = work(REPLAYING)
    assert workload.replay is not None
    assert workload.replay.name == "replay"
    assert work(ArmRequest("full")).replay is None


@pytest.mark.slow
def test_other_models_come_without_text_to_replay(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "model", tmp_path / "model")
    changes: dict[str, Any] = {"base_model": str(tmp_path / "model"), "recipe": replace(RECIPE, max_length=64)}
    with pytest.raises(UserError, match=r"none ships for this base model.*--replay FILE"):
        work(REPLAYING, **changes)
    assert work(REPLAYING, **changes, replay=write_text(tmp_path / "own.jsonl", "a b c")).replay is not None
    assert work(ArmRequest("full"), **changes).replay is None


def test_text_that_is_held_out_is_not_replayed(tmp_path: Path) -> None:
    held = load_general(find_general_tasks("text")[0]).items[0]
    assert isinstance(held, TextItem)
    path = write_text(tmp_path / "own.jsonl", "a b c", held.text)
    with pytest.raises(UserError, match=rf"holds 1 held-out item, such as '{held.id}' of the general task 'text'"):
        work(REPLAYING, replay=path, general=("facts", "text"))
    assert work(REPLAYING, replay=path, general=("facts",)).replay is not None


def test_text_that_no_arm_mixes_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--replay gives general text, but no arm mixes any in"):
        work(ArmRequest("lora"), replay=write_text(tmp_path / "own.jsonl", "a"))


def test_settings_are_tried_on_the_base_before_anything_runs() -> None:
    with pytest.raises(UserError, match="names no blocks of this base model, which has 5"):
        work(ArmRequest("lora", settings={"layers": "7"}))
    with pytest.raises(UserError, match=r"top-layers: blocks is 5.*Allowed: 1 to 4"):
        work(ArmRequest("top-layers", settings={"blocks": 5}))


def test_ladder_is_full_and_lora_on_every_target_that_ships() -> None:
    profile = ladder(replace(PROFILE, arms=(ArmRequest("ia3"), ArmRequest("lora", (4,), ("nf4",)))))
    trials = expand(profile, PLATFORM, ()).trials
    arms = [(arm, seed) for arm in ("full", "lora-r16") for seed in (0, 1)]
    expected = [(target, *arm) for target in targets_of_the_embedded() for arm in arms]
    assert [(trial.target.name, trial.arm, trial.seed) for trial in trials] == expected
    assert all(on_the_ladder(trial) for trial in trials)
    assert (profile.general, profile.recipe, profile.seeds) == (PROFILE.general, PROFILE.recipe, PROFILE.seeds)


@pytest.mark.parametrize(
    ("arm", "on"),
    [
        (ArmRequest("full"), True),
        (ArmRequest("lora", (4,), ("nf4",)), True),
        (ArmRequest("lora", (4,), settings={"alpha": 8}), False),
        (ArmRequest("dora"), False),
        (ArmRequest("base"), False),
    ],
)
def test_trial_is_on_the_ladder(arm: ArmRequest, on: bool) -> None:
    trial = work(arm).trials[0]
    assert on_the_ladder(trial) is on
    assert not on_the_ladder(replace(trial, target=replace(trial.target, name="own")))


def test_impossible_trials_are_kept_with_their_reason() -> None:
    workload = work(ArmRequest("full", None, ("none", "nf4")))
    impossible = [trial for trial in workload.trials if trial.digest in workload.unsupported]
    assert {trial.quantization for trial in impossible} == {"nf4"}
    assert all("trains the base's own weights" in reason for reason in workload.unsupported.values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"arms": (ArmRequest("lorra"),)}, "Did you mean 'lora'", id="an unknown method"),
        pytest.param({"arms": (ArmRequest("lora", (4,), ("nf5",)),)}, "'nf5' is not known", id="an unknown level"),
        pytest.param({"arms": (ArmRequest("lora", settings={"a": 1}),)}, "lora: 'a' is not known", id="a setting"),
        pytest.param({"targets": ("poem",)}, "Did you mean 'poems'", id="an unknown target"),
        pytest.param({"targets": ()}, "No target task", id="no target"),
        pytest.param({"base_model": "/nowhere"}, "no such model directory", id="no model"),
        pytest.param({"general": ("facts", "facts.jsonl")}, "'facts.jsonl' is not known", id="a missing file"),
        pytest.param(
            {"arms": (ArmRequest("full", None, ("nf4",)),), "asked": ("full",)},
            "--methods full cannot be run as asked",
            id="nothing that was asked for can be",
        ),
        pytest.param(
            {"learning_rates": {"lorra": 1e-3}},
            "Did you mean 'lora'",
            id="a rate for an unknown method",
        ),
    ],
)
def test_profile_is_refused_for(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        expand(replace(PROFILE, **changes), PLATFORM, ())
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "options", "said"),
    [
        ('method = "lora"', 'method = "lorra"', Overrides(), "{profile}: arms[1].method 'lorra' is not known. Did you"),
        (
            'method = "lora"',
            'method = "lorra"',
            Overrides(ranks=(2,)),
            "{profile}: arms[1].method 'lorra' is not known",
        ),
        ("", "", Overrides(methods=(ArmRequest("lorra"),)), "--methods: method 'lorra' is not known. Did you"),
        (
            "",
            "[learning_rates]\nlorra = 1\n",
            Overrides(methods=(ArmRequest("full"),)),
            "{profile}: learning_rates 'l",
        ),
        ("ranks = [4]", 'quantization = ["nf5"]', Overrides(), "{profile}: arms[1].quantization 'nf5' is not known"),
        ("", "", Overrides(quantization=("nf5",)), "--quantization 'nf5' is not known"),
        ('["poems"]', '["poem"]', Overrides(), "{profile}: targets 'poem' is not known. Did you mean 'poems'?"),
        ("", "", Overrides(targets=("poem",)), "--targets: task 'poem' is not known"),
        ("seeds = 2", 'seeds = 2\ngeneral = ["fact"]', Overrides(), "{profile}: general 'fact' is not known. Did you"),
        ("", "", Overrides(general=("fact",)), "--general-tasks: task 'fact' is not known"),
        ('"embedded"', '"/nowhere"', Overrides(), "{profile}: base_model '/nowhere': no such model directory"),
        ("", "", Overrides(base_model="/nowhere"), "--base-model '/nowhere': no such model directory"),
        ("seeds = 2", 'seeds = 2\nreplay = "x"', Overrides(), "{profile}: replay gives general text, but no arm"),
    ],
)
def test_what_is_wrong_is_said_of_where_it_stands(
    tmp_path: Path, old: str, new: str, options: Overrides, said: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD.replace(old, new, 1) if old else GOOD + new)
    with pytest.raises(UserError) as caught:
        expand(override(load_profile(str(path)), options), PLATFORM, ())
    assert str(caught.value).startswith(said.format(profile=f"Profile {path}"))


def test_tasks_of_lm_eval_follow_those_of_files(tmp_path: Path) -> None:
    """Names behind one of lm-eval's go on with it, but for those of shipped tasks; each task counts once."""
    pytest.importorskip("lm_eval")
    for name in ("first", "second"):
        write_task(tmp_path, name, choice_rows())
    named = work(general=(f"lm-eval:{tmp_path}/first", "facts", f"{tmp_path}/second"))
    assert [task.name for task in named.general] == ["facts", "first", "second"]
    assert {source.name: source.sha256 for source in named.trials[0].general} == {
        task.name: task.sha256 for task in named.general
    }
    assert work(general=("facts", f"lm-eval:{tmp_path}", f"{tmp_path}/first")).trials == named.trials


def test_a_task_of_lm_eval_named_like_another_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    write_task(tmp_path, "facts", choice_rows())
    with pytest.raises(UserError, match="two task files are called 'facts'"):
        work(general=("facts", f"lm-eval:{tmp_path}"))


def test_a_profile_that_names_a_task_of_lm_eval_is_what_the_message_is_about(tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    path = tmp_path / "own.toml"
    write_task(tmp_path, "first", choice_rows())
    path.write_text(f'general = ["lm-eval:{tmp_path}/x"]\n' + "\n".join(re.findall(r"^(?!general).*$", GOOD, re.M)))
    with pytest.raises(UserError, match=rf"^Profile {path}: general: lm-eval's task in .* 'x' is not known"):
        expand(load_profile(str(path)), PLATFORM, ())


def test_two_ability_files_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "facts.jsonl").write_text('{"text": "a b c"}\n')
    with pytest.raises(UserError, match="two task files are called 'facts'"):
        work(general=("facts", str(tmp_path / "facts.jsonl")))


def test_learning_rate_is_given_before_it_is_tuned() -> None:
    sha256 = work().trials[0].target.sha256
    trials = tuple(Tried(rate, 0, score) for rate, score in ((1e-4, 0.1), (7e-3, 0.9), (1e-1, 0.1)))
    tuned = Tuned(embedded().source.sha256, "poems", sha256, "lora", 4, "none", 3, "exact_match", True, trials)
    rates = [
        (trial.learning_rate, trial.learning_rate_source)
        for workload in (work(), work(tuned=(tuned,)), work(tuned=(tuned,), learning_rates={"lora": 0.5}))
        for trial in workload.trials[:1]
    ]
    assert rates == [(2e-4, "untuned"), (7e-3, "tuned"), (0.5, "given")]


EDITED = Source("poems", "e" * 64)


@pytest.mark.parametrize(
    ("accepted", "source", "now"),
    [
        pytest.param({"target": EDITED}, RateSource.UNTUNED, (0.5, "the baseline's"), id="other data"),
        pytest.param({"target": EDITED}, "tuned at rank 8", (0.5, "the baseline's"), id="tuned for something near"),
        pytest.param({}, RateSource.UNTUNED, (2e-4, "untuned"), id="the same data"),
        pytest.param({"target": EDITED}, RateSource.TUNED, (2e-4, "tuned"), id="tuned for exactly the new data"),
        pytest.param({"target": EDITED}, RateSource.GIVEN, (2e-4, "given"), id="the user's own rate"),
        pytest.param({"target": Source("verse", "e" * 64)}, RateSource.UNTUNED, (2e-4, "untuned"), id="another target"),
        pytest.param({"target": EDITED, "rank": 8}, RateSource.UNTUNED, (2e-4, "untuned"), id="another arm"),
        pytest.param(
            {"target": EDITED, "base": Source("other", "f" * 64)},
            RateSource.UNTUNED,
            (2e-4, "untuned"),
            id="a new base",
        ),
    ],
)
def test_changed_data_is_judged_at_the_baselines_rate(
    accepted: dict[str, Any], source: str, now: tuple[float, str]
) -> None:
    workload = work()
    workload = replace(workload, trials=tuple(replace(one, learning_rate_source=source) for one in workload.trials))
    before = [replace(one, learning_rate=0.5, **accepted) for one in workload.trials]
    rated = at_accepted_rates(workload, before)
    assert {(trial.learning_rate, trial.learning_rate_source) for trial in rated.trials} == {now}
    assert ids(rated.trials) == ids(workload.trials)


def test_what_trains_nothing_has_no_rate_of_a_baseline_either() -> None:
    workload = work(ArmRequest("base"), ArmRequest("zero-shot"))
    before = [replace(one, target=EDITED) for one in workload.trials]
    assert at_accepted_rates(workload, before) == workload
