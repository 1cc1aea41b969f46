"""What the figures allow to be said, in plain sentences: shared by the page, the CI summary and the terminal.

Sentences name a winner only where intervals do not overlap, and speak of forgetting less only where the
comparison was made at equal gain. Everything that weakens a figure stands apart, as a warning.
"""

from collections import Counter
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from harness.report.arms import (
    BASE,
    REFERENCE,
    Arm,
    base_arms,
    forgetting,
    gain,
    general_tasks,
    joined,
    measured_arms,
    metric,
    models,
    targets,
)
from harness.report.numbers import POINTS, fixed, spread, supported_decimals, unit_of

NAMED = 4
"""Arms named in one clause at most; the table has them all."""

EMBEDDED_SCOPE = (
    "On the embedded model, which is very small, they prove that the measurement works, "
    "not which method wins on large models."
)


@dataclass(frozen=True)
class Sentence:
    """A finding and what it is about."""

    topic: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What a reader needs before any table."""

    sentences: tuple[Sentence, ...]
    warnings: tuple[str, ...]
    scope: str


def verdict(results: dict[str, Any]) -> Verdict:
    """The findings of a run, what weakens them, and where they hold."""
    names = targets(results)
    found = [sentence for target in names for sentence in (_gain(results, target), _equal_gain(results, target))]
    if not any(found):
        found = [Sentence("Nothing measured", "No trained arm has a gain that was measured against its base.")]
    found.append(_quantization(results))
    return Verdict(tuple(filter(None, found)), tuple(_warnings(results)), _scope(results))


def _gain(results: dict[str, Any], target: str) -> Sentence | None:
    """The largest gain, whose interval overlaps with it, and the least forgetting among arms that gained."""
    arms = sorted(measured_arms(results, target), key=lambda arm: -_value(gain(arm)))
    gained = [arm for arm in arms if _triple(gain(arm))[1] > 0]
    if not arms:
        return None
    if not gained:
        return Sentence(f"Gain on {target}", "No arm gained more than its interval allows for chance.")
    best, low = gained[0], _triple(gain(gained[0]))[1]
    rivals = [arm["arm"] for arm in gained[1:] if _triple(gain(arm))[2] >= low]
    measured = _amount(gain(best), metric(results, target), plus=True)
    if rivals:
        text = f"No clear winner: {best['arm']} gained most, {measured}, but {_overlap(rivals)} with its own."
    else:
        text = f"{best['arm']} gained most, {measured}; no other arm's interval reaches its own."
    return Sentence(f"Gain on {target}", f"{text}{_least_forgotten(gained, best, metric(results, target))}")


def _overlap(rivals: list[str]) -> str:
    return f"the interval{'s' if len(rivals) > 1 else ''} of {_some(rivals)} overlap{'' if len(rivals) > 1 else 's'}"


def _least_forgotten(gained: list[Arm], best: Arm, name: str) -> str:
    """Least forgetting among arms that gained, always with the gain: who learns less also forgets less."""
    arms = sorted((arm for arm in gained if forgetting(arm) is not None), key=lambda arm: _value(forgetting(arm)))
    if not arms:
        return " Forgetting was not measured."
    least, high = arms[0], _triple(forgetting(arms[0]))[2]
    close = [arm["arm"] for arm in arms[1:] if _triple(forgetting(arm))[1] <= high]
    text = f" Of the arms that gained, {least['arm']} forgot least, {_amount(forgetting(least), 'accuracy')}"
    if least is not best:
        text += f", and gained {_amount(gain(least), name, plus=True)}"
    return f"{text}; {_overlap(close)} with that." if close else f"{text}."


def _equal_gain(results: dict[str, Any], target: str) -> Sentence | None:
    """Every comparison with full fine-tuning, by what it allows to say."""
    rows = [row for row in results["comparisons"] if row["target_task"] == target]
    if not rows:
        return None
    unit = unit_of(metric(results, target))
    margin = f"within {fixed(rows[0]['equal_gain_margin'] * unit.scale, 1).removesuffix('.0')} {unit.name}".rstrip()
    clauses = []
    for (gains, forgets), phrase in _RELATIONS.items():
        names = [row["arm"] for row in rows if row["gain"] == gains and row["forgets"] == forgets]
        if names:
            clauses.append(f"{_some(names)} {phrase.format(margin=margin)}")
    rest = [row for row in rows if (row["gain"], row["forgets"]) not in _RELATIONS]
    for relation, phrase in _UNEQUAL.items():
        number = sum(row["gain"] == relation for row in rest)
        if number:
            clauses.append(f"{_arms(number)} {phrase}")
    if any(row["gain"] != "equal" for row in rest):
        clauses.append("where gains are not equal, nothing is claimed about forgetting")
    return Sentence(f"Against {rows[0]['reference']} fine-tuning on {target}", f"{'; '.join(clauses)}.")


_RELATIONS = {
    ("equal", "less"): "forgot less at equal gain ({margin})",
    ("more", "less"): "gained more and forgot less",
    ("equal", "more"): "forgot more at equal gain ({margin})",
    ("less", "more"): "gained less and forgot more",
    ("equal", "undecided"): "gained as much ({margin}), with no difference in forgetting shown",
}

_UNEQUAL = {
    "more": "gained more",
    "less": "gained less",
    "undecided": "cannot be told apart from it in gain",
    "equal": "gained as much, with forgetting not measured",
}


def _quantization(results: dict[str, Any]) -> Sentence | None:
    """What storing the base in fewer bits cost before any training: told apart from forgetting."""
    losses: dict[str, float] = {}
    for target in targets(results):
        for arm in base_arms(results, target):
            loss = quantization_loss(arm)
            if arm["quantization"] != "none" and loss is not None:
                losses.setdefault(arm["quantization"], loss)
    if not losses:
        return None
    parts = [f"{fixed(POINTS.scale * loss, 1)} points at {level}" for level, loss in losses.items()]
    tasks = len(general_tasks(results, "choice"))
    return Sentence(
        "Quantization alone",
        f"Before any training it lowered accuracy, as a mean over {tasks} general tasks, by {joined(parts)}; "
        "forgetting is measured from there, without it.",
    )


def quantization_loss(base: Arm) -> float | None:
    """Mean drop in accuracy over the general tasks of a quantized base against the same base unquantized."""
    drops = [
        score["before_unquantized"] - score["after"]
        for score in base["general"]
        if score["kind"] == "choice" and score["before_unquantized"] is not None and score["after"] is not None
    ]
    return fmean(drops) if drops else None


def _warnings(results: dict[str, Any]) -> list[str]:
    trained = [arm for arm in results["arms"] if arm["method"] != BASE]
    warnings = []
    done = [arm for arm in trained if arm["seeds"]]
    single = [arm for arm in done if len(arm["seeds"]) == 1]
    if single:
        whose = (
            "Every arm was"
            if len(single) == len(done)
            else f"{len(single)} of {_arms(len(done))} {'was' if len(single) == 1 else 'were'}"
        )
        warnings.append(
            f"One seed: {whose} trained once. Such an interval holds item noise only, and the result may not repeat."
        )
    untuned = [arm for arm in trained if arm["learning_rate_source"] in ("untuned", "given")]
    if untuned:
        names = _some(list(dict.fromkeys(arm["arm"] for arm in untuned)))
        warnings.append(
            f"Untuned learning rate: {names}. Methods ranked at a rate that suits one of them are misranked."
        )
    edges = [one for one in results.get("learning_rates") or [] if one.get("at_edge")]
    if edges:
        names = _some(list(dict.fromkeys(str(one.get("arm") or one.get("method")) for one in edges)))
        warnings.append(f"Best learning rate at the edge of its grid: {names}. A better one may lie outside.")
    broken = [promise for trial in results["trials"] for promise in trial["promises"] if promise["held"] is False]
    if broken:
        kinds = Counter(promise["name"] for promise in broken)
        warnings.append(f"Broken promises: {joined([f'{name} ({times})' for name, times in kinds.items()])}.")
    if trained and not any(arm["method"] == REFERENCE for arm in trained):
        warnings.append("No full fine-tuning in this run: forgetting cannot be compared at equal gain.")
    return warnings + _unfinished(results)


def _unfinished(results: dict[str, Any]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for trial in results["trials"]:
        if trial["status"] != "completed":
            reasons.setdefault(trial["status"], []).append(f"{trial['id']}: {trial['reason'] or 'no reason given'}")
    label = {"out_of_memory": "out of memory"}
    return [f"{label.get(status, status).capitalize()}: {_some(whys, '; ')}." for status, whys in reasons.items()]


def _scope(results: dict[str, Any]) -> str:
    names = models(results)
    if not names:
        return ""
    scope = f"These figures hold for the model {joined(names)}, these tasks and this training budget."
    return f"{scope} {EMBEDDED_SCOPE}" if "embedded" in names else scope


def _some(names: list[str], separator: str = ", ") -> str:
    """All names where they are few, else the first ones and how many more."""
    if len(names) <= NAMED + 1:
        return joined(names) if separator == ", " else separator.join(names)
    return f"{separator.join(names[:NAMED])} and {len(names) - NAMED} more"


def _arms(number: int) -> str:
    return "1 arm" if number == 1 else f"{number} arms"


def _amount(triple: tuple[float, float, float] | None, name: str, plus: bool = False) -> str:
    """`+42 points (38 to 46)`."""
    value, low, high = _triple(triple)
    unit = unit_of(name)
    decimals = supported_decimals([(low, high)], unit.scale)
    figure = f"{fixed(value * unit.scale, decimals, plus)} {unit.name}".rstrip()
    return f"{figure} ({spread((low, high), decimals, unit.scale)})"


def _value(triple: tuple[float, float, float] | None) -> float:
    return _triple(triple)[0]


def _triple(triple: tuple[float, float, float] | None) -> tuple[float, float, float]:
    if triple is None:
        raise ValueError("an arm without a gain or forgetting was ranked")
    return triple
