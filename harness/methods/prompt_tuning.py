"""Prompt tuning: r trained embeddings before every input, the model itself frozen.

They start as embeddings of tokens drawn from the vocabulary, of a given text, or at random; whichever it
is, the untrained prompt already changes what the model computes.
"""

from typing import Any

from harness.methods.kinds.protocol import setting
from harness.methods.peft.factory import adapter
from harness.schema.errors import UserError, one_of
from harness.schema.trial import Trial

STARTS = {"vocabulary": "SAMPLE_VOCAB", "random": "RANDOM", "text": "TEXT"}


def _config(trial: Trial, model: Any) -> Any:
    from peft import PromptTuningConfig

    start, text = (str(setting(METHOD, trial, name)) for name in ("start", "text"))
    if start not in STARTS:
        raise one_of("prompt-tuning: start", start, list(STARTS))
    if (start == "text") != bool(text):
        raise UserError("prompt-tuning: start = 'text' and text = '...' go together; give both or neither.")
    from_text = {"prompt_tuning_init_text": text, "tokenizer_name_or_path": model.config._name_or_path}
    return PromptTuningConfig(
        task_type="CAUSAL_LM",
        num_virtual_tokens=int(trial.rank or 0),
        prompt_tuning_init=STARTS[start],
        **(from_text if text else {}),
    )


METHOD = adapter(
    "prompt-tuning",
    summary="trained embeddings before every input; their number is its rank",
    source="Lester et al. 2021, arXiv:2104.08691",
    untuned_learning_rate=3e-2,
    settings={"start": "vocabulary", "text": ""},
    config=_config,
)
