"""What a planned run can tell, in words: the smallest difference that shows, and what 2 points would take."""

import math
from collections.abc import Iterator

from harness.judge.planned import Planned, Row
from harness.judge.power import MOST_ITEMS, MOST_SEEDS, Design, Needed
from harness.judge.stored_noise import PRIOR_IS, Known, Origin, Whose
from harness.report.words.numbers import POINTS, unit_of, up_to
from harness.schema.measured import TARGET
from harness.schema.wording import counted

FEW_DF = 4.0
"""Degrees of freedom of the noise of seeds below which it is said how badly that is known."""


def heading(wanted: float) -> str:
    """What the lines are about."""
    return f"what this run can show (power 80 %, error 5 %), and what a difference of {wanted:g} takes (--difference):"


def lines(planned: Planned) -> Iterator[str]:
    """Of one target: what is asked, each comparison, what limits it, and what the figures rest on."""
    rows = planned.rows
    yield f"  {planned.asked.target}: {_scored(planned)}"
    for row in rows:
        yield from _comparison(row, planned)
    limits = {text: None for row in rows for needed in _both(row) if (text := _limit(needed, row.design))}
    for text in limits:
        those = [row for row in rows if any(_limit(needed, row.design) == text for needed in _both(row))]
        whose = "" if len(those) == len(rows) else f"{', '.join(map(_name, those))}: "
        yield f"    {whose}{text}"
    grounds = {text: None for row in rows if not row.between for text in [_rests_on(row.known)]}
    for text in grounds:
        those = [row for row in rows if not row.between and _rests_on(row.known) == text]
        yield f"    {'all' if len(grounds) == 1 else _what(those[0])} rests on {text}"
    if planned.asked.seeds == 1:
        yield "    under one seed all of this is about that one training, and says nothing of another: take two or more"


def _scored(planned: Planned) -> str:
    asked = planned.asked
    parts = [counted(asked.seeds, "seed"), f"{counted(asked.arms, 'arm', 'that trains', 'that train')}"]
    for size in asked.test.values():
        parts.append(f"{_size(size.items)} test items in {counted(round(size.clusters), 'cluster')}")
    if asked.general:
        each = sum(size.items for size in asked.general.values()) / len(asked.general)
        parts.append(f"{counted(len(asked.general), 'general task')} of {_size(each)} items")
    return ", ".join(parts)


def _comparison(row: Row, planned: Planned) -> Iterator[str]:
    unit = unit_of(planned.asked.metric) if row.role == TARGET else POINTS
    found, wanted = row.outlook, up_to(planned.wanted, unit)
    shown = "no difference at all" if found.difference is None else f"{up_to(found.difference, unit)} or more"
    equal = "none" if found.margin is None else f"within {up_to(found.margin, unit)}"
    family = ""
    if row.between and planned.family > 1:
        first = "nothing" if row.in_family is None else up_to(row.in_family, unit)
        family = f" ({first} as the first of {planned.family} comparisons, after Holm's correction)"
    yield f"    {_name(row)}: {shown}{family}; equality {equal}"
    show, equal = (_way(needed, row.design) for needed in _both(row))
    yield f"      for {wanted}: {show}; for equality within {wanted}: {equal}"


def _name(row: Row) -> str:
    return f"{_what(row)} {'arm against arm' if row.between else 'against the base'}"


def _what(row: Row) -> str:
    return "gain" if row.role == TARGET else "forgetting"


def _both(row: Row) -> tuple[Needed, Needed]:
    return row.outlook.to_show, row.outlook.to_equal


def _way(needed: Needed, design: Design) -> str:
    """What is enough: seeds on the items as they are, items under the seeds as they are, else both."""
    ways = [] if needed.seeds is None else [f"{counted(needed.seeds, 'seed')} on these items"]
    if needed.items is not None:
        ways.append(f"{_size(needed.items)} items a task under {counted(design.seeds, 'seed')}")
    if needed.with_more_items is not None:
        items, seeds = needed.with_more_items
        ways.append(f"{counted(seeds, 'seed')} on {_size(items)} items a task")
    return " or ".join(ways) or f"more than {MOST_SEEDS:,} seeds and {MOST_ITEMS:,.0f} items"


def _limit(needed: Needed, design: Design) -> str:
    """Which of seeds and items no number of the other makes good; empty where either does."""
    if needed.items is None and design.seeds > 1:
        return f"not reachable with any number of items under {counted(design.seeds, 'seed')}: seeds are what limits"
    if needed.seeds is None:
        return "not reachable with any number of seeds on these items: items are what limits"
    return ""


def _size(number: float) -> str:
    return f"{math.ceil(number - 1e-6):,}"


def _rests_on(known: Known) -> str:
    """Whose noise the figures are of, and how far that of few seeds may be off."""
    text = _origin(known.items)
    if known.items != known.seeds:
        text = f"the noise of items in {text}, and that of seeds in {_origin(known.seeds)}"
    elif known.items.whose is not Whose.PRIOR:
        text = f"the noise of {text}"
    if known.steadied is not None:
        text += f", few seeds steadied by {_origin(known.steadied)}"
    if known.seeds.whose is Whose.PRIOR or known.noise.seeds_df >= FEW_DF:
        return text
    return f"{text}; with {round(known.noise.seeds_df)} degrees of freedom, that of seeds may be half or twice as large"


def _origin(origin: Origin) -> str:
    if origin.whose is Whose.PRIOR:
        return f"a prior, as nothing alike is stored: {PRIOR_IS}"
    return f"{counted(origin.trainings, 'stored training')} of {counted(origin.arms, 'arm')} {origin.whose}"
