"""Is the learning rate the one that the evidence chose, and does it say where it comes from?"""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from harness.data.tasks.target import METRICS
from harness.plan.learning_rates import SHIPPED, Beside, Tried, Tuned, add_tuned, choose, load_tuned, save_tuned
from harness.schema.errors import UserError
from harness.schema.trial import Source, Trial
from harness.tests.builders import RECIPE, make_trial

Curve = dict[float, tuple[float | None, ...]]


def sweep(curve: Curve, higher: bool = True, **changes: Any) -> Tuned:
    """Validation scores per rate, one per seed."""
    trials = tuple(Tried(rate, seed, score) for rate, scores in curve.items() for seed, score in enumerate(scores))
    tuned = Tuned("m" * 64, "poems", "t" * 64, "lora", 16, "none", 100, "exact_match", higher, trials)
    return replace(tuned, **changes)


MIDDLE: Curve = {1e-3: (0.2, 0.2), 3e-3: (0.7, 0.5), 1e-2: (0.4, 0.4)}


@pytest.mark.parametrize(
    ("curve", "higher", "chosen"),
    [
        pytest.param(MIDDLE, True, 3e-3, id="the best mean over seeds"),
        pytest.param(MIDDLE, False, 1e-3, id="the lowest where lower is better"),
        pytest.param({1e-2: (0.5,), 1e-3: (0.5,)}, True, 1e-3, id="the smaller of equals"),
        pytest.param({1e-2: (0.5,), 1e-3: (0.5,)}, False, 1e-3, id="the smaller of equals, lower is better"),
        pytest.param({1e-3: (0.2,), 1e-2: (None,)}, True, 1e-3, id="never one that diverged"),
        pytest.param({1e-3: (0.2, 0.2), 1e-2: (0.9, None)}, True, 1e-3, id="never one of which a seed diverged"),
    ],
)
def test_chosen_is(curve: Curve, higher: bool, chosen: float) -> None:
    assert sweep(curve, higher).chosen == chosen


def test_nothing_can_be_chosen_where_all_diverged() -> None:
    with pytest.raises(ValueError, match="every learning rate of lora on poems diverged"):
        _ = sweep({1e-3: (None,)}).chosen


def test_nan_counts_as_diverged() -> None:
    assert sweep({1e-3: (math.nan,), 1e-2: (0.1,), 3e-2: (0.9,)}).chosen == 3e-2


@pytest.mark.parametrize(
    ("curve", "edge"),
    [
        (MIDDLE, False),
        ({1e-3: (0.9,), 3e-3: (0.5,), 1e-2: (0.4,)}, True),
        ({1e-3: (0.1,), 3e-3: (0.5,), 1e-2: (0.6,)}, True),
        ({1e-3: (0.1,)}, True),
    ],
    ids=["in the middle", "first", "last", "only one"],
)
def test_best_at_the_edge_of_the_grid_is_flagged(curve: Curve, edge: bool) -> None:
    assert sweep(curve).at_edge is edge


def by_nats(nats: dict[float, float | None], errors: dict[float, float], **changes: Any) -> Tuned:
    """Two seeds a rate with these nats; the score is best at the largest rate. None diverged under one of them."""
    trials = tuple(
        Tried(rate, seed, None if nll is None and seed else rate, nll) for rate, nll in nats.items() for seed in (0, 1)
    )
    return replace(sweep({1e-3: (0.1,)}), trials=trials, errors=tuple(errors.items()), **changes)


@pytest.mark.parametrize(
    ("nats", "errors", "best", "chosen"),
    [
        pytest.param({1e-3: 2.0, 1e-2: 1.0, 1e-1: 3.0}, {}, 1e-2, 1e-2, id="the fewest nats, whatever the score"),
        pytest.param({1e-3: 1.1, 1e-2: 1.0}, {1e-3: 0.11, 1e-2: 0.0}, 1e-2, 1e-3, id="a smaller one within an error"),
        pytest.param({1e-3: 1.1, 1e-2: 1.0}, {1e-3: 0.09, 1e-2: 0.0}, 1e-2, 1e-2, id="not one beyond its error"),
        pytest.param({1e-2: 1.0, 1e-1: 1.1}, {1e-2: 0.0, 1e-1: 9.0}, 1e-2, 1e-2, id="never a larger one"),
        pytest.param({1e-3: None, 1e-2: 1.0}, {1e-2: 0.0}, 1e-2, 1e-2, id="never one of which a seed diverged"),
        pytest.param({1e-2: 1.0, 1e-3: 1.0}, {}, 1e-3, 1e-3, id="the smaller of equals"),
    ],
)
def test_nats_choose(nats: dict[float, float | None], errors: dict[float, float], best: float, chosen: float) -> None:
    tuned = by_nats(nats, errors)
    assert (tuned.best, tuned.chosen) == (best, chosen)


def test_rows_without_nats_choose_by_their_scores() -> None:
    tuned = by_nats({1e-3: 1.0, 1e-2: 2.0}, {})
    old = replace(tuned, trials=(*tuned.trials[:3], tuned.trials[3]._replace(nll=None)))
    assert (tuned.chosen, old.nats, old.chosen) == (1e-3, {}, 1e-2)


@pytest.mark.parametrize(
    ("nats", "error", "edge"),
    [
        pytest.param({1e-3: 2.0, 1e-2: 1.0, 1e-1: 2.0}, 0.0, False, id="in the middle"),
        pytest.param({1e-3: 2.0, 1e-2: 1.01, 1e-1: 1.0}, 0.1, True, id="the best one is the last"),
        pytest.param({1e-3: 1.01, 1e-2: 1.0, 1e-1: 2.0}, 0.1, True, id="the chosen one is the first"),
    ],
)
def test_edge_of_the_grid(nats: dict[float, float | None], error: float, edge: bool) -> None:
    assert by_nats(nats, dict.fromkeys(nats, error)).at_edge is edge


@pytest.mark.parametrize(
    ("nats", "rates"),
    [
        ({1e-4: 3.0, 1e-3: 2.0, 1e-2: 1.0, 1e-1: 2.0}, (1e-3, 1e-2, 1e-1)),
        ({1e-3: 2.0, 1e-2: 1.0}, (1e-3, 1e-2)),
        ({1e-3: 1.0, 1e-2: 2.0, 1e-1: 3.0}, (1e-3, 1e-2)),
    ],
    ids=["in the middle", "the last", "the first"],
)
def test_neighbours_of_the_chosen_rate(nats: dict[float, float | None], rates: tuple[float, ...]) -> None:
    assert by_nats(nats, {}).around == rates


def test_curve_and_seeds_follow_from_the_trials() -> None:
    tuned = sweep({1e-2: (None, 0.4), 1e-3: (0.2, 0.4)})
    (low, mean), high = tuned.curve
    assert (low, high) == (1e-3, (1e-2, None))
    assert mean == pytest.approx(0.3)
    assert tuned.seeds == (0, 1)


def best_at(rate: float, **changes: Any) -> Tuned:
    return sweep({rate / 10: (0.1,), rate: (0.9,), rate * 10: (0.1,)}, **changes)


FIFTY_STEPS = replace(RECIPE, steps=50)


def trial(**changes: Any) -> Trial:
    """Of the arm that the first of `KNOWN` was tuned for."""
    one = make_trial("lora", 4, recipe=replace(RECIPE, steps=100))
    return replace(one, **{"base": Source("base", "m" * 64), "target": Source("poems", "t" * 64), **changes})


KNOWN = (
    best_at(1e-3, rank=4),
    best_at(2e-3, rank=64),
    best_at(3e-3, rank=4, quantization="nf4"),
    best_at(5e-3, method="prompt-tuning"),
)


@pytest.mark.parametrize(
    ("changes", "rate", "source"),
    [
        pytest.param({}, 1e-3, "tuned", id="exactly this"),
        pytest.param({"quantization": "nf4"}, 3e-3, "tuned", id="exactly this level"),
        pytest.param({"rank": 8}, 1e-3, "tuned at rank 4", id="the nearest rank"),
        pytest.param({"rank": 256}, 2e-3, "tuned at rank 64", id="the nearest larger rank"),
        pytest.param({"quantization": "int8"}, 1e-3, "tuned at quantization none", id="another level"),
        pytest.param({"rank": 64, "quantization": "nf4"}, 3e-3, "tuned at rank 4", id="the level before the rank"),
        pytest.param({"recipe": FIFTY_STEPS}, 1e-3, "tuned at 100 steps", id="another number of steps"),
        pytest.param({"rank": 8, "recipe": FIFTY_STEPS}, 1e-3, "tuned at rank 4, 100 steps", id="two differences"),
        pytest.param({"method": "full"}, 0.5, "untuned", id="another method"),
        pytest.param({"base": Source("other", "x")}, 0.5, "untuned", id="another model"),
        pytest.param({"target": Source("other", "x")}, 0.5, "untuned", id="another target"),
    ],
)
def test_choice_for(changes: dict[str, Any], rate: float, source: str) -> None:
    assert choose(KNOWN, trial(**changes), untuned=0.5) == (rate, source)


def test_sweep_that_diverged_everywhere_chooses_nothing() -> None:
    diverged = sweep({1e-3: (None,), 1e-2: (None,)})
    assert choose([diverged], trial(rank=16), untuned=0.5) == (0.5, "untuned")


MLP = (("targets", "mlp"),)


@pytest.mark.parametrize(
    ("known", "rate", "source"),
    [
        pytest.param([best_at(1e-3), best_at(4e-3, settings=MLP)], 4e-3, "tuned", id="exactly these settings"),
        pytest.param([best_at(1e-3)], 1e-3, "tuned at default settings", id="the defaults"),
        pytest.param([best_at(4e-3, settings=(("alpha", 8),))], 0.5, "untuned", id="other settings say nothing"),
        pytest.param(
            [best_at(1e-3), best_at(4e-3, settings=MLP, rank=64)], 4e-3, "tuned at rank 64", id="settings before rank"
        ),
    ],
)
def test_choice_for_an_arm_with_settings(known: list[Tuned], rate: float, source: str) -> None:
    assert choose(known, trial(rank=16, settings=MLP), untuned=0.5) == (rate, source)


def test_added_sweep_replaces_that_of_the_same_arm(tmp_path: Path) -> None:
    path = tmp_path / "rates.json"
    add_tuned(KNOWN, path, {"run": 1})
    again, other = best_at(2e-3, rank=4), best_at(7e-3, rank=4, steps=50)
    add_tuned([again, other, best_at(4e-3, settings=(("layers", (0, 1)),))], path, {"run": 2})
    found = load_tuned(path)
    assert len(found) == len(KNOWN) + 2
    assert {again, other} <= set(found)
    assert KNOWN[0] not in found
    assert ("layers", (0, 1)) in {setting for one in found for setting in one.settings}
    assert [one.name for one in tmp_path.iterdir()] == ["rates.json"]


def test_round_trip_through_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rates.json"
    save_tuned(KNOWN, path, {"machine": "x"})
    assert tuple(load_tuned(path)) == KNOWN
    assert json.loads(path.read_text())["note"] == {"machine": "x"}
    full = by_nats({1e-3: 1.0, 1e-2: None}, {1e-3: 0.0}, beside=(Beside(1e-3, 7, 0.5, None), Beside(1e-2, 7, 0.4, 0.1)))
    save_tuned([full], path, {})
    assert load_tuned(path) == [full]
    assert load_tuned(tmp_path / "none.json") == []


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"sweeps": [{}]}', '{"sweeps": [{"trials": 3}]}'], ids=lambda text: text or "nothing"
)
def test_damaged_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rates.json"
    path.write_text(content)
    with pytest.raises(UserError, match=r"rates\.json: not a table of learning rates"):
        load_tuned(path)


SWEEP = asdict(KNOWN[0])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("", "not valid JSON (", id="nothing"),
        pytest.param('{"sweeps": ' + "[" * 5000, "not valid JSON (nested too deeply)", id="deep"),
        pytest.param('{"note": {"a": ' + "[" * 60 + "]" * 60 + '}, "sweeps": []}', "nested too deeply", id="deeper"),
        pytest.param('{"sweeps": ' + "9" * 5000 + "}", "not valid JSON (a number of 5,000 digits)", id="digits"),
        pytest.param('{"sweeps": NaN}', "NaN is no number that is ever measured", id="no number"),
        pytest.param('{"sweeps": 1e999}', "1e999 is no number", id="infinite"),
        pytest.param(json.dumps({"sweeps": [SWEEP | {"steps": 0}]}), "sweeps[1].steps is 0; it must be gr", id="steps"),
        pytest.param(json.dumps({"sweeps": [SWEEP | {"rank": -1}]}), "sweeps[1].rank is -1; it must be gr", id="rank"),
        pytest.param(json.dumps({"sweeps": [SWEEP | {"trials": []}]}), "sweeps[1].trials is []; it", id="trials"),
        pytest.param(json.dumps({"sweeps": [SWEEP | {"trials": [[0, 7, 1.0]]}]}), "trials[1][1] is 0", id="rate"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "rates.json"
    path.write_text(content)
    with pytest.raises(UserError) as caught:
        load_tuned(path)
    assert said in str(caught.value)
    assert str(caught.value).endswith("Restore it, or tune again.")


def test_a_directory_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be read \(Is a directory\)"):
        load_tuned(tmp_path)


def test_unknown_field_of_a_sweep_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rates.json"
    path.write_text(json.dumps({"sweeps": [{**asdict(KNOWN[0]), "new": 1}]}))
    with pytest.raises(UserError, match="new"):
        load_tuned(path)


def test_rows_of_three_are_read(tmp_path: Path) -> None:
    """As versions wrote them that kept scores alone."""
    path, row = tmp_path / "rates.json", asdict(KNOWN[0])
    old = {name: row[name] for name in row if name not in ("errors", "beside")}
    path.write_text(json.dumps({"sweeps": [old | {"trials": [[rate, seed, y] for rate, seed, y, _ in row["trials"]]}]}))
    assert load_tuned(path) == [KNOWN[0]]


def test_every_shipped_choice_can_be_made_again() -> None:
    """From the trials of the file alone: the rule, in other words than the code's."""
    sweeps = json.loads(SHIPPED.read_text())["sweeps"]
    assert len(sweeps) == len(load_tuned()) > 0
    for row, tuned in zip(sweeps, load_tuned(), strict=True):
        rows = [(*one, None)[:4] for one in row["trials"]]
        diverged, sign = {rate for rate, _, score, _ in rows if score is None}, -1 if row["higher_is_better"] else 1
        lower = {
            rate: [sign * score if nll is None else nll for at, _, score, nll in rows if at == rate]
            for rate in sorted({rate for rate, *_ in rows} - diverged)
        }
        means = {rate: sum(found) / len(found) for rate, found in lower.items()}
        errors = dict(map(tuple, row.get("errors", [])))
        assert tuned.chosen == next(
            rate for rate, mean in means.items() if mean - min(means.values()) <= errors.get(rate, 0.0)
        )
        assert row["higher_is_better"] is METRICS[row["metric"]]


def test_every_shipped_sweep_had_the_same_budget() -> None:
    """Rates and steps, and seeds within the default run; none of its own, whose items would then be seen twice."""
    shipped = load_tuned()
    assert len({(len(tuned.curve), tuned.steps) for tuned in shipped}) == 1
    assert all(len(tuned.trials) == len(tuned.curve) * len(tuned.seeds) for tuned in shipped)
    compared = [tuned for tuned in shipped if tuned.method in ("full", "top-layers", "lora", "prompt-tuning")]
    seeds = {(tuned.target_sha256, len(tuned.seeds)) for tuned in compared}
    assert len(seeds) == len({target for target, _ in seeds})
    assert not {seed for tuned in shipped for seed in tuned.seeds} & {0, 1}
