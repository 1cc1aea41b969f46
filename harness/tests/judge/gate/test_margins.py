"""Are margins read as written, each with its reason, and wrong files refused in one message?"""

from pathlib import Path

import pytest

from harness.judge.gate.margins import COUNTS, MEASURES, SCORES, Margin, load_margins, margin_for
from harness.schema.errors import UserError

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
        Margin("gain", 0.05, "because"),
        Margin("flops", 1.1, "room", method="lora"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no gates"),
        ("gates = 3", "no gates"),
        ("[[gates]\n", "not valid TOML"),
        (GOOD + "[other]\n", "'other' is not known"),
        (GOOD.replace("gain", "gains"), "Did you mean 'gain'"),
        (GOOD + "room = 3\n", "'room' is not known"),
        (GOOD.replace("margin", "ratio"), "gain takes a margin"),
        (GOOD + "ratio = 1.0\n", "gain takes a margin"),
        (GOOD.replace("gain", "flops"), "flops takes a ratio"),
        (GOOD.replace("0.05", "-0.05"), "a number from 0 up"),
        (GOOD.replace("0.05", "nan"), "a number from 0 up"),
        (GOOD.replace("0.05", '"much"'), "a number from 0 up"),
        (GOOD.replace("gain", "flops").replace("margin = 0.05", "ratio = 0"), "a number above 0"),
        (GOOD.replace('"because"', '" "'), "has no reason"),
        (GOOD.replace('reason = "because"\n', ""), "has no reason"),
        (GOOD + "task = 3\n", "a text is needed"),
        (GOOD + 'against = "nothing"\n', "Allowed: baseline, base"),
        ("gates = [3]", "is no table"),
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
        Margin("forgetting_task", 0.05, "all"),
        Margin("forgetting_task", 0.1, "facts", task="facts"),
        Margin("forgetting_task", 0.2, "facts of lora", task="facts", method="lora"),
        Margin("forgetting_task", 0.3, "candidates", against="base"),
        Margin("forgetting_task", 0.06, "all, later"),
    ]

    def limit(method: str, task: str, against: str = "baseline") -> float | None:
        found = margin_for(margins, "forgetting_task", method, against, "accuracy", task)
        return None if found is None else found.limit

    assert limit("full", "chat") == 0.06
    assert limit("full", "facts") == 0.1
    assert limit("lora", "facts") == 0.2
    assert limit("candidate", "chat", "base") == 0.3
    assert margin_for(margins, "gain", "lora") is None
