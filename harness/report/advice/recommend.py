"""Which arm to take, by what the reader cares about: rules that read figures, and name no winner that they do not show.

Per target and concern, a pure function of results. Only arms whose gain is certain (its 95 % interval lies above zero)
are candidates: whatever gains nothing is cheap, small, fast and forgets little. Measured figures are ranked only where
their intervals do not overlap; counted ones (operations, bytes) are exact, and count as alike within `ALIKE`; seconds
need a ratio of `CLEAR_RATIO`, since the machine did other things beside.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.judge.versus_full import EQUAL_GAIN_MARGIN
from harness.report.advice.criteria import (
    ALIKE,
    ARTIFACT,
    CLEAR_RATIO,
    COMPROMISE,
    CONCERNS,
    GAIN,
    LEAST_FORGOTTEN,
    SERVING,
    TRAINING,
    Concern,
    Recommendation,
    Standing,
)
from harness.report.model.arms import (
    REFERENCE,
    Arm,
    Triple,
    comparison,
    forgetting,
    gain,
    joined,
    measured_arms,
    metric,
    targets,
    trains,
)
from harness.report.words.numbers import count, fixed, percent, size
from harness.report.words.phrases import amount, arms_counted, certain, margin_of, some, value
from harness.schema.results import Results
from harness.schema.trial import RateSource

NOTHING_FORGOTTEN: Triple = (0.0, 0.0, 0.0)


def recommendations(results: Results, target: str) -> list[Recommendation]:
    """One per concern; every one of standing `NONE` where no arm gained for certain."""
    candidates = sorted(
        (arm for arm in measured_arms(results, target) if certain(gain(arm))[1] > 0), key=lambda arm: -_gained(arm)
    )
    if not candidates:
        return [
            _none(target, concern, "no arm gained more than its interval allows for chance") for concern in CONCERNS
        ]
    chosen = [RULES[concern.key](results, target, candidates) for concern in CONCERNS]
    return [_cautioned(results, one) for one in chosen]


def settled(found: Sequence[Recommendation]) -> str:
    """Who stands out in what, in one sentence."""
    if not any(one.arms for one in found):
        return "No arm gained more than its interval allows for chance: none is recommended."
    if all(one.standing is Standing.ALONE for one in found if one.arms):
        return f"{found[0].arms[0]} is the only arm whose gain is certain."
    purposes: dict[str, list[str]] = {}
    for one in found:
        if one.standing is Standing.CLEAR:
            purposes.setdefault(one.arms[0], []).append(one.concern.purpose)
    takes = [f"{arm} for {joined(what)}" for arm, what in purposes.items()]
    return f"Take {'; '.join(takes)}." if takes else "No arm stands out in anything."


def settled_alone(arm: Arm) -> str:
    """The same where there was nothing to choose from."""
    gained = certain(gain(arm))[1] > 0
    said = "gained for certain" if gained else "gained no more than its interval allows for chance"
    return f"{arm['arm']} {said}; no other arm was measured beside it."


def unsettled(found: Sequence[Recommendation]) -> str:
    """What the figures leave open, and what was not measured; empty where they settle all, or nothing."""
    if not any(one.standing is Standing.CLEAR for one in found):
        return ""
    left = [one for one in found if one.standing is not Standing.CLEAR]
    unknown = [one.concern.purpose for one in left if one.standing is Standing.UNKNOWN]
    open_ = [one.concern.purpose for one in left if one.standing is not Standing.UNKNOWN]
    said = [f"Not settled: {joined(open_)}." if open_ else "", f"Not measured: {joined(unknown)}." if unknown else ""]
    return " ".join(filter(None, said))


@dataclass(frozen=True)
class Advice:
    """What to take for one target."""

    target: str
    settled: str
    unsettled: str
    chosen: tuple[Recommendation, ...]
    anchor: str
    """The id of its place on the page."""


def advice(results: Results) -> list[Advice]:
    """One per target that was measured, in the order of the run."""
    measured = [target for target in targets(results) if measured_arms(results, target)]
    return [_advice_on(results, target, f"verdict-{place}") for place, target in enumerate(measured)]


def _advice_on(results: Results, target: str, anchor: str) -> Advice:
    arms, chosen = measured_arms(results, target), tuple(recommendations(results, target))
    said = settled_alone(arms[0]) if len(arms) == 1 else settled(chosen)
    return Advice(target, said, unsettled(chosen), chosen, anchor)


def _most_gain(results: Results, target: str, candidates: list[Arm]) -> Recommendation:
    best, low = candidates[0], certain(gain(candidates[0]))[1]
    tied = [best, *(arm for arm in candidates[1:] if certain(gain(arm))[2] >= low)]
    why = "no other arm's interval reaches its own" if len(tied) == 1 else "their intervals overlap"
    return _chosen(target, GAIN, candidates, tied, _amount_gained(results, target, best), why)


def _least_forgotten(results: Results, target: str, candidates: list[Arm]) -> Recommendation:
    trained = [arm for arm in candidates if trains(arm) and forgetting(arm) is not None]
    if not trained and any(map(trains, candidates)):
        return _unknown(target, LEAST_FORGOTTEN, "of no trained arm that gained was forgetting measured")
    if not trained:
        return _none(target, LEAST_FORGOTTEN, "no arm that gained was trained")
    best, margin = trained[0], margin_of(EQUAL_GAIN_MARGIN, metric(results, target))
    equal = [arm for arm in trained if arm is best or _equal_gain(results, arm, best)]
    possible = [arm for arm in trained if arm is best or certain(gain(arm))[2] >= certain(gain(best))[1]]
    shown = len(equal) > 1 or len(possible) == 1
    eligible = sorted(equal if shown else possible, key=_forgot)
    least, high = eligible[0], certain(forgetting(eligible[0]))[2]
    tied = [least, *(arm for arm in eligible[1:] if certain(forgetting(arm))[1] <= high)]
    evidence = f"forgot {amount(forgetting(least), 'accuracy')}; gained {_amount_gained(results, target, least)}"
    if not shown:
        why = f"the figures allow equal gain ({margin}) and do not show it, so nothing is claimed"
        return Recommendation(target, LEAST_FORGOTTEN, Standing.OPEN, _names(tied or eligible), evidence, why)
    why = "the next interval does not reach its own" if len(tied) == 1 else "their intervals overlap"
    if len(eligible) == 1:
        why = f"no other trained arm is shown to gain as much ({margin})"
    return _chosen(target, LEAST_FORGOTTEN, eligible, tied, evidence, why)


def _equal_gain(results: Results, arm: Arm, best: Arm) -> bool:
    """By the paired comparison where one of the two is the reference; else as if the two were independent.

    Arms share their items, which makes differences steadier than that: it errs towards not equal.
    """
    other = arm if best.arm == REFERENCE else best if arm.arm == REFERENCE else None
    row = comparison(results, other) if other is not None else None
    if row is not None:
        return bool(row["gain"] == "equal")
    (own, own_low, _), (most, _, most_high) = certain(gain(arm)), certain(gain(best))
    return most - own + math.hypot(own - own_low, most_high - most) <= EQUAL_GAIN_MARGIN


def _cheapest(results: Results, target: str, candidates: list[Arm]) -> Recommendation:
    free = [arm for arm in candidates if not trains(arm)]
    trained = [arm for arm in candidates if trains(arm)]
    exact = all(arm.cost.flops_per_token for arm in trained)
    field, ratio, unit = ("flops_per_token", ALIKE, "operations per training token") if exact else _TIMED
    found = _by_cost(trained, lambda arm: arm.cost.get(field))
    if free:
        least = [arm.arm for cost, arm in found if cost <= ratio * found[0][0]]
        also = f"; of what trains: {some(least)}" if least else ""
        nothing = f"nothing is trained; gained {_amount_gained(results, target, free[0])}"
        return _chosen(target, TRAINING, candidates, free, nothing, f"no training costs less than none{also}")
    if not found:
        elsewhere = all(arm.learning_rate_source == RateSource.ELSEWHERE for arm in trained)
        unknown = "neither operations nor seconds of training were measured"
        return _unknown(
            target, TRAINING, "trained elsewhere, at a cost that is not known here" if elsewhere else unknown
        )

    def evidence(arm: Arm) -> str:
        return f"{count(arm['cost'][field])} {unit}; gained {_amount_gained(results, target, arm)}"

    return _by_ratio(target, TRAINING, candidates, found, ratio, evidence, "counted" if exact else "roughly timed")


_TIMED = ("train_s", CLEAR_RATIO, "seconds of training")


def _smallest(results: Results, target: str, candidates: list[Arm]) -> Recommendation:
    found = _by_cost(candidates, lambda arm: arm.cost.artifact_bytes)
    if not found:
        return _unknown(target, ARTIFACT, "no artifact was measured")

    def evidence(arm: Arm) -> str:
        return f"{size(arm['cost']['artifact_bytes'])}; gained {_amount_gained(results, target, arm)}"

    return _by_ratio(target, ARTIFACT, candidates, found, ALIKE, evidence, "counted")


def _fastest(results: Results, target: str, candidates: list[Arm]) -> Recommendation:
    timed = _by_cost(candidates, _reading_s)
    close = [arm for seconds, arm in timed if seconds <= CLEAR_RATIO * timed[0][0]] if timed else candidates
    counted = _by_cost(close, _reading_flops)
    if not counted:
        return _unknown(target, SERVING, "serving was not measured")

    def evidence(arm: Arm) -> str:
        speed = arm.cost.forward_tokens_per_s
        timing = f", at {count(speed)} tokens per second" if speed else ""
        read = f"{count(_reading_flops(arm))} operations to read a question{timing}"
        return f"{read}; gained {_amount_gained(results, target, arm)}"

    slower = len(timed) - len(close)
    basis = (
        f"counted; {arms_counted(slower)} took over 1.5 times as long" if slower else "counted; no arm clearly slower"
    )
    return _by_ratio(target, SERVING, candidates, counted, ALIKE, evidence, basis)


def _reading_flops(arm: Arm) -> float | None:
    """Operations of one forward pass over all that is read before an answer."""
    per_token, tokens = arm.cost.forward_flops_per_token, arm.cost.prompt_tokens
    return per_token * tokens if per_token and tokens else None


def _reading_s(arm: Arm) -> float | None:
    """Seconds for the same, at the speed of a batch."""
    speed, tokens = arm.cost.forward_tokens_per_s, arm.cost.prompt_tokens
    return tokens / speed if speed and tokens else None


def _compromise(results: Results, target: str, candidates: list[Arm]) -> Recommendation:
    most = _gained(candidates[0])
    lost = {arm.arm: _lost(arm, most) for arm in candidates if _forgotten(arm) is not None}
    known = sorted((arm for arm in candidates if arm.arm in lost), key=lambda arm: lost[arm.arm][0])
    if not known:
        return _unknown(target, COMPROMISE, "forgetting was not measured")
    best, high = known[0], lost[known[0]["arm"]][2]
    tied = [best, *(arm for arm in known[1:] if lost[arm.arm][1] <= high)]
    forgot = "forgets nothing" if not trains(best) else f"forgot {amount(forgetting(best), 'accuracy')}"
    evidence = f"{percent(_gained(best) / most)} of the largest gain; {forgot}"
    why = (
        "the next interval of the sum does not reach its own" if len(tied) == 1 else "the intervals of the sum overlap"
    )
    return _chosen(target, COMPROMISE, known, tied, evidence, why)


def _lost(arm: Arm, most: float) -> Triple:
    """What is missing to the largest gain, as a share of it, plus what was forgotten; intervals as if independent."""
    (gained, low, high), (forgot, forgot_low, forgot_high) = certain(gain(arm)), certain(_forgotten(arm))
    middle = 1 - gained / most + forgot
    below = math.hypot((high - gained) / most, forgot - forgot_low)
    above = math.hypot((gained - low) / most, forgot_high - forgot)
    return middle, middle - below, middle + above


def _forgotten(arm: Arm) -> Triple | None:
    return forgetting(arm) if trains(arm) else NOTHING_FORGOTTEN


Rule = Callable[[dict[str, Any], str, list[Arm]], Recommendation]

RULES: dict[str, Rule] = {
    "gain": _most_gain,
    "forgetting": _least_forgotten,
    "training": _cheapest,
    "artifact": _smallest,
    "serving": _fastest,
    "compromise": _compromise,
}


def _by_cost(arms: Sequence[Arm], cost: Callable[[Arm], float | None]) -> list[tuple[float, Arm]]:
    """Arms with a known cost, the lowest first; equal ones in the order given."""
    known = [(found, arm) for arm in arms if (found := cost(arm)) is not None]
    return sorted(known, key=lambda pair: pair[0])


def _by_ratio(
    target: str,
    concern: Concern,
    candidates: list[Arm],
    found: list[tuple[float, Arm]],
    ratio: float,
    evidence: Callable[[Arm], str],
    basis: str,
) -> Recommendation:
    """The lowest cost, and all within `ratio` of it; of those the one that gained most stands first."""
    lowest = found[0][0]
    tied = sorted((arm for cost, arm in found if cost <= ratio * lowest), key=lambda arm: -_gained(arm))
    why = basis if len(tied) == 1 else f"alike within {fixed(100 * (ratio - 1), 0)} %, {basis}"
    if len(tied) < len(found):
        after, arm = found[len(tied)]
        why += f"; next is {arm['arm']}, {_times(after, lowest)}"
    return _chosen(target, concern, candidates, tied, evidence(tied[0]), why)


def _times(cost: float, lowest: float) -> str:
    if not lowest:
        return "which has some"
    ratio = cost / lowest
    return f"{fixed(ratio, 0 if ratio >= 10 else 1 if ratio >= 2 else 2)} times that"


def _chosen(
    target: str, concern: Concern, candidates: Sequence[Arm], tied: list[Arm], evidence: str, why: str
) -> Recommendation:
    if len(tied) > 1:
        return Recommendation(target, concern, Standing.OPEN, _names(tied), evidence, why)
    standing = Standing.ALONE if len(candidates) == 1 else Standing.CLEAR
    return Recommendation(target, concern, standing, _names(tied), evidence, why)


def _none(target: str, concern: Concern, why: str) -> Recommendation:
    return Recommendation(target, concern, Standing.NONE, (), "", why)


def _unknown(target: str, concern: Concern, why: str) -> Recommendation:
    return Recommendation(target, concern, Standing.UNKNOWN, (), "", why)


def _cautioned(results: Results, one: Recommendation) -> Recommendation:
    """Adds what weakens the arm's own figures."""
    if not one.arms:
        return one
    arm = next(arm for arm in measured_arms(results, one.target) if arm.arm == one.arms[0])
    cautions = []
    if len(arm.seeds) == 1:
        cautions.append("one seed" if trains(arm) else "one draw of examples")
    if arm.learning_rate_source in (RateSource.UNTUNED, RateSource.GIVEN):
        cautions.append(f"learning rate {arm['learning_rate_source']}")
    text = "; ".join([one.uncertainty, *cautions])
    return Recommendation(one.target, one.concern, one.standing, one.arms, one.evidence, text)


def _names(arms: Sequence[Arm]) -> tuple[str, ...]:
    return tuple(arm.arm for arm in arms)


def _gained(arm: Arm) -> float:
    return value(gain(arm))


def _forgot(arm: Arm) -> float:
    return value(forgetting(arm))


def _amount_gained(results: Results, target: str, arm: Arm) -> str:
    return amount(gain(arm), metric(results, target), plus=True)
