"""Do lm-eval's tasks score here as in lm-eval, item by item, on the same model?"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.data.tasks.general import GeneralTask
from harness.data.tasks.lm_eval import lm_eval_tasks
from harness.run.scoring.general import encoded_general, evaluate_general
from harness.tests.builders import SCORING
from harness.tests.lm_eval_files import ROWS, TASKS, write_all

HFLM = pytest.importorskip("lm_eval.models.huggingface").HFLM
CONTEXT = 512
SHOTS_SEED = 1234
"""What lm-eval's command line takes."""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lm-eval-tasks")
    write_all(path)
    return path


@pytest.fixture(scope="module")
def theirs(directory: Path, model: Any, tokenizer: Any) -> dict[str, Any]:
    """What lm-eval logs of every item, by task."""
    from lm_eval import evaluate
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_defaults=False, include_path=str(directory))
    tasks = manager.load(manager.all_subtasks)["tasks"]
    for task in tasks.values():
        task.set_fewshot_seed(SHOTS_SEED)
    found: dict[str, Any] = {}
    # By default lm-eval puts a second start token before a text, and scores the first as if it were part of it.
    for texts, options in ((False, {}), (True, {"add_bos_token": False})):
        lm = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=8, max_length=CONTEXT, device="cpu", **options)
        some = {name: task for name, task in tasks.items() if (task.OUTPUT_TYPE == "loglikelihood_rolling") == texts}
        logged: Any = evaluate(lm=lm, task_dict=some, bootstrap_iters=0, log_samples=True)
        for name in some:
            items = sorted(logged["samples"][name], key=lambda sample: sample["doc_id"])
            found[name] = {"items": items, "results": logged["results"][name]}
    return found


@pytest.fixture(scope="module")
def ours(directory: Path) -> dict[str, GeneralTask]:
    return {task.name: task for task in lm_eval_tasks((f"lm-eval:{directory}",))}


@pytest.mark.parametrize("name", TASKS)
def test_every_item_scores_as_in_lm_eval(
    name: str, model: Any, tokenizer: Any, theirs: dict[str, Any], ours: dict[str, GeneralTask]
) -> None:
    """Accuracies exactly, log-likelihoods of right answers and of texts to 1e-3 nats."""
    task, logged, results = ours[name], theirs[name]["items"], theirs[name]["results"]
    own = evaluate_general(model, tokenizer, task, replace(SCORING, max_items=0), CONTEXT)
    assert [one.id for one in task.items] == [str(sample["doc_id"]) for sample in logged]
    assert len(own.items) == ROWS
    responses = [[response[0] for response in sample["resps"]] for sample in logged]
    if task.kind == "text":
        tokens = [len(pair.continuation) for pair in encoded_general(tokenizer, task)]
        nats = [nll * count for nll, count in zip(own.items["nll"], tokens, strict=True)]
        assert [-one for one in nats] == pytest.approx([float(one) for (one,) in responses], abs=1e-3)
        assert own.score.bits_per_byte == pytest.approx(results["bits_per_byte,none"], rel=1e-5)
        return
    assert list(own.items["score"]) == [sample["acc"] for sample in logged]
    assert own.score.value == pytest.approx(results["acc,none"])
    right = [getattr(item, "answer", 0) for item in task.items]
    likelihoods = [float(one[at][0]) for one, at in zip(responses, right, strict=True)]
    assert [-nll for nll in own.items["nll"]] == pytest.approx(likelihoods, abs=1e-3)
    if "acc_bytes,none" in results:
        assert own.score.accuracy_per_byte == pytest.approx(results["acc_bytes,none"])


def test_some_items_are_right_and_some_wrong(theirs: dict[str, Any]) -> None:
    """Else agreeing would be easy."""
    assert {sample["acc"] for one in theirs.values() for sample in one["items"] if "acc" in sample} == {0, 1}
