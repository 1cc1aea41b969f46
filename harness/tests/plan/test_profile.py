"""Is a wrong profile refused with one message that names the key, the value and what is allowed?"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.plan.profile import (
    ArmRequest,
    Overrides,
    Profile,
    Ranks,
    Scales,
    Seeds,
    load_profile,
    override,
    shipped_profiles,
)
from harness.schema.codec import read_value
from harness.schema.errors import UserError

HEAD = {"base_model": '"embedded"', "targets": '["poems"]', "seeds": "2"}
RECIPE = {
    "steps": "5",
    "batch_size": "4",
    "max_length": "64",
    "warmup_steps": "1",
    "schedule": '"linear"',
    "weight_decay": "0",
    "max_grad_norm": "1",
    "dtype": '"float32"',
}
SCORING = {"dtype": '"float32"', "batch_tokens": "512", "max_items": "0"}
ARMS = '[[arms]]\nmethod = "lora"\nranks = [4]\n'


def toml(head: dict[str, str], recipe: dict[str, str], scoring: dict[str, str], arms: str = ARMS) -> str:
    def table(values: dict[str, str]) -> str:
        return "".join(f"{name} = {value}\n" for name, value in values.items())

    return f"{table(head)}[recipe]\n{table(recipe)}[scoring]\n{table(scoring)}{arms}"


def without(table: dict[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in table.items() if name != key}


GOOD = toml(HEAD, RECIPE, SCORING)


BAD: list[Any] = [
    pytest.param("base_model = ", "not valid TOML", id="broken TOML"),
    pytest.param(
        toml({**HEAD, "sedes": "2"}, RECIPE, SCORING), "key 'sedes' is not known. Did you mean 'seeds'?", id="key"
    ),
    pytest.param(
        toml(HEAD, {**RECIPE, "step": "2"}, SCORING),
        "recipe: key 'step' is not known. Did you mean 'steps'?",
        id="recipe key",
    ),
    pytest.param(GOOD + "rnaks = [2]\n", "arms[1]: key 'rnaks' is not known. Did you mean 'ranks'?", id="arm key"),
    pytest.param(toml(without(HEAD, "seeds"), RECIPE, SCORING), "seeds is missing", id="no seeds at all"),
    pytest.param(toml(HEAD, without(RECIPE, "dtype"), SCORING), "recipe.dtype is missing", id="no dtype"),
    pytest.param(
        toml({**HEAD, "seeds": "0"}, RECIPE, SCORING), "seeds: 0 is not allowed. Give how many seeds", id="zero seeds"
    ),
    pytest.param(
        toml({**HEAD, "seeds": "[]"}, RECIPE, SCORING),
        "seeds: [] is not allowed. Give how many seeds",
        id="an empty list of seeds",
    ),
    pytest.param(
        toml({**HEAD, "seeds": "true"}, RECIPE, SCORING),
        "seeds: True is not allowed. Give how many seeds",
        id="true as seeds",
    ),
    pytest.param(
        toml({**HEAD, "seeds": "[1, 1]"}, RECIPE, SCORING),
        "seeds: [1, 1] is not allowed. Give how many seeds (2 means 0 and 1), up to 1,000, or a list such as "
        "0,7: at least one, none negative, none from 2^32 up, and none twice",
        id="a seed twice",
    ),
    pytest.param(toml({**HEAD, "seeds": "[-1]"}, RECIPE, SCORING), "none negative", id="a negative seed"),
    pytest.param(
        toml({**HEAD, "targets": '"poems"'}, RECIPE, SCORING), "targets is 'poems'; it must be a list", id="a text"
    ),
    pytest.param(
        toml({**HEAD, "base_model": "1"}, RECIPE, SCORING), "base_model is 1; it must be a text", id="a number"
    ),
    pytest.param(GOOD.replace("[4]", "[0]"), "arms[1].ranks: [0] is not allowed", id="rank 0"),
    pytest.param(GOOD.replace("[4]", "[1.5]"), "arms[1].ranks: [1.5] is not allowed", id="rank 1.5"),
    pytest.param(GOOD.replace("[4]", "[]"), "arms[1].ranks: [] is not allowed", id="no rank"),
    pytest.param(GOOD.replace("[4]", "4"), "arms[1].ranks: 4 is not allowed", id="a rank for a list"),
    pytest.param(toml(HEAD, {**RECIPE, "steps": "0"}, SCORING), "recipe.steps: 0 is not allowed. Give a", id="0 steps"),
    pytest.param(
        toml(HEAD, {**RECIPE, "steps": "1.5"}, SCORING),
        "recipe.steps: 1.5 is not allowed. Give a",
        id="1.5 steps",
    ),
    pytest.param(
        toml(HEAD, {**RECIPE, "dtype": '"float16"'}, SCORING), "recipe.dtype 'float16' is not known", id="float16"
    ),
    pytest.param(
        toml(HEAD, {**RECIPE, "schedule": '"cosin"'}, SCORING), "Did you mean 'cosine'?", id="a misspelt schedule"
    ),
    pytest.param(
        toml(HEAD, {**RECIPE, "max_grad_norm": "nan"}, SCORING),
        "recipe.max_grad_norm: nan is not allowed. Give a",
        id="NaN norm",
    ),
    pytest.param(
        toml(HEAD, RECIPE, {**SCORING, "batch_tokens": "0"}),
        "scoring.batch_tokens: 0 is not allowed. Give a",
        id="0 tokens",
    ),
    pytest.param(
        toml(HEAD, RECIPE, {**SCORING, "max_items": "-1"}),
        "scoring.max_items: -1 is not allowed. Give a",
        id="-1 items",
    ),
    pytest.param(GOOD + "[learning_rates]\nlora = 0\n", "learning_rates.lora: 0 is not allowed. Give a", id="rate 0"),
    pytest.param(
        GOOD + "[learning_rates]\nlora = nan\n",
        "learning_rates.lora: nan is not allowed. Give a number above 0, up to 1,000.",
        id="rate NaN",
    ),
    pytest.param(
        toml({**HEAD, "arms": "3"}, RECIPE, SCORING, ""),
        "arms is 3; it must be a list",
        id="arms that are a number",
    ),
    pytest.param(toml({**HEAD, "arms": "[]"}, RECIPE, SCORING, ""), "arms is []; it must not be empty", id="no arm"),
    pytest.param(toml({**HEAD, "metric": '"exact_mach"'}, RECIPE, SCORING), "Did you mean 'exact_match'?", id="metric"),
    pytest.param(
        toml({**HEAD, "objective": '"chats"'}, RECIPE, SCORING), "objective 'chats' is not known", id="objective"
    ),
    pytest.param(
        toml({**HEAD, "attention": '"sdpaa"'}, RECIPE, SCORING), "attention 'sdpaa' is not known", id="attention"
    ),
    pytest.param(
        toml(HEAD, {**RECIPE, "warmup_steps": "-1"}, SCORING),
        "warmup_steps",
        id="-1 warm-up",
    ),
    pytest.param(
        toml(HEAD, {**RECIPE, "weight_decay": "nan"}, SCORING),
        "weight_decay",
        id="NaN decay",
    ),
    pytest.param(
        toml({**HEAD, "seeds": "[4294967296]"}, RECIPE, SCORING),
        "seed",
        id="a seed that numpy refuses",
    ),
    pytest.param(
        toml(HEAD, {**RECIPE, "warmup_steps": "6"}, SCORING),
        "recipe.warmup_steps: 6 is not allowed. The learning rate is reached within training: give at most the 5",
        id="warm-up longer than training",
    ),
    pytest.param(
        toml(HEAD, {**RECIPE, "max_length": "1"}, SCORING),
        "recipe.max_length: 1 is not allowed. Give a whole number from 8 to 10,000,000.",
        id="sequences of one token",
    ),
    pytest.param(
        toml(HEAD, {**RECIPE, "steps": "1" + 21 * "0"}, SCORING), "recipe.steps: 1000000", id="steps for ever"
    ),
    pytest.param(toml({**HEAD, "seeds": "100000000"}, RECIPE, SCORING), "up to 1,000", id="seeds for ever"),
    pytest.param(toml({**HEAD, "seeds": "1" + 5000 * "0"}, RECIPE, SCORING), "more than 4,300 digits", id="digits"),
    pytest.param(toml({**HEAD, "seeds": "0x" + 5000 * "f"}, RECIPE, SCORING), "up to 1,000", id="sixteen fingers"),
    pytest.param(toml({**HEAD, "seeds": 900 * "[" + 900 * "]"}, RECIPE, SCORING), "nested too deeply", id="nesting"),
    pytest.param(
        toml({**HEAD, "base_model": f'"{300 * "m"}"'}, RECIPE, SCORING),
        "has 300 bytes; file systems take 255",
        id="name",
    ),
    pytest.param(toml({**HEAD, "base_model": '""'}, RECIPE, SCORING), "base_model is empty", id="no base model"),
    pytest.param(GOOD + "[learning_rates]\nlora = true\n", "learning_rates.lora: True is not", id="rate true"),
    pytest.param(GOOD + "[learning_rates]\nlora = inf\n", "learning_rates.lora", id="rate infinity"),
    pytest.param(toml({**HEAD, "interpolate": "[1.5]"}, RECIPE, SCORING), "interpolate: [1.5] is", id="1.5 updates"),
    pytest.param(toml({**HEAD, "interpolate": "0.5"}, RECIPE, SCORING), "interpolate: 0.5 is not", id="no list"),
    pytest.param(toml({**HEAD, "interpolate": "[true]"}, RECIPE, SCORING), "interpolate: [True]", id="true as a part"),
    pytest.param(
        toml({**HEAD, "trace": "-1"}, RECIPE, SCORING),
        "trace: -1 is not allowed. Give a",
        id="-1 steps",
    ),
    pytest.param(
        toml({**HEAD, "trace": "0.5"}, RECIPE, SCORING), "trace: 0.5 is not allowed. Give a", id="half a step"
    ),
    pytest.param(
        toml({**HEAD, "replay": "1"}, RECIPE, SCORING), "replay is 1; it must be a text", id="replay in numbers"
    ),
    pytest.param(
        toml({**HEAD, "data": '"own.jsonl"'}, RECIPE, SCORING), "data and targets exclude each other", id="two targets"
    ),
    pytest.param(toml({**HEAD, "artifacts": '"x"'}, RECIPE, SCORING), "key 'artifacts' is not known", id="artifacts"),
    pytest.param(
        toml(HEAD, RECIPE, {**SCORING, "interpolate": "[0.5]"}),
        "scoring: key 'interpolate' is not known",
        id="interpolate in the wrong place",
    ),
    pytest.param(GOOD + "settings = 3\n", "arms[1].settings is 3; it must be a table", id="settings that are a number"),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_profile_is_refused_for(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        load_profile(str(path))
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_missing_profile_names_the_shipped_ones() -> None:
    with pytest.raises(UserError, match=r"--profile 'tinny' is not known. Did you mean 'tiny'\?.*path of a TOML file"):
        load_profile("tinny")


def test_profile_says_what_it_said(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    own = 'objective = "pretrain"\nreplay = "own.jsonl"\ninterpolate = [1, 0.5]\ntrace = 10\n'
    path.write_text(own + GOOD + "[learning_rates]\nlora = 1\n")
    profile = load_profile(str(path))
    assert profile.objective == "pretrain"
    assert (profile.replay, profile.interpolate, profile.trace) == ("own.jsonl", (0.5, 1.0), 10)
    assert profile.scoring.interpolate == ()
    assert (profile.name, profile.base_model, profile.targets, profile.seeds) == ("own", "embedded", ("poems",), (0, 1))
    assert profile.arms == (ArmRequest("lora", (4,)),)
    assert (profile.recipe.steps, profile.recipe.weight_decay, profile.scoring.batch_tokens) == (5, 0.0, 512)
    assert profile.learning_rates == {"lora": 1.0}


@pytest.mark.parametrize("name", shipped_profiles())
def test_shipped_profile_can_be_read(name: str) -> None:
    assert load_profile(name).arms


def test_default_run_compares_seeds() -> None:
    assert len(load_profile("tiny").seeds) >= 2, "one seed is not a result"


@pytest.mark.parametrize(
    ("value", "seeds"), [(2, (0, 1)), ([0, 7], (0, 7)), ((3,), (3,))], ids=["a count", "a list", "one of a list"]
)
def test_seeds_from(value: Any, seeds: tuple[int, ...]) -> None:
    assert read_value(Seeds, value, "here") == seeds


@pytest.mark.parametrize("kind", [Seeds, Ranks, Scales], ids=["seeds", "ranks", "scales"])
@pytest.mark.parametrize("value", [None, True, "12", [True], ["1"], [-1]], ids=str)
def test_value_is_refused_and_never_converted(kind: Any, value: Any) -> None:
    with pytest.raises(UserError, match=r"--here: .* is not allowed"):
        read_value(kind, value, "--here")


@pytest.mark.parametrize(
    ("value", "scales"), [([], ()), ([1, 0.5], (0.5, 1.0)), ((0.5, 0.5), (0.5,)), ([0], (0.0,))], ids=str
)
def test_parts_of_an_update_are_sorted_and_once_each(value: Any, scales: tuple[float, ...]) -> None:
    assert read_value(Scales, value, "here") == scales


def test_settings_of_an_arm_are_read(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD + 'settings = {targets = "mlp", replay = 0.25}\n')
    assert load_profile(str(path)).arms == (ArmRequest("lora", (4,), settings={"targets": "mlp", "replay": 0.25}),)


def test_repeated_ranks_are_one() -> None:
    assert read_value(Ranks, [4, 1, 4], "here") == (4, 1)


LORA = ArmRequest("lora")
TINY = replace(load_profile("tiny"), arms=(ArmRequest("full"), ArmRequest("lora", (1, 4)), ArmRequest("lora", (16,))))


@pytest.mark.parametrize(
    ("overrides", "arms"),
    [
        pytest.param(Overrides(), TINY.arms, id="nothing"),
        pytest.param(Overrides(methods=(LORA,)), TINY.arms[1:], id="a method of the profile"),
        pytest.param(
            Overrides(methods=(ArmRequest("top-layers"),)), (ArmRequest("top-layers"),), id="a method beside it"
        ),
        pytest.param(Overrides(methods=(LORA,), ranks=(2,)), (ArmRequest("lora", (2,)),) * 2, id="other ranks"),
        pytest.param(
            Overrides(methods=(ArmRequest("full"),), quantization=("nf4",)),
            (ArmRequest("full", None, ("nf4",)),),
            id="a level",
        ),
        pytest.param(
            Overrides(methods=(ArmRequest("full", settings={"kl": 1}), ArmRequest("full"))),
            (ArmRequest("full", settings={"kl": 1}), ArmRequest("full")),
            id="one method twice",
        ),
    ],
)
def test_command_line_changes_arms_by(overrides: Overrides, arms: tuple[ArmRequest, ...]) -> None:
    profile = override(TINY, overrides)
    assert profile.arms == arms
    assert profile.asked == tuple(one.method for one in overrides.methods or ())


def test_command_line_changes_the_rest() -> None:
    profile = override(TINY, Overrides(base_model="x", seeds=(5,), targets=("code",), general=("facts",), steps=7))
    assert (profile.base_model, profile.seeds, profile.targets, profile.general) == ("x", (5,), ("code",), ("facts",))
    assert (profile.recipe.steps, profile.recipe.warmup_steps) == (7, 0)
    beside = override(TINY, Overrides(replay="a.jsonl", interpolate=(0.5,), trace=3, artifacts="kept"))
    assert (beside.replay, beside.interpolate, beside.trace, beside.artifacts) == ("a.jsonl", (0.5,), 3, "kept")
    own = override(TINY, Overrides(data="own.jsonl", objective="chat"))
    assert (own.data, own.targets, own.objective) == ("own.jsonl", (), "chat")
    assert override(own, Overrides()).objective == "chat"


def test_targets_of_the_command_line_replace_the_data_of_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(toml({**HEAD, "targets": "[]", "data": '"own.jsonl"'}, RECIPE, SCORING))
    profile = load_profile(str(path))
    assert (profile.data, profile.targets) == ("own.jsonl", ())
    other = override(profile, Overrides(targets=("code",)))
    assert (other.data, other.targets) == (None, ("code",))


def profile_of(tmp_path: Path, **head: str) -> Profile:
    path = tmp_path / "own.toml"
    path.write_text(toml({**HEAD, **head}, RECIPE, SCORING))
    return load_profile(str(path))


@pytest.mark.parametrize(
    ("head", "overrides", "general"),
    [
        pytest.param({}, Overrides(), (), id="the embedded model, nothing said"),
        pytest.param({"base_model": '"own"'}, Overrides(), ("en",), id="another base, nothing said"),
        pytest.param({}, Overrides(base_model="own"), ("en",), id="another base on the command line, nothing said"),
        pytest.param({"general": "[]"}, Overrides(base_model="own"), (), id="none on purpose"),
        pytest.param({"base_model": '"own"', "general": "[]"}, Overrides(), (), id="none on purpose for another base"),
        pytest.param({"general": '["facts"]'}, Overrides(base_model="own"), ("en",), id="tasks of the embedded model"),
        pytest.param({"general": '["facts"]'}, Overrides(), ("facts",), id="tasks of the embedded model for it"),
        pytest.param({"general": '["a.jsonl"]'}, Overrides(base_model="own"), ("a.jsonl",), id="tasks of the user's"),
        pytest.param({"base_model": '"own"'}, Overrides(base_model="embedded"), (), id="back to the embedded model"),
        pytest.param({}, Overrides(base_model="own", general=("facts",)), ("facts",), id="tasks on the command line"),
    ],
)
def test_general_tasks_fit_the_base_of(
    tmp_path: Path, head: dict[str, str], overrides: Overrides, general: tuple[str, ...]
) -> None:
    assert override(profile_of(tmp_path, **head), overrides).general == general


@pytest.mark.parametrize("name", ["tiny", "gate"])
def test_shipped_profiles_measure_forgetting_on_another_base(name: str) -> None:
    assert override(load_profile(name), Overrides(base_model="own")).general == ("en",)


@pytest.mark.parametrize("name", ["smollm2", "gpu"])
def test_profiles_of_a_real_model_measure_forgetting(name: str) -> None:
    assert load_profile(name).general == ("en",)
