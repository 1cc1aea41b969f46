"""results.json and results.csv hold the same figures."""

import csv
import io
import json

from harness.report.writers.files import results_csv, results_json
from harness.schema.results import Results
from harness.tests.synthetic import CHOICE_TASKS, NOTE, TEXT_TASK, results_of


def rows_of(results: Results) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(results_csv(results))))


def number(text: str) -> float | None:
    return None if text == "" else float(text)


def test_csv_has_the_trials_of_the_json_and_their_numbers(results: Results) -> None:
    loaded = json.loads(results_json(results))
    rows = rows_of(results)
    assert [row["id"] for row in rows] == [trial["id"] for trial in loaded["trials"]]
    for row, trial in zip(rows, loaded["trials"], strict=True):
        target, lost = trial["target"] or {}, trial["forgetting"] or {}
        assert number(row["target_gain"]) == target.get("gain")
        assert number(row["target_ci_low"]) == (target.get("ci95") or [None])[0]
        assert number(row["forgetting_accuracy_drop"]) == lost.get("accuracy_drop")
        assert number(row["trainable_params"]) == trial["cost"]["trainable_params"]
        assert row["reason"] == (trial["reason"] or "")
        for score in trial["general"]:
            assert number(row[f"general_{score['task']}_after"]) == score["after"]


def test_csv_has_a_pair_of_columns_per_general_task(results: Results) -> None:
    columns = set(rows_of(results)[0])
    assert {f"general_{task}_{side}" for task in (*CHOICE_TASKS, TEXT_TASK) for side in ("before", "after")} <= columns


def test_csv_has_notes_and_teachers(results: Results) -> None:
    rows = {row["id"]: row for row in rows_of(results)}
    assert rows["new-facts-few-shot-r8-s0"]["notes"] == NOTE
    student = rows["new-facts-distill-s0"]
    assert (student["teacher_value"], student["teacher_agreement"]) == ("0.64", "0.71")
    assert rows["new-facts-full-s0"]["teacher_value"] == ""


def test_an_argument_that_is_no_valid_unicode_is_kept() -> None:
    command = ["pytest", "--data", "\udcff.jsonl"]
    assert json.loads(results_json(results_of([], command=command)))["command"] == command
