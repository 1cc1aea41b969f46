"""Prompt tuning: r trained embeddings before every input, the model itself frozen.

They start as embeddings of tokens drawn from the vocabulary, or at random; either way the untrained
prompt already changes what the model computes.
"""

from typing import Any

from harness.errors import one_of
from harness.methods.contract import Adapter, setting
from harness.trial import Trial

STARTS = {"vocabulary": "SAMPLE_VOCAB", "random": "RANDOM"}


def _config(trial: Trial, model: Any) -> Any:
    from peft import PromptTuningConfig

    start = str(setting(METHOD, trial, "start"))
    if start not in STARTS:
        raise one_of("prompt-tuning: start", start, list(STARTS))
    return PromptTuningConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=int(trial.rank or 0), prompt_tuning_init=STARTS[start]
    )


METHOD = Adapter(
    name="prompt-tuning",
    summary="trained embeddings before every input; their number is its rank",
    source="Lester et al. 2021, arXiv:2104.08691",
    untuned_learning_rate=3e-2,
    config=_config,
    settings={"start": "vocabulary"},
    rank_means="virtual tokens",
    starts_as_base=False,
    mergeable=False,
)
