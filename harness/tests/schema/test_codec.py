"""Is what is wrong in a file said in one sentence that names the place, the value and what is allowed?"""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field, NonNegativeInt

from harness.schema.codec import read_toml, record_from_dict
from harness.schema.errors import UserError
from harness.schema.record import Cost, Record, Status
from harness.schema.typed import Many, Reason, Table, among, otherwise
from harness.tests.builders import make_trial


class Dish(Table):
    name: Annotated[str, among(["soup", "salad"])]
    plates: NonNegativeInt = 1
    price: float = 1.0
    sizes: Annotated[Many[int], otherwise("Give sizes in millimetres.")] = ()


class Menu(Table):
    dishes: Annotated[Many[Dish], Field(min_length=1)]
    reason: Reason = "hunger"
    hours: dict[str, int] = Field(default_factory=dict)


GOOD = '[[dishes]]\nname = "soup"\n'


def menu(tmp_path: Path, text: str, what: str = "") -> Menu:
    path = tmp_path / "menu.toml"
    path.write_text(text)
    return read_toml(path, Menu, what)


def test_what_fits_is_read_and_only_whole_numbers_become_fractions(tmp_path: Path) -> None:
    read = menu(tmp_path, GOOD + "price = 2\nsizes = [1, 2]\n[hours]\nnoon = 12\n")
    (dish,) = read.dishes
    assert (dish.name, dish.price, type(dish.price), dish.sizes, read.hours) == (
        "soup",
        2.0,
        float,
        (1, 2),
        {"noon": 12},
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[", "not valid TOML (", id="no TOML"),
        pytest.param("", "dishes is missing.", id="missing"),
        pytest.param("[[dishes]]\n", "dishes[1].name is missing.", id="missing in a table"),
        pytest.param("dish = 1\n", "key 'dish' is not known. Did you mean 'dishes'? Allowed: dishes, reason", id="key"),
        pytest.param(GOOD + "plate = 2", "dishes[1]: key 'plate' is not known. Did you mean 'plates'?", id="inner"),
        pytest.param(GOOD.replace("name", "nme"), "dishes[1]: key 'nme' is not known. Did you mean", id="misspelt"),
        pytest.param(
            GOOD * 2 + GOOD.replace("soup", "soap"),
            "dishes[3].name 'soap' is not known. Did you mean 'soup'? Allowed: soup, salad.",
            id="name",
        ),
        pytest.param("[[dishes]]\nplate = 1\n[[dishes]]\n", "dishes[1]: key 'plate' is not known", id="one of two"),
        pytest.param("[[dishes]]\n" + GOOD + "plate = 1", "dishes[2]: key 'plate' is not known", id="key first"),
        pytest.param(GOOD + "plates = -1", "dishes[1].plates is -1; it must be greater than or equal to 0.", id="low"),
        pytest.param(GOOD + "plates = true", "dishes[1].plates is True; it must be a whole number.", id="no number"),
        pytest.param(GOOD + "plates = 1.0", "dishes[1].plates is 1.0; it must be a whole number.", id="fraction"),
        pytest.param(GOOD + 'price = "1"', "dishes[1].price is '1'; it must be a valid number.", id="text"),
        pytest.param(GOOD + "sizes = [1.5]", "dishes[1].sizes: [1.5] is not allowed. Give sizes in milli", id="hint"),
        pytest.param('reason = " "\n' + GOOD, "reason: ' ' is not allowed. Say why", id="blank reason"),
        pytest.param("dishes = []", "dishes is []; it must not be empty.", id="empty"),
        pytest.param("dishes = [3]", "dishes[1] is 3; it must be a table.", id="no table"),
        pytest.param("dishes = 3", "dishes is 3; it must be a list.", id="no list"),
        pytest.param(GOOD + "[hours]\nnoon = 'x'", "hours.noon is 'x'; it must be a whole number.", id="free key"),
        pytest.param("dishes = '" + "x" * 999 + "'", "dishes is '" + "x" * 99 + "...; it must be a list.", id="long"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        menu(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'menu.toml'}: {said}")
    with pytest.raises(UserError, match=r"^The menu: "):
        menu(tmp_path, text, "The menu")


TRIAL = make_trial(settings=(("alpha", 16), ("kl", 1.0), ("layers", (0, 1)), ("on", True), ("targets", "mlp")))
RECORD = Record(TRIAL, Status.COMPLETED, None, cost=Cost(trainable_params=3, peak_memory_bytes=2.5))


def plain(record: Record = RECORD) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(json.dumps(asdict(record)))
    return content


@pytest.mark.parametrize("rate", [1, 1.0, 1e-3, None], ids=repr)
def test_numbers_keep_their_type(rate: float | None) -> None:
    """1 and 1.0 are equal, and have different digests."""
    recipe = replace(TRIAL.recipe, weight_decay=0, max_grad_norm=1.0)
    scoring = replace(TRIAL.scoring, interpolate=(0, 0.5, 1))
    record = replace(RECORD, trial=replace(TRIAL, learning_rate=rate, recipe=recipe, scoring=scoring))
    again = record_from_dict(plain(record))
    assert repr(asdict(again)) == repr(asdict(record))
    assert again.trial.digest == record.trial.digest


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 2}, "record schema 2; this version reads 1"),
        ({"new": 1}, "new is 1; it must not be there"),
        ({"status": "done"}, "status is 'done'; it must be 'completed', 'diverged'"),
        ({"duration_s": "5"}, "duration_s is '5'; it must be a valid number"),
        ({"trial": {**plain()["trial"], "seed": "0"}}, "trial.seed is '0'; it must be a whole number"),
        ({"trial": {**plain()["trial"], "seed": True}}, "trial.seed is True; it must be a whole number"),
        ({"trial": {**plain()["trial"], "base": {"name": "x", "sha": "y"}}}, "trial.base.sha256 is missing"),
        ({"cost": {"weight_bytes": "1"}}, "cost.weight_bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_record_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="^" + said.replace("[", r"\[").replace("]", r"\]")):
        record_from_dict({**plain(), **change})


@pytest.mark.parametrize("name", ["status", "target", "general", "cost", "loss_curve", "environment", "started_at"])
def test_record_without_a_field_is_refused(name: str) -> None:
    """Though the class has a default for some: what every version wrote is not guessed."""
    content = plain()
    del content[name]
    with pytest.raises(ValueError, match=f"{name} missing"):
        record_from_dict(content)


def test_half_of_a_character_spoils_no_record() -> None:
    """A traceback names files, and a file's name may be no text."""
    assert record_from_dict(plain(replace(RECORD, reason="a\udcff"))).reason == "a?"
