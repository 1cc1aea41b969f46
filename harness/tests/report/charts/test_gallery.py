"""All pictures together: names, what scripts get, what is left out where arms are many."""

import base64
import copy
import gzip
import json
import re
from collections import Counter
from statistics import median
from typing import Any

import pytest

from harness.report.charts import cost, training
from harness.report.charts.gallery import SCRIPT_SOURCES, Gallery, gallery
from harness.report.charts.hover import facts, told
from harness.report.charts.levels import rank_curves
from harness.report.charts.live import library
from harness.report.charts.selection import most_gained
from harness.report.charts.theme import Figure, marks
from harness.report.model.arms import FORGETS_NOTHING, gain, methods, methods_at_levels, trained_arms
from harness.report.words.escaping import visible, visible_content
from harness.tests.synthetic import FULL, TARGETS, base_arms, ladder_results, results_of, whole_results

HOSTILE = "</script><script>alert(1)</script>&amp;\u2028'\"\\"


@pytest.fixture(scope="module")
def whole() -> Gallery:
    return gallery(whole_results())


def unpacked(text: str) -> str:
    return gzip.decompress(base64.b64decode(text)).decode()


def specs(found: Gallery) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(unpacked(json.loads(found.specs_json)["specs"]))
    return content


def figures(found: Gallery) -> list[Figure]:
    shift = [found.domain_shift] if found.domain_shift else []
    return [figure for listed in found.figures_by.values() for figure in listed] + shift


def rows(figure: Figure) -> list[dict[str, Any]]:
    """Rows of the one data set of a figure."""
    (found,) = figure.spec["datasets"].values()
    return list(found)


def test_scripts_get_every_picture_by_its_name(whole: Gallery) -> None:
    drawn = figures(whole)
    content = specs(whole)
    assert list(content["figures"]) == [figure.name for figure in drawn]
    assert len({figure.name for figure in drawn}) == len(drawn)
    for figure in drawn:
        assert content["figures"][figure.name]["spec"] | {"config": content["config"]} == figure.spec


def test_ids_in_pictures_are_unique_on_the_page(whole: Gallery) -> None:
    assert whole.explorer is not None
    text = "".join(figure.svg for figure in [*figures(whole), *whole.explorer.figures])
    ids = Counter(re.findall(r'\bid="([^"]*)"', text))
    assert ids
    assert set(ids.values()) == {1}
    assert set(re.findall(r"url\(#([^)]*)\)", text)) <= set(ids)


def test_pictures_say_their_font_once_and_no_more_than_hundredths_of_pixels(whole: Gallery) -> None:
    for figure in figures(whole):
        assert figure.svg.count("font-family=") == 1
        assert not re.search(r"\.\d{3}", "".join(re.findall(r"<[^>]+>", figure.svg)))


def test_no_text_breaks_out_of_the_script_element() -> None:
    results = copy.deepcopy(ladder_results())
    for arm in results["arms"]:
        arm["arm"] += HOSTILE
    found = gallery(visible_content(results))
    assert not set(found.specs_json) & set("<>&\u2028\u2029")
    assert all("<script>" not in figure.svg for figure in figures(found))
    assert all(arm["arm"].endswith(visible(HOSTILE)) for arm in specs(found)["arms"])


def test_the_library_is_one_script_that_shares_no_names() -> None:
    code = unpacked(library())
    assert code.startswith("(() => {")
    assert code.endswith("})();")
    assert "window.vegaEmbed" in code
    assert "</script" not in code.lower()
    first = library()
    library.cache_clear()
    assert library() == first


def test_scripts_need_no_evaluation_of_text_and_no_other_host(whole: Gallery) -> None:
    assert "unsafe-eval" not in SCRIPT_SOURCES
    assert "ast: true" in whole.script
    assert not re.search(r"innerHTML|insertAdjacentHTML|\beval\b|https?:|fetch\(|XMLHttpRequest", whole.script)


def test_a_run_without_arms_has_no_pictures_and_no_script() -> None:
    found = gallery(results_of([]))
    assert figures(found) == []
    assert (found.script, found.specs_json, found.explorer) == ("", "{}", None)


def test_what_is_pointed_at_says_gain_forgetting_and_cost() -> None:
    results = whole_results()
    said = {(one["target"], one["arm"]): dict(one["lines"]) for one in facts(results)}
    full = next(arm for arm in trained_arms(results, TARGETS[0]) if arm["arm"] == "full")
    found = gain(full)
    assert found is not None
    assert said[TARGETS[0], "full"]["Gain"] == f"{told(found, 100, plus=True)} points"
    assert said[TARGETS[0], "full"]["Trained"] == "1.31 M parameters"
    assert said[TARGETS[0], "zero-shot"]["Forgetting"] == FORGETS_NOTHING
    assert "Money" not in said[TARGETS[0], "full"]
    refused = said[TARGETS[1], "boft"]
    assert "Gain" not in refused
    assert "Forgetting" not in refused


@pytest.mark.parametrize(
    ("found", "text"),
    [((0.4512, 0.34, 0.55), "+45 (34 to 55)"), ((0.021, 0.018, 0.025), "+2.10 (1.80 to 2.50)")],
    ids=["wide", "narrow"],
)
def test_figures_are_no_finer_than_their_intervals(found: tuple[float, float, float], text: str) -> None:
    assert told(found, 100, plus=True) == text


def test_of_many_arms_full_and_those_that_gained_most_are_kept_in_their_order() -> None:
    arms = [
        {"arm": name, "target": {"gain": gained, "ci95": [0.0, 1.0]} if gained is not None else None}
        for name, gained in (("b", 0.1), ("c", None), ("full", 0.0), ("d", 0.4), ("e", 0.2))
    ]
    assert [arm["arm"] for arm in most_gained(arms, 3)] == ["full", "d", "e"]
    assert most_gained(arms, 5) == arms


@pytest.mark.parametrize("most", [3, 100], ids=["too many", "few"])
def test_bars_of_too_many_arms_are_left_out_and_the_caption_says_so(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "MOST_ROWS", most)
    results = whole_results()
    figure = cost.memory_parts(results, TARGETS[0], "memory")
    assert figure is not None
    arms = {row["arm"] for row in rows(figure)}
    measured = [arm for arm in trained_arms(results, TARGETS[0]) if arm["cost"]["weight_bytes"]]
    assert len(arms) == min(most, len(measured))
    assert (f"Of {len(measured)} arms, the 3 that gained most" in figure.caption) == (most == 3)


def test_losses_of_many_trials_are_medians_over_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    results = whole_results()
    known = marks(methods(results), [])
    single = training.losses(results, TARGETS[0], known, "losses")
    monkeypatch.setattr(training, "MOST_TRIALS", 3)
    merged = training.losses(results, TARGETS[0], known, "losses")
    assert single is not None
    assert merged is not None
    assert {row["seed"] for row in rows(single)} == {"0", "1"}
    assert {row["seed"] for row in rows(merged)} == {"median"}
    last = [trial["loss_curve"][-1] for trial in results["trials"]
            if (trial["spec"]["target"], trial["spec"]["arm"]) == (TARGETS[0], "full")]  # fmt: skip
    shown = [row for row in rows(merged) if row["arm"] == "full"]
    assert shown[-1]["step"] == last[0][0]
    assert shown[-1]["loss"] == pytest.approx(median(loss for _, loss in last), abs=1e-4)
    assert len(shown) == training.FEW_POINTS
    assert "median of all seeds" in merged.caption


def test_rank_is_set_against_gain_forgetting_and_cost() -> None:
    results = whole_results()
    figure = rank_curves(results, TARGETS[0], marks(methods(results), methods_at_levels(results)), "ranks")
    assert figure is not None
    titles = ("Gain (points)", "Forgetting (points)", "Memory while training (MiB)", "Training time (seconds)")
    assert all(f">{title}<" in figure.svg for title in titles)


def test_an_arm_that_was_not_measured_is_no_row_of_a_chart() -> None:
    results = results_of([*base_arms(TARGETS[0])])
    assert cost.memory_parts(results, TARGETS[0], "memory") is None
    assert FULL.method not in {fact["method"] for fact in facts(results)}
