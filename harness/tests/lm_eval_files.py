"""Task files of lm-eval over local data, one for every output type and way of asking, written for tests."""

import json
from pathlib import Path
from typing import Any

from harness.data.tasks.general import ChoiceItem, TextItem, find_general_tasks, load_general

ROWS = 12
SHOTS = 2


def write_task(directory: Path, name: str, rows: list[dict[str, Any]], **said: Any) -> Path:
    """`NAME.yaml` beside `NAME.jsonl`. JSON is YAML too."""
    data = directory / f"{name}.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{question}}",
        "doc_to_choice": "{{options}}",
        "doc_to_target": "gold",
        "metric_list": [{"metric": "acc"}],
        **said,
    }
    path = directory / f"{name}.yaml"
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))
    return path


def choice_rows() -> list[dict[str, Any]]:
    """Questions of the embedded model's world, with the right answer in several forms."""
    items = [one for one in load_general(find_general_tasks("facts")[0]).items[:ROWS] if isinstance(one, ChoiceItem)]
    return [
        {
            "question": item.context,
            "options": [choice.strip() for choice in item.choices],
            "gold": item.answer,
            "gold_text": item.choices[item.answer].strip(),
            "sentences": [item.context + choice for choice in item.choices],
        }
        for item in items
    ]


def text_rows() -> list[dict[str, Any]]:
    items = load_general(find_general_tasks("text")[0]).items[:ROWS]
    return [{"text": item.text} for item in items if isinstance(item, TextItem)]


ACCURACIES = [{"metric": "acc"}, {"metric": "acc_bytes"}]
CHOICES: dict[str, dict[str, Any]] = {
    "own_choice": {"metric_list": ACCURACIES},
    "own_description": {"description": "Questions about people.\n\n", "doc_to_target": "gold_text"},
    "own_shots": {"num_fewshot": SHOTS, "fewshot_split": "test", "metric_list": ACCURACIES},
    "own_tight": {"target_delimiter": "", "doc_to_text": "{{question}} ", "metric_list": ACCURACIES},
    "own_mutual": {"metric_list": [{"metric": "acc"}, {"metric": "acc_mutual_info"}]},
    "own_contexts": {
        "doc_to_text": "{{gold}}",
        "doc_to_choice": "{{sentences}}",
        "doc_to_target": ". That is so.",
        "target_delimiter": "",
        "metric_list": ACCURACIES,
    },
    "own_contexts_and_shots": {
        "num_fewshot": SHOTS,
        "doc_to_text": "{{gold}}",
        "doc_to_choice": "{{sentences}}",
        "doc_to_target": "That is so.",
        "metric_list": ACCURACIES,
    },
}
"""Ways to ask for a choice."""
TASKS = sorted([*CHOICES, "own_follows", "own_follows_and_shots", "own_text"])


def write_all(directory: Path) -> None:
    """`TASKS`, of every supported output type."""
    for name, said in CHOICES.items():
        write_task(directory, name, choice_rows(), **said)
    follows = {"output_type": "loglikelihood", "doc_to_choice": None, "doc_to_target": "{{' ' + gold_text}}"}
    write_task(directory, "own_follows", choice_rows(), **follows)
    write_task(directory, "own_follows_and_shots", choice_rows(), num_fewshot=SHOTS, **follows)
    write_task(
        directory,
        "own_text",
        text_rows(),
        output_type="loglikelihood_rolling",
        doc_to_text="",
        doc_to_choice=None,
        doc_to_target="{{text}}",
        metric_list=[{"metric": "bits_per_byte"}],
    )
