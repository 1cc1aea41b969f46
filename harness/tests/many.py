"""Results of runs too large to judge in a test: trials and arms of the synthetic run, multiplied with other figures."""

from functools import cache

import numpy as np

from harness.schema.results import ArmResult, Results, TrialResult
from harness.tests.synthetic import rng_of, whole_results


@cache
def many_results(arms: int, seeds: int) -> Results:
    """The results of `arms` trained arms, each under `seeds` seeds, beside the base arms."""
    results = whole_results()
    models = [arm for arm in results.arms if arm.learning_rate_source == "tuned" and len(arm.seeds) > 1]
    first = {(trial.spec.target, trial.spec.arm): trial for trial in reversed(results.trials)}
    found = [arm for arm in results.arms if arm.method == "base"]
    trials = [trial for trial in results.trials if trial.spec.method == "base"]
    for place in range(arms):
        model = models[place % len(models)]
        arm = _arm(model, place)
        made = [_trial(first[model.target_task, model.arm], arm, place, seed) for seed in range(seeds)]
        found.append(arm.with_(seeds=tuple(range(seeds)), trials=tuple(trial.id for trial in made)))
        trials += made
    return results.with_(arms=tuple(found), trials=tuple(trials), comparisons=(), matched_gain=(), learning_rates=())


def _arm(model: ArmResult, place: int) -> ArmResult:
    target = model.target
    assert target is not None
    assert target.gain is not None
    assert target.ci95 is not None
    moved = float(rng_of("many", place).normal(0, 0.05))
    low, high = target.ci95
    return model.with_(
        rank=2 + place,
        arm=f"{model.method}-r{2 + place}" + ("" if model.quantization == "none" else f"-{model.quantization}"),
        target=target.with_(gain=target.gain + moved, ci95=(low + moved, high + moved)),
        interpolation=(),
        trace=(),
    )


def _trial(model: TrialResult, arm: ArmResult, place: int, seed: int) -> TrialResult:
    """Every float of it moved a little, so that nothing compresses better than in a real run."""
    rng = rng_of("many", place, seed)
    moved = _moved(model.model_dump(mode="json", exclude={"promises"}), rng)
    assert isinstance(moved, dict)
    return TrialResult.model_validate(
        moved
        | {
            "id": f"{arm.target_task}-{arm.arm}-s{seed}",
            "digest": rng.bytes(8).hex(),
            "spec": model.spec.with_(arm=arm.arm, rank=arm.rank, seed=seed),
            "promises": model.promises,
        }
    )


UNMOVED = ("chance", "before", "before_unquantized", "nll_before", "perplexity_before", "detectable")
"""What is the base's, and so the same in every trial on it."""


def _moved(content: object, rng: np.random.Generator) -> object:
    if isinstance(content, float):
        return content if content == round(content) else round(content * (1 + 0.01 * float(rng.random())), 9)
    if isinstance(content, dict):
        moved = {name: value if name in UNMOVED else _moved(value, rng) for name, value in content.items()}
        # A narrow interval stays one.
        return {
            name: sorted(one) if name.endswith("ci95") and isinstance(one, list) else one for name, one in moved.items()
        }
    return [_moved(value, rng) for value in content] if isinstance(content, list) else content
