"""Every arm and every trial is found: by a link, and by what it can be filtered by."""

import re

import pytest

from harness.report.model.links import choices, facets, numbered
from harness.tests.synthetic import FULL, TARGETS, base_arms, completed, results_of, whole_results


@pytest.mark.parametrize("digest", ['a"><b', "a b", ""])
def test_an_address_holds_plain_letters_whatever_the_digest(digest: str) -> None:
    first, second, *rest = whole_results().trials
    run = whole_results().with_(trials=(first.with_(digest=digest), second.with_(digest=digest), *rest))
    anchors = [one.anchor for one in numbered(run).trials]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", anchor) for anchor in anchors)
    assert len(set(anchors)) == len(anchors)


def test_everything_can_be_filtered_by_what_it_is() -> None:
    results = numbered(whole_results())
    known = facets(results)
    assert set(known) == {one.key for one in (*results.arms, *results.trials)}
    trial = next(trial for trial in results.trials if trial.id == "new-facts-lora-r8-s0")
    assert known[trial.key] == ("lora", "8", "none", "new-facts", ("0",))


def test_only_what_has_several_values_can_be_chosen() -> None:
    names = [name for name, _, _ in choices(numbered(whole_results()))]
    assert names == ["methods", "ranks", "quantization", "targets", "seeds"]
    one_target = numbered(results_of([*base_arms(TARGETS[0])[:1], completed(FULL, TARGETS[0], 0)], learning_rates=()))
    assert [name for name, _, _ in choices(one_target)] == ["methods", "seeds"]


def test_ranks_are_chosen_in_their_order() -> None:
    ranks = next(values for name, _, values in choices(numbered(whole_results())) if name == "ranks")
    assert [text for _, text in ranks] == ["none", "2", "4", "8", "16", "32", "128"]
