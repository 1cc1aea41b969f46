"""The shipped model's first training losses, and how they were made: `python -m harness.tests.golden`.

Run it after a change of the shipped weights or of the numerics on purpose, and say why in the commit.
"""

import json
import platform
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.data.objectives import Sequence, encode_all
from harness.methods import training_method
from harness.models.base import load_model, load_tokenizer
from harness.run.context import seed_everything
from harness.run.environment import describe
from harness.run.training.loop import batches, train
from harness.run.training.losses import cross_entropy
from harness.schema.trial import Trial
from harness.tests.builders import RECIPE, embedded, few_examples, real_trial

FILE = Path(__file__).with_name("golden_losses.json")
GOLDEN_RECIPE = replace(RECIPE, steps=20, batch_size=8, warmup_steps=4)
# Low rates: losses near zero would magnify the last digits, which differ between processors.
TRIALS = {
    "full": real_trial("full", learning_rate=1e-4, recipe=GOLDEN_RECIPE),
    "lora": real_trial("lora", 4, learning_rate=1e-3, recipe=GOLDEN_RECIPE),
}


def sequences() -> list[Sequence]:
    return encode_all(load_tokenizer(embedded()), "instruction", few_examples().train, GOLDEN_RECIPE.max_length)


def adapted(trial: Trial) -> Any:
    """The shipped model made trainable, as a trial does it."""
    import torch

    torch.set_num_threads(1)
    base = load_model(trial, embedded())
    seed_everything(trial.seed or 0)
    return training_method(trial.method).adapt(base, trial)


def losses(name: str) -> list[float]:
    """Of every step of one of `TRIALS`, nats per supervised token."""
    trial = TRIALS[name]
    model, recipe = adapted(trial), trial.recipe
    optimizer = training_method(trial.method).optimizer(model, trial)
    drawn = batches(sequences(), recipe.batch_size, trial.seed or 0)
    log = train(model, drawn, recipe, optimizer, cross_entropy(pad_id=0, dtype=recipe.dtype))
    return [round(loss, 6) for _, loss in log.loss_curve]


def main() -> None:
    environment = describe(1)
    content = {
        "command": "python -m harness.tests.golden",
        "weights_sha256": embedded().source.sha256,
        "data_sha256": few_examples().sha256,
        "hardware": f"{environment['cpu']}, {platform.machine()}, 1 thread, float32",
        "versions": environment["versions"],
        "losses": {name: losses(name) for name in TRIALS},
    }
    FILE.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
