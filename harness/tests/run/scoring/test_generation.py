"""Does greedy generation produce what scoring says greedy decoding would, and the same answers in any company?"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, PromptTuningConfig, TaskType, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from harness.data.tasks.target import load_target
from harness.data.tokenization import Pair, encode_answer
from harness.methods import training_method
from harness.run.context import Context, seed_everything
from harness.run.scoring.generation import _batches, generate
from harness.run.scoring.log_likelihood import score_pairs
from harness.run.training.ingredients import TrainingData, plan_training, run_training
from harness.schema.trial import Scoring
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


@pytest.mark.trains
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


ALONE, TOGETHER = Scoring("float32", 1, 0), Scoring("float32", 100_000, 0)
SMALL = {"vocab_size": 1024, "bos_token_id": 1, "eos_token_id": 2}


def tiny_llama() -> PreTrainedModel:
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    return LlamaForCausalLM(LlamaConfig(**SMALL, **sizes, intermediate_size=64))


def tiny_gpt2() -> PreTrainedModel:
    return GPT2LMHeadModel(GPT2Config(**SMALL, n_embd=32, n_layer=2, n_head=4, n_positions=128))


def with_lora(base: PreTrainedModel) -> PeftModel:
    kind = TaskType.CAUSAL_LM
    return get_peft_model(base, LoraConfig(task_type=kind, r=4, target_modules="all-linear", init_lora_weights=False))


def with_soft_prompt(base: PreTrainedModel) -> PeftModel:
    return get_peft_model(base, PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=5))


def as_it_is(base: PreTrainedModel) -> PreTrainedModel:
    return base


@pytest.fixture(scope="module")
def contexts(tokenizer: Any) -> list[list[int]]:
    """Of many lengths, in no order; the shortest is a single token."""
    asked = [one for name in ("poems", "json", "code") for one in load_target(name).test[:8]]
    found = [encode_answer(tokenizer, one).context for one in asked]
    found += [found[0][:1], found[3][:5], [*found[1], *found[9]]]
    assert len(set(map(len, found))) > 8
    return found[::2] + found[1::2]


@pytest.mark.parametrize("wrap", [as_it_is, with_lora, with_soft_prompt])
@pytest.mark.parametrize("make", [None, tiny_llama, tiny_gpt2], ids=["embedded", "Llama", "GPT-2"])
def test_answers_do_not_depend_on_their_batch(
    make: Callable[[], PreTrainedModel] | None,
    wrap: Callable[[Any], Any],
    load: Callable[..., Any],
    tokenizer: Any,
    contexts: list[list[int]],
) -> None:
    """Padding changes no answer: each is the one that is given to its context alone."""
    torch.manual_seed(0)
    model = wrap((make or load)()).eval()
    alone = generate(model, tokenizer, contexts, ALONE, NEW_TOKENS)
    assert generate(model, tokenizer, contexts, TOGETHER, NEW_TOKENS) == alone
    assert len(set(alone)) > len(alone) / 4, "answers that are all alike prove nothing"


@pytest.mark.parametrize(
    ("lengths", "limits", "tokens", "unequal", "batches"),
    [
        pytest.param([3, 1, 2], [5, 5, 5], 24, True, [[1, 2, 0]], id="neighbours in length together"),
        pytest.param([3, 1, 2], [5, 5, 5], 16, True, [[1, 2], [0]], id="no more tokens than allowed"),
        pytest.param([3, 1, 2], [5, 5, 5], 1, True, [[1], [2], [0]], id="one at least"),
        pytest.param([3, 1, 3], [5, 5, 5], 99, False, [[1], [0, 2]], id="equal lengths alone"),
        pytest.param([2, 2], [9, 1], 14, True, [[1], [0]], id="room for the longest answer"),
        pytest.param([], [], 99, True, [], id="nothing"),
    ],
)
def test_batches_are(
    lengths: list[int], limits: list[int], tokens: int, unequal: bool, batches: list[list[int]]
) -> None:
    assert list(_batches([[7] * length for length in lengths], limits, tokens, unequal)) == batches


def test_each_answer_has_its_own_limit(model: Any, tokenizer: Any, contexts: list[list[int]]) -> None:
    """An answer cut short is the beginning of the one that had more room."""
    limits = [1 + at % 7 for at in range(len(contexts))]
    together = generate(model, tokenizer, contexts, TOGETHER, limits)
    alone = [generate(model, tokenizer, [one], ALONE, limit) for one, limit in zip(contexts, limits, strict=True)]
    assert together == [answer for (answer,) in alone]
