"""Does greedy generation produce what scoring says greedy decoding would, with every way of changing the input?"""

import pytest
import torch

from harness.data.tokenization import Pair
from harness.methods import training_method
from harness.run.context import Setup, seed_everything
from harness.run.scoring.evaluate import score_pairs
from harness.run.training.ingredients import Material, make_lesson, run_lesson
from harness.tests.builders import job_of, real_trial

METHODS = (
    "full",
    "lora",
    "ia3",
    "prompt-tuning",
    "p-tuning",
    "prefix-tuning",
    "adaption-prompt",
    "peft:cartridge",
    "peft:cpt",
    "peft:multitask_prompt_tuning",
    "peft:poly",
)
NEW_TOKENS = 8


@pytest.mark.parametrize("name", METHODS)
def test_generated_tokens_are_the_likeliest(name: str) -> None:
    """Caches, virtual tokens and task ids take other ways in generation than in scoring, and must mean the same."""
    method = training_method(name)
    trial = real_trial(name, 4 if method.rank_means else None, learning_rate=1e-2)
    setup = Setup(trial, job_of(trial).inputs, lambda phase, done, total: None)
    seed_everything(0)
    base = setup.load()
    material = Material(setup.sequences, [], setup.pad_id, setup.load)
    model = method.adapt(base, trial)
    run_lesson(trial, method, model, make_lesson(trial, method, model, material, None))
    for pair in setup.pairs[:3]:
        ids = torch.tensor([pair.context])
        with torch.inference_mode():
            produced = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=NEW_TOKENS,
                do_sample=False,
                pad_token_id=setup.pad_id,
            )[0].tolist()
        new = produced[len(pair.context) :] if produced[: len(pair.context)] == pair.context else produced
        scored = score_pairs(model, [Pair(pair.context, new)], setup.pad_id, trial.scoring, setup.context)[0]
        assert new
        assert scored.greedy
