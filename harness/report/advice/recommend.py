"""Which arm to take, by what the reader cares about: rules that read figures, and name no winner that they do not show.

Per target, a pure function of results. Only arms whose gain is certain (its 95 % interval lies above zero)
are candidates: whatever gains nothing is cheap, small, fast and forgets little. Measured figures are ranked as the
paired comparisons of all arms allow, or, where results have none, where intervals do not overlap; counted ones
(operations, bytes) are exact, and count as alike within `ALIKE`; seconds need a ratio of `CLEAR_RATIO`, since the
machine did other things beside.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.report.advice import criteria
from harness.report.advice.criteria import ALIKE, CLEAR_RATIO, Criterion, Recommendation, Standing
from harness.report.model.arms import (
    cannot_lose,
    forgetting,
    gain,
    learned,
    measured_arms,
    targets,
)
from harness.report.words.numbers import Triple, count, fixed, percent, size
from harness.report.words.phrases import amount, certain, gained_by, joined, points, some
from harness.schema.comparisons import BY_COMPROMISE, BY_GAIN, BY_MATCHED, Ranking
from harness.schema.results import ArmResult, Results
from harness.schema.trial import RateSource
from harness.schema.wording import counted


@dataclass(frozen=True)
class _Choice:
    """What a rule says; `why` is what the others have, or why there is no arm."""

    standing: Standing
    why: str
    arms: Sequence[ArmResult] = ()
    evidence: str = ""


def recommendations(results: Results, target: str) -> list[Recommendation]:
    """One per criterion; every one of standing `NONE` where no arm gained for certain."""
    gained = [arm for arm in measured_arms(results, target) if learned(arm)]
    if not gained:
        nothing = _Choice(Standing.NONE, "no arm gained more than its interval allows for chance")
        return [_recommended(criterion, nothing) for criterion in RULES]
    candidates = sorted(gained, key=lambda arm: -_gain(arm)[0])
    return [_recommended(criterion, rule(results, candidates)) for criterion, rule in RULES.items()]


def _recommended(criterion: Criterion, choice: _Choice) -> Recommendation:
    """Adds what weakens the first arm's own figures."""
    said = [choice.why]
    for arm in choice.arms[:1]:
        if len(arm.seeds) == 1:
            said.append("one seed" if arm.trains else "one draw of examples")
        if arm.rate_source in (RateSource.UNTUNED, RateSource.GIVEN):
            said.append(f"learning rate {arm.learning_rate_source}")
    names = tuple(arm.arm for arm in choice.arms)
    return Recommendation(criterion, choice.standing, names, choice.evidence, "; ".join(said))


def settled(found: Sequence[Recommendation]) -> str:
    """Who stands out in what, in one sentence."""
    named = [one for one in found if one.arms]
    if not named:
        return "No arm gained more than its interval allows for chance: none is recommended."
    if all(one.standing is Standing.ALONE for one in named):
        return f"{named[0].arms[0]} is the only arm whose gain is certain."
    purposes: dict[str, list[str]] = {}
    for one in found:
        if one.standing is Standing.CLEAR:
            purposes.setdefault(one.arms[0], []).append(one.criterion.purpose)
    takes = [f"{arm} for {joined(what)}" for arm, what in purposes.items()]
    return f"Take {'; '.join(takes)}." if takes else "No arm stands out in anything."


def settled_alone(arm: ArmResult) -> str:
    """The same where there was nothing to choose from."""
    gained = learned(arm)
    said = "gained for certain" if gained else "gained no more than its interval allows for chance"
    return f"{arm.arm} {said}; no other arm was measured beside it."


def unsettled(found: Sequence[Recommendation]) -> str:
    """What the figures leave open, and what was not measured; empty where they settle all, or nothing."""
    if not any(one.standing is Standing.CLEAR for one in found):
        return ""
    unknown = [one.criterion.purpose for one in found if one.standing is Standing.UNKNOWN]
    settled_or_unknown = (Standing.CLEAR, Standing.UNKNOWN)
    open_ = [one.criterion.purpose for one in found if one.standing not in settled_or_unknown]
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
    found: list[Advice] = []
    for target in targets(results):
        if arms := measured_arms(results, target):
            chosen = tuple(recommendations(results, target))
            said = settled_alone(arms[0]) if len(arms) == 1 else settled(chosen)
            found.append(Advice(target, said, unsettled(chosen), chosen, f"verdict-{len(found)}"))
    return found


def _most_gain(results: Results, candidates: list[ArmResult]) -> _Choice:
    tied, why = _alike(results, BY_GAIN, candidates, _gain)
    return _chosen(candidates, tied, _amount_gained(candidates[0]), why)


def _least_forgotten(results: Results, candidates: list[ArmResult]) -> _Choice:
    trained = [arm for arm in candidates if arm.trains and forgetting(arm) is not None]
    if not trained and any(arm.trains for arm in candidates):
        return _Choice(Standing.UNKNOWN, "of no trained arm that gained was forgetting measured")
    if not trained:
        return _Choice(Standing.NONE, "no arm that gained was trained")
    if len(trained) == 1:
        arm = trained[0]
        evidence = f"forgot {amount(_forgotten(arm), 'accuracy')}; gained {_amount_gained(arm)}"
        return _Choice(Standing.ALONE, "no other trained arm gained for certain", trained, evidence)
    row = _ranking(results, trained[0].target_task, BY_MATCHED)
    found = [] if row is None else [arm for name in row.arms for arm in trained if arm.arm == name]
    if row is None or row.gain is None or not found or found[0].arm != row.arms[0]:
        reached = "no two arms reached the same gain" if any(arm.trace for arm in trained) else "no training was traced"
        return _Choice(Standing.UNKNOWN, f"{reached}, so what each had forgotten by then is not known")
    tied = [arm for arm in found if arm.arm in row.alike]
    gained = gained_by(row.gain, row.matched_on, trained[0].metric)
    evidence = f"had forgotten {points(row.values[0])} when it had gained {gained}"
    return _chosen(found, tied, evidence, _APART if len(tied) == 1 else _TOGETHER)


_APART = "set against it item by item, every other arm is worse"
_TOGETHER = "set against each other item by item, they cannot be told apart"


def _alike(
    results: Results, by: str, ranked: list[ArmResult], figure: Callable[[ArmResult], Triple]
) -> tuple[list[ArmResult], str]:
    """The first arm and those as good, by paired comparisons where there are some, else by intervals; and why."""
    if len(ranked) == 1:
        return ranked, "no other arm gained for certain"
    row = _ranking(results, ranked[0].target_task, by)
    overlapping = _overlapping(ranked, figure)
    if row is None or row.arms[0] != ranked[0].arm:
        alone = len(overlapping) == 1
        return overlapping, "no other arm's interval reaches its own" if alone else "their intervals overlap"
    tied = [arm for arm in ranked if arm.arm in row.alike or (arm.arm not in row.arms and arm in overlapping)]
    return tied, _APART if len(tied) == 1 else _TOGETHER


def _ranking(results: Results, target: str, by: str) -> Ranking | None:
    return next((one for one in results.rankings if (one.target_task, one.by) == (target, by)), None)


def _overlapping(ranked: list[ArmResult], figure: Callable[[ArmResult], Triple]) -> list[ArmResult]:
    """The first arm, and those whose intervals overlap with its own."""
    _, low, high = figure(ranked[0])
    return [arm for arm in ranked if figure(arm)[1] <= high and figure(arm)[2] >= low]


def _cheapest(results: Results, candidates: list[ArmResult]) -> _Choice:
    free = [arm for arm in candidates if not arm.trains]
    trained = [arm for arm in candidates if arm.trains]
    if all(arm.cost.flops_per_token for arm in trained):
        found, ratio = _lowest_first((arm.cost.flops_per_token, arm) for arm in trained), ALIKE
        unit, basis = "operations per training token", "counted"
    else:
        found, ratio = _lowest_first((arm.cost.train_s, arm) for arm in trained), CLEAR_RATIO
        unit, basis = "seconds of training", "roughly timed"
    if free:
        least = [arm.arm for cost, arm in found if cost <= ratio * found[0][0]]
        also = f"; of what trains: {some(least)}" if least else ""
        nothing = f"nothing is trained; gained {_amount_gained(free[0])}"
        return _chosen(candidates, free, nothing, f"no training costs less than none{also}")
    if not found and all(arm.rate_source is RateSource.ELSEWHERE for arm in trained):
        return _Choice(Standing.UNKNOWN, "trained elsewhere, at a cost that is not known here")
    unknown = "neither operations nor seconds of training were measured"
    return _by_ratio(candidates, found, ratio, lambda cost, _: f"{count(cost)} {unit}", basis, unknown)


def _smallest(results: Results, candidates: list[ArmResult]) -> _Choice:
    found = _lowest_first((arm.cost.artifact_bytes, arm) for arm in candidates)
    return _by_ratio(candidates, found, ALIKE, lambda cost, _: size(cost), "counted", "no artifact was measured")


def _fastest(results: Results, candidates: list[ArmResult]) -> _Choice:
    timed = _lowest_first((_reading_s(arm), arm) for arm in candidates)
    close = [arm for seconds, arm in timed if seconds <= CLEAR_RATIO * timed[0][0]] or candidates
    found = _lowest_first((_reading_flops(arm), arm) for arm in close)

    def evidence(flops: float, arm: ArmResult) -> str:
        speed = arm.cost.forward_tokens_per_s
        timing = f", at {count(speed)} tokens per second" if speed else ""
        return f"{count(flops)} operations to read a question{timing}"

    slower = len(timed) - len(close) if timed else 0
    others = f"{counted(slower, 'arm')} took over 1.5 times as long" if slower else "no arm clearly slower"
    return _by_ratio(candidates, found, ALIKE, evidence, f"counted; {others}", "serving was not measured")


def _reading_flops(arm: ArmResult) -> float | None:
    """Operations of one forward pass over all that is read before an answer."""
    per_token, tokens = arm.cost.forward_flops_per_token, arm.cost.prompt_tokens
    return per_token * tokens if per_token and tokens else None


def _reading_s(arm: ArmResult) -> float | None:
    """Seconds for the same, at the speed of a batch."""
    speed, tokens = arm.cost.forward_tokens_per_s, arm.cost.prompt_tokens
    return tokens / speed if speed and tokens else None


def _compromise(results: Results, candidates: list[ArmResult]) -> _Choice:
    most = _gain(candidates[0])[0]
    lost = {arm.arm: _lost(arm, most) for arm in candidates if cannot_lose(arm) or forgetting(arm) is not None}
    known = sorted((arm for arm in candidates if arm.arm in lost), key=lambda arm: lost[arm.arm][0])
    if not known:
        return _Choice(Standing.UNKNOWN, "forgetting was not measured")
    best, (tied, why) = known[0], _alike(results, BY_COMPROMISE, known, lambda arm: lost[arm.arm])
    forgot = "forgets nothing" if cannot_lose(best) else f"forgot {amount(_forgotten(best), 'accuracy')}"
    evidence = f"{percent(_gain(best)[0] / most)} of the largest gain; {forgot}"
    return _chosen(known, tied, evidence, why)


def _lost(arm: ArmResult, most: float) -> Triple:
    """What is missing to the largest gain, as a share of it, plus what was forgotten; intervals as if independent."""
    (gained, low, high), (forgot, forgot_low, forgot_high) = _gain(arm), _forgotten(arm)
    middle = 1 - gained / most + forgot
    below = math.hypot((high - gained) / most, forgot - forgot_low)
    above = math.hypot((gained - low) / most, forgot_high - forgot)
    return middle, middle - below, middle + above


def _forgotten(arm: ArmResult) -> Triple:
    return (0.0, 0.0, 0.0) if cannot_lose(arm) else certain(forgetting(arm))


Rule = Callable[[Results, list[ArmResult]], _Choice]

RULES: dict[Criterion, Rule] = {
    criteria.GAIN: _most_gain,
    criteria.LEAST_FORGOTTEN: _least_forgotten,
    criteria.TRAINING: _cheapest,
    criteria.ARTIFACT: _smallest,
    criteria.SERVING: _fastest,
    criteria.COMPROMISE: _compromise,
}


def _lowest_first(costs: Iterable[tuple[float | None, ArmResult]]) -> list[tuple[float, ArmResult]]:
    """Arms with a known cost; equal ones in the order given."""
    known = [(cost, arm) for cost, arm in costs if cost is not None]
    return sorted(known, key=lambda pair: pair[0])


def _by_ratio(
    candidates: list[ArmResult],
    found: list[tuple[float, ArmResult]],
    ratio: float,
    evidence: Callable[[float, ArmResult], str],
    basis: str,
    unknown: str,
) -> _Choice:
    """The lowest cost, and all within `ratio` of it; of those the one that gained most stands first."""
    if not found:
        return _Choice(Standing.UNKNOWN, unknown)
    lowest = found[0][0]
    tied = sorted((pair for pair in found if pair[0] <= ratio * lowest), key=lambda pair: -_gain(pair[1])[0])
    why = basis if len(tied) == 1 else f"alike within {fixed(100 * (ratio - 1), 0)} %, {basis}"
    if len(tied) < len(found):
        after, arm = found[len(tied)]
        why += f"; next is {arm.arm}, {_times(after, lowest)}"
    said = f"{evidence(*tied[0])}; gained {_amount_gained(tied[0][1])}"
    return _chosen(candidates, [arm for _, arm in tied], said, why)


def _times(cost: float, lowest: float) -> str:
    if not lowest:
        return "which has some"
    ratio = cost / lowest
    return f"{fixed(ratio, 0 if ratio >= 10 else 1 if ratio >= 2 else 2)} times that"


def _chosen(candidates: Sequence[ArmResult], tied: Sequence[ArmResult], evidence: str, why: str) -> _Choice:
    alone = Standing.ALONE if len(candidates) == 1 else Standing.CLEAR
    return _Choice(Standing.OPEN if len(tied) > 1 else alone, why, tied, evidence)


def _gain(arm: ArmResult) -> Triple:
    return certain(gain(arm))


def _amount_gained(arm: ArmResult) -> str:
    return amount(_gain(arm), arm.metric, plus=True)
