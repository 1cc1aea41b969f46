"""lm-eval scores two models on a shipped task and logs its samples; the harness scores the same ones into records.

Do both lead to the same differences? The logs are written by lm-eval's own code, and not by a test.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.data.tasks.general import ChoiceItem, GeneralTask, find_general_tasks, load_general
from harness.judge.foreign.verdict import Rules
from harness.judge.gate.margins import load_margins
from harness.judge.pairing import Bench
from harness.judge.stats import mean_interval
from harness.run.scoring.general import evaluate_general
from harness.schema.measured import GENERAL, Measured
from harness.tests.builders import SCORING
from harness.tests.foreign import judge
from harness.tests.sides import record

HFLM = pytest.importorskip("lm_eval.models.huggingface").HFLM
CONTEXT = 512
CONFIG = {
    "output_type": "multiple_choice",
    "doc_to_text": "{{context}}",
    "doc_to_choice": "{{choices}}",
    "doc_to_target": "{{answer}}",
    "target_delimiter": "",
    "metric_list": [{"metric": "acc"}],
}


def own_task() -> GeneralTask:
    whole = load_general(find_general_tasks("facts")[0])
    return replace(whole, items=whole.items[:60])


def as_rows(task: GeneralTask, path: Path) -> Path:
    rows = [
        {"context": one.context, "choices": list(one.choices), "answer": one.answer, "cluster": one.cluster}
        for one in task.items
        if isinstance(one, ChoiceItem)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def shaken(model: Any) -> Any:
    """Another model: the same with noise on its weights."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return model


def logged(model: Any, tokenizer: Any, items: Path, out: Path) -> None:
    """What `lm_eval --log_samples --output_path OUT` does."""
    from lm_eval import evaluate
    from lm_eval.api.task import ConfigurableTask
    from lm_eval.loggers import EvaluationTracker

    data = {"dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(items)}}, "test_split": "test"}
    task = ConfigurableTask(config={"task": "facts", **data, **CONFIG})
    lm = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=8, max_length=CONTEXT, device="cpu")
    tracker = EvaluationTracker(output_path=str(out))
    tracker.general_config_tracker.log_experiment_args("hf", f"pretrained={out.name}", None, None, False)
    found = evaluate(lm=lm, task_dict={"facts": task}, bootstrap_iters=0, log_samples=True)
    samples = found.pop("samples")
    tracker.save_results_aggregated(results=found, samples=samples)
    tracker.save_results_samples(task_name="facts", samples=samples["facts"])


def measured(model: Any, tokenizer: Any, task: GeneralTask) -> Measured:
    """A record whose items are those of the harness's own evaluation."""
    own = evaluate_general(model, tokenizer, task, replace(SCORING, max_items=0), CONTEXT)
    base = record(None, general={"facts": [1.0] * len(task.items)})
    return replace(base, items=own.items.assign(role=GENERAL, task="facts"))


def test_lm_eval_and_records_show_the_same_differences(
    load: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    task = own_task()
    items = as_rows(task, tmp_path / "facts.jsonl")
    models = {"before": load(), "after": shaken(load())}
    for name, model in models.items():
        logged(model, tokenizer, items, tmp_path / name)
    content, found = judge(tmp_path / "before", tmp_path / "after", Rules(load_margins()))
    before, after = (measured(model, tokenizer, task) for model in models.values())
    pair = Bench([]).paired([after], [before], GENERAL, "facts", "score")
    assert pair is not None
    assert np.abs(pair.differences).sum() > 3, "models that answer alike would show nothing"
    expected, row = mean_interval([pair]), found.tasks[0]
    assert (row.difference, row.ci95) == (expected.value, expected.bounds)
    assert row.right_to_wrong == (pair.differences < 0).sum()
    assert (row.items, row.clusters) == (60, len(pair.clusters.sizes))
    assert [(one.baseline, one.present) for one in content.changes if one.what == "model"] == [("before", "after")]
