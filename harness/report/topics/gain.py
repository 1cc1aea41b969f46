"""Which arm gained most, whose interval overlaps with it, and which trained arm forgot least?"""

from harness.report.model.arms import forgetting, gain, measured_arms, metric
from harness.report.words.phrases import Sentence, amount, certain, overlap, value
from harness.schema.results import ArmResult, Results


def sentence(results: Results, target: str) -> Sentence | None:
    """The largest gain, its rivals, and the least forgetting among trained arms that gained."""
    arms = sorted(measured_arms(results, target), key=lambda arm: -value(gain(arm)))
    gained = [arm for arm in arms if certain(gain(arm))[1] > 0]
    if not arms:
        return None
    if len(arms) == 1 and gained:
        return Sentence(f"Gain on {target}", _alone(gained[0], metric(results, target)))
    if not gained:
        return Sentence(f"Gain on {target}", "No arm gained more than its interval allows for chance.")
    best, low = gained[0], certain(gain(gained[0]))[1]
    rivals = [arm.arm for arm in gained[1:] if certain(gain(arm))[2] >= low]
    measured = amount(gain(best), metric(results, target), plus=True)
    if not best.trains:
        measured += ", without training"
    if rivals:
        text = f"No clear winner: {best.arm} gained most, {measured}, but {overlap(rivals)} with its own."
    else:
        text = f"{best.arm} gained most, {measured}; no other arm's interval reaches its own."
    return Sentence(f"Gain on {target}", f"{text}{_least_forgotten(gained, best, metric(results, target))}")


def _alone(arm: ArmResult, name: str) -> str:
    """Of an arm that nothing was measured beside."""
    text = f"{arm.arm} gained {amount(gain(arm), name, plus=True)}; no other arm was measured beside it."
    if not arm.trains:
        return text
    lost = forgetting(arm)
    return f"{text} It forgot {amount(lost, 'accuracy')}." if lost else f"{text} Forgetting was not measured."


def _least_forgotten(gained: list[ArmResult], best: ArmResult, name: str) -> str:
    """Always with the gain: who learns less also forgets less. Arms without training are left out: they cannot."""
    trained = [arm for arm in gained if arm.trains]
    if not trained:
        return ""
    arms = sorted((arm for arm in trained if forgetting(arm) is not None), key=lambda arm: value(forgetting(arm)))
    if not arms:
        return " Forgetting was not measured."
    least, high = arms[0], certain(forgetting(arms[0]))[2]
    close = [arm.arm for arm in arms[1:] if certain(forgetting(arm))[1] <= high]
    whom = "arms" if len(trained) == len(gained) else "trained arms"
    text = f" Of the {whom} that gained, {least.arm} forgot least, {amount(forgetting(least), 'accuracy')}"
    if least is not best:
        text += f", and gained {amount(gain(least), name, plus=True)}"
    return f"{text}; {overlap(close)} with that." if close else f"{text}."
