"""Are margins read as written, each with its reason, and wrong files refused in one message?"""

from pathlib import Path

import pytest

from harness.judge.gate.margins import COUNTS, MEASURES, SCORES, Margin, load_margins, margin_for
from harness.schema.errors import UserError
from harness.tests.sides import margin

GOOD = '[[gates]]\nmeasure = "gain"\nmargin = 0.05\nreason = "because"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "gates.toml"
    path.write_text(text)
    return path


def test_every_measure_has_a_shipped_margin_with_a_reason() -> None:
    margins = load_margins()
    assert {one.measure for one in margins} == set(MEASURES)
    assert all(len(one.reason) > 20 for one in margins)
    assert set(SCORES).isdisjoint(COUNTS)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    text = GOOD + '[[gates]]\nmeasure = "flops"\nratio = 1.1\nmethod = "lora"\nreason = "room"\n'
    assert load_margins(written(tmp_path, text)) == [
        margin("gain", 0.05, "because"),
        margin("flops", 1.1, "room", method="lora"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "gates is missing"),
        ("gates = 3", "gates is 3; it must be a list"),
        ("gates = []", "gates is []; it must not be empty"),
        ("[[gates]\n", "not valid TOML"),
        (GOOD + "[other]\n", "key 'other' is not known. Allowed: gates"),
        (GOOD.replace("gain", "gains"), "Did you mean 'gain'"),
        (GOOD + "room = 3\n", "gates[1]: key 'room' is not known"),
        (GOOD.replace("margin", "ratio"), "gain takes a margin"),
        (GOOD + "ratio = 1.0\n", "gain takes a margin"),
        (GOOD.replace("gain", "flops"), "flops takes a ratio"),
        (GOOD.replace("0.05", "-0.05"), "gates[1].margin is -0.05; it must be greater than or equal to 0"),
        (GOOD.replace("0.05", "nan"), "gates[1].margin is nan; it must be"),
        (GOOD.replace("0.05", '"much"'), "gates[1].margin is 'much'; it must be a valid number"),
        (GOOD.replace("gain", "flops").replace("margin = 0.05", "ratio = 0"), "ratio is 0; it must be greater than 0"),
        (GOOD.replace('"because"', '" "'), "gates[1].reason: ' ' is not allowed. Say why"),
        (GOOD.replace('reason = "because"\n', ""), "gates[1].reason is missing"),
        (GOOD + "task = 3\n", "gates[1].task is 3; it must be a text"),
        (GOOD + 'against = "nothing"\n', "Allowed: baseline, base, anchor"),
        ("gates = [3]", "gates[1] is 3; it must be a table"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=r"gates\.toml") as error:
        load_margins(written(tmp_path, text))
    assert said in str(error.value)


def test_no_such_file() -> None:
    with pytest.raises(UserError, match=r"--gates: 'nowhere.toml' is no file"):
        load_margins(Path("nowhere.toml"))


def test_the_most_specific_margin_counts() -> None:
    margins = [
        margin("forgetting_task", 0.05, "all"),
        margin("forgetting_task", 0.1, "facts", task="facts"),
        margin("forgetting_task", 0.2, "facts of lora", task="facts", method="lora"),
        margin("forgetting_task", 0.3, "candidates", against="base"),
        margin("forgetting_task", 0.06, "all, later"),
    ]

    def limit(method: str, task: str, against: str = "baseline") -> float | None:
        found = margin_for(margins, "forgetting_task", method, against, "accuracy", task)
        return None if found is None else found.limit

    assert limit("full", "chat") == 0.06
    assert limit("full", "facts") == 0.1
    assert limit("lora", "facts") == 0.2
    assert limit("candidate", "chat", "base") == 0.3
    assert margin_for(margins, "gain", "lora") is None


ANCHORED = [margin("forgetting_task", 0.05), margin("forgetting_task", 0.02, task="facts"), margin("flops", 1.01)]


@pytest.mark.parametrize(
    ("own", "measure", "task", "limit"),
    [
        pytest.param([], "forgetting_task", "chat", 0.1, id="twice-what-a-release-may-lose"),
        pytest.param([], "forgetting_task", "facts", 0.04, id="twice-what-holds-for-the-task"),
        pytest.param([margin("forgetting_task", 0.08, against="anchor")], "forgetting_task", "facts", 0.08,
                     id="its-own-margin-before-any-other"),
        pytest.param([], "flops", None, None, id="no-cost-unless-a-margin-says-so"),
        pytest.param([margin("flops", 1.1, against="anchor")], "flops", None, 1.1, id="a-cost-with-its-own-margin"),
        pytest.param([], "gain", None, None, id="what-is-not-gated-at-all"),
    ],
)  # fmt: skip
def test_margins_against_the_anchor(own: list[Margin], measure: str, task: str | None, limit: float | None) -> None:
    found = margin_for([*ANCHORED, *own], measure, "lora", "anchor", None, task)
    assert (None if found is None else found.limit) == limit
