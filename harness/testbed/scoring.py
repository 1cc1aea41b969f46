"""What a model knows of the testbed: the harness's own scores, of a model and a tokenizer at hand."""

import math

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from harness.data.tasks.general import GeneralTask
from harness.run.scoring.general import encoded_general, evaluate_general
from harness.run.scoring.log_likelihood import score_texts
from harness.schema.trial import Scoring
from harness.testbed.tokenizer import CONTEXT

SCORING = Scoring("float32", batch_tokens=8192, max_items=0)


def accuracy(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, task: GeneralTask) -> float:
    """The share of items whose right choice has the highest summed log-likelihood."""
    return evaluate_general(model, tokenizer, task, SCORING, CONTEXT).score.value


def perplexity(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, task: GeneralTask) -> float:
    """exp of the mean negative log-likelihood per token, the end included and the beginning not predicted."""
    pairs = encoded_general(tokenizer, task)
    scored = score_texts(model, pairs, tokenizer.pad_token_id, SCORING, CONTEXT)
    return math.exp(sum(one.nll for one in scored) / sum(one.tokens for one in scored))
