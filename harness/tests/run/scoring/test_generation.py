"""Does greedy generation produce what scoring says greedy decoding would, with every way of changing the input?"""

import pytest
import torch

from harness.data.tokenization import Pair
from harness.methods import training_method
from harness.run.context import Context, seed_everything
from harness.run.scoring.evaluate import score_pairs
from harness.run.training.ingredients import TrainingData, plan_training, run_training
from harness.tests.builders import job_of, real_trial

pytestmark = pytest.mark.trains

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
    context = Context(trial, job_of(trial).inputs, lambda phase, done, total: None)
    seed_everything(0)
    base = context.load()
    data = TrainingData.of(context)
    model = method.adapt(base, trial)
    run_training(trial, method, model, plan_training(trial, method, model, data, None))
    for pair in context.pairs[:3]:
        ids = torch.tensor([pair.context])
        with torch.inference_mode():
            produced = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=NEW_TOKENS,
                do_sample=False,
                pad_token_id=context.pad_id,
            )[0].tolist()
        new = produced[len(pair.context) :] if produced[: len(pair.context)] == pair.context else produced
        scored = score_pairs(model, [Pair(pair.context, new)], context.pad_id, trial.scoring, context.context_length)[0]
        assert new
        assert scored.greedy
