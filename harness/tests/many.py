"""Results of runs too large to judge in a test: trials and arms of the synthetic run, multiplied with other figures."""

import copy
from functools import cache
from typing import Any

from harness.tests.synthetic import rng_of, whole_results

Results = dict[str, Any]


@cache
def many_results(arms: int, seeds: int) -> Results:
    """`results.json` of `arms` trained arms, each under `seeds` seeds, beside the base arms: copy before changing."""
    results = whole_results()
    bases = [arm for arm in results["arms"] if arm["method"] == "base"]
    base_trials = [trial for trial in results["trials"] if trial["spec"]["method"] == "base"]
    models = [arm for arm in results["arms"] if arm["learning_rate_source"] == "tuned" and len(arm["seeds"]) > 1]
    first = {(trial["spec"]["target"], trial["spec"]["arm"]): trial for trial in reversed(results["trials"])}
    found, trials = list(bases), list(base_trials)
    for place in range(arms):
        model = models[place % len(models)]
        arm = _arm(model, place)
        made = [_trial(first[model["target_task"], model["arm"]], arm, place, seed) for seed in range(seeds)]
        found.append(arm | {"seeds": list(range(seeds)), "trials": [trial["id"] for trial in made]})
        trials += made
    return {**results, "arms": found, "trials": trials, "comparisons": [], "matched_gain": [], "learning_rates": []}


def _arm(model: dict[str, Any], place: int) -> dict[str, Any]:
    arm = copy.deepcopy(model)
    arm["rank"] = 2 + place
    arm["arm"] = f"{arm['method']}-r{arm['rank']}" + (
        "" if arm["quantization"] == "none" else f"-{arm['quantization']}"
    )
    moved = float(rng_of("many", place).normal(0, 0.05))
    arm["target"]["gain"] += moved
    arm["target"]["ci95"] = [bound + moved for bound in arm["target"]["ci95"]]
    arm["interpolation"], arm["trace"] = [], []
    return arm


def _trial(model: dict[str, Any], arm: dict[str, Any], place: int, seed: int) -> dict[str, Any]:
    """Every float of it moved a little, so that nothing compresses better than in a real run."""
    rng = rng_of("many", place, seed)
    trial: dict[str, Any] = _moved(model, rng)
    name = f"{arm['target_task']}-{arm['arm']}-s{seed}"
    spec = {**model["spec"], "arm": arm["arm"], "rank": arm["rank"], "seed": seed}
    return {**trial, "id": name, "digest": rng.bytes(8).hex(), "spec": spec, "promises": model["promises"]}


UNMOVED = ("chance", "before", "before_unquantized", "nll_before", "perplexity_before", "detectable")
"""What is the base's, and so the same in every trial on it."""


def _moved(content: Any, rng: Any) -> Any:
    if isinstance(content, float):
        return content if content == round(content) else round(content * (1 + 0.01 * float(rng.random())), 9)
    if isinstance(content, dict):
        return {name: value if name in UNMOVED else _moved(value, rng) for name, value in content.items()}
    return [_moved(value, rng) for value in content] if isinstance(content, list) else content
