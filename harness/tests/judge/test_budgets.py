"""Does a budget hold for the trials that it names, and is a wrong file refused?"""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.judge.budgets import MEASURES, load_budgets
from harness.schema.errors import UserError
from harness.tests.builders import make_trial

GOOD = '[[budgets]]\nbase_model = "own"\nmeasure = "weight_bytes"\nlimit = 100\nreason = "room"\n'
LORA = GOOD + 'method = "lora"\nmax_rank = 4\ntargets = ["poems"]\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "budgets.toml"
    path.write_text(text)
    return path


def test_shipped_budgets_have_names_of_their_own_and_bound_counts_alone() -> None:
    budgets = load_budgets()
    assert len({one.id for one in budgets}) == len(budgets) > 0
    assert not [name for name in MEASURES if name.endswith("_s")]


@pytest.mark.parametrize(
    ("method", "rank", "target", "applies"),
    [("lora", 4, "poems", True), ("lora", 8, "poems", False), ("dora", 4, "poems", False), ("lora", 4, "code", False)],
)
def test_budget_holds_for(tmp_path: Path, method: str, rank: int, target: str, applies: bool) -> None:
    everywhere, narrow = load_budgets(written(tmp_path, GOOD + LORA))
    trial = make_trial(method, rank)
    trial = replace(trial, base=replace(trial.base, name="own"), target=replace(trial.target, name=target))
    assert everywhere.applies_to(trial)
    assert narrow.applies_to(trial) is applies
    assert not everywhere.applies_to(make_trial(method, rank, base=replace(trial.base, name="other")))
    assert narrow.id == "own-lora-weight_bytes"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "room = 3\n", "budgets[1]: key 'room' is not known"),
        (GOOD.replace("weight_bytes", "weight_byte"), "budgets[1].measure 'weight_byte' is not known. Did you mean"),
        (GOOD.replace("weight_bytes", "train_s"), "budgets[1].measure 'train_s' is not known"),
        (GOOD.replace('"room"', '""'), "budgets[1].reason: '' is not allowed. Say why"),
        (GOOD.replace('reason = "room"\n', ""), "budgets[1].reason is missing"),
        (GOOD.replace("100", '"much"'), "budgets[1].limit"),
    ],
)
def test_wrong_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=r"budgets\.toml") as caught:
        load_budgets(written(tmp_path, text))
    assert said in str(caught.value)
