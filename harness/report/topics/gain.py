"""Which arm gained most, whose interval overlaps with it, and which trained arm forgot least?"""

from harness.report.model.arms import forgetting, gain, gain_above_floor, learned, measured_arms
from harness.report.words.phrases import Sentence, amount, certain, overlap, value
from harness.schema.results import ArmResult, Results


def sentence(results: Results, target: str) -> Sentence | None:
    """The largest gain, its rivals, and the least forgetting among trained arms that gained."""
    arms = sorted(measured_arms(results, target), key=lambda arm: -value(gain(arm)))
    if not arms:
        return None
    topic, gained = f"Gain on {target}", [arm for arm in arms if learned(arm)]
    if not gained:
        nothing = "guessing" if any(gain_above_floor(arm) for arm in arms) else "chance"
        return Sentence(topic, f"No arm gained more than its interval allows for {nothing}.")
    best, (_, low, _) = gained[0], certain(gain(gained[0]))
    measured = amount(gain(best), best.metric, plus=True)
    if len(arms) == 1:
        return Sentence(topic, f"{best.arm} gained {measured}; no other arm was measured beside it.{_forgot(best)}")
    measured += "" if best.trains else ", without training"
    if rivals := [arm.arm for arm in gained[1:] if certain(gain(arm))[2] >= low]:
        text = f"No clear winner: {best.arm} gained most, {measured}, but {overlap(rivals)} with its own."
    else:
        text = f"{best.arm} gained most, {measured}; no other arm's interval reaches its own."
    return Sentence(topic, f"{text}{_least_forgotten(gained)}")


def _forgot(arm: ArmResult) -> str:
    if not arm.trains:
        return ""
    return f" It forgot {amount(lost, 'accuracy')}." if (lost := forgetting(arm)) else " Forgetting was not measured."


def _least_forgotten(gained: list[ArmResult]) -> str:
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
    if least is not gained[0]:
        text += f", and gained {amount(gain(least), least.metric, plus=True)}"
    return f"{text}; {overlap(close)} with that." if close else f"{text}."
