"""Do the lines of a plan say what can be shown, what limits it, and whose noise that rests on?"""

import re
from dataclasses import replace

import pytest

from harness.judge.noise import Size
from harness.judge.planned import Asked, Planned, planned
from harness.judge.power import Needed, Outlook
from harness.judge.stored_noise import Origin, Whose
from harness.report.topics.planned import heading, lines
from harness.schema.trial import Trial
from harness.tests.builders import make_trial

GRID: list[tuple[str, int | None]] = [("full", None), ("lora", 4), ("lora", 16)]


def asked(seeds: int = 2, arms: int = 3, items: int = 200, metric: str = "exact_match", general: int = 2) -> Asked:
    trials: tuple[Trial, ...] = tuple(make_trial(*arm, seed) for arm in GRID[:arms] for seed in range(seeds))
    size = Size(items, items)
    return Asked(trials, metric, {"poems": size}, {f"general-{place}": size for place in range(general)})


def said(plan: Planned) -> str:
    return "\n".join(lines(plan))


def test_two_seeds_rarely_can() -> None:
    text = said(planned(asked(), []))
    assert text.startswith(
        "  poems: 2 seeds, 3 arms that train, 200 test items in 200 clusters, 2 general tasks of 200"
    )
    assert "not reachable with any number of items under 2 seeds: seeds are what limits" in text
    assert re.search(r"forgetting arm against arm: \d[\d.]* points or more", text)
    assert re.search(r"equality within \d[\d.]* points", text)
    assert re.search(r"for 2 points: [\d,]+ seeds on ([\d,]+ items a task|these items)", text)


def test_an_empty_store_says_where_its_figures_come_from() -> None:
    text = said(planned(asked(), []))
    assert (
        "all rests on a prior, as nothing alike is stored: full fine-tuning and lora r16 of the embedded model" in text
    )
    assert "the baseline that ships" in text


def test_many_seeds_and_items_can() -> None:
    text = said(planned(asked(seeds=800, items=4000, arms=1), []))
    ways = re.findall(r"for 2 points: (\d+) seeds on these items or ([\d,]+) items a task under 800 seeds", text)
    assert len(ways) == 2
    assert all(int(seeds) <= 800 and int(items.replace(",", "")) <= 4000 for seeds, items in ways)
    assert "limits" not in text
    assert "arm against arm" not in text


def test_a_family_of_comparisons_is_told() -> None:
    assert "points as the first of 4 comparisons, after Holm's correction)" in said(planned(asked(), []))
    assert "Holm" not in said(planned(asked(arms=1), []))


def test_one_seed_says_nothing_of_another() -> None:
    text = said(planned(asked(seeds=1), []))
    assert "under one seed all of this is about that one training, and says nothing of another" in text
    assert "under 1 seed:" not in text


def test_likelihoods_are_planned_in_nats() -> None:
    text = said(planned(asked(metric="nll_per_token", general=0), [], wanted=0.05))
    assert "for 0.05 nats: " in text
    assert "points" not in text
    assert "forgetting" not in text


def test_heading_names_the_option() -> None:
    assert heading(0.02).endswith("and what a difference of 0.02 takes (--difference):")


def with_outlook(found: Outlook) -> Planned:
    plan = planned(asked(arms=1, general=0), [])
    return replace(plan, rows=(replace(plan.rows[0], outlook=found),))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param(
            Outlook(0.0512, 0.06, Needed(9, 730), Needed(10, 810)),
            "gain against the base: 5.2 points or more; equality within 6 points\n"
            "      for 2 points: 9 seeds on these items or 730 items a task under 2 seeds; "
            "for equality within 2 points: 10 seeds on these items or 810 items a task under 2 seeds\n    all rests",
            id="either is enough",
        ),
        pytest.param(
            Outlook(0.05, 0.06, Needed(None, 730), Needed(10, 810)),
            "    not reachable with any number of seeds on these items: items are what limits\n",
            id="items limit",
        ),
        pytest.param(
            Outlook(0.05, 0.06, Needed(300, None, (800, 20)), Needed(10, 810)),
            "for 2 points: 300 seeds on these items or 20 seeds on 800 items a task;",
            id="both are cheaper",
        ),
        pytest.param(
            Outlook(None, None, Needed(None, None), Needed(None, None)),
            "gain against the base: no difference at all; equality none\n"
            "      for 2 points: more than 1,000 seeds and 1,000,000 items;",
            id="nothing is enough",
        ),
    ],
)
def test_ways_and_limits(found: Outlook, words: str) -> None:
    assert words in said(with_outlook(found))


SAME, SIMILAR, PRIOR = Origin(Whose.SAME, 1, 2), Origin(Whose.SIMILAR, 8, 16), Origin(Whose.PRIOR)


@pytest.mark.parametrize(
    ("items", "seeds", "steadied", "df", "words"),
    [
        pytest.param(
            SAME, SAME, None, 30, "all rests on the noise of 2 stored trainings of 1 arm of this grid", id="own"
        ),
        pytest.param(
            SIMILAR,
            SIMILAR,
            None,
            3,
            "all rests on the noise of 16 stored trainings of 8 arms of the same base and recipe; with 3 degrees of "
            "freedom, that of seeds may be half or twice as large",
            id="similar, and few seeds",
        ),
        pytest.param(
            SAME, SAME, SIMILAR, 9, "1 arm of this grid, few seeds steadied by 16 stored trainings", id="steadied"
        ),
        pytest.param(
            SAME,
            PRIOR,
            None,
            4,
            "all rests on the noise of items in 2 stored trainings of 1 arm of this grid, and that of seeds in a prior",
            id="one seed",
        ),
    ],
)
def test_grounds(items: Origin, seeds: Origin, steadied: Origin | None, df: float, words: str) -> None:
    plan = planned(asked(arms=1, general=0), [])
    known = replace(plan.rows[0].known, items=items, seeds=seeds, steadied=steadied)
    known = replace(known, noise=replace(known.noise, seeds_df=df))
    assert words in said(replace(plan, rows=(replace(plan.rows[0], known=known),)))
