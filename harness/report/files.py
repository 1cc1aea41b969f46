"""Writing a report's files: whole or not at all."""

import csv
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from harness.report.text import finite, spreadsheet

_SCORES = ("before", "after")
_TARGET = ("metric", "before", "before_unquantized", "after", "gain", "items", "nll_before", "nll_after")
_FORGETTING = ("accuracy_drop", "retention", "nll_rise")
_TEACHER = ("fine_tuned", "total_params", "weight_bytes", "forward_flops_per_token", "forward_tokens_per_s",
            "agreement", "params_ratio", "flops_ratio", "speed_ratio")  # fmt: skip


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` in one step: a reader sees the old file or the new one, a crash leaves no half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def results_json(results: dict[str, Any]) -> str:
    """Valid JSON whatever was measured: NaN and infinities become null."""
    return json.dumps(finite(results), indent=1, allow_nan=False) + "\n"


def results_csv(results: dict[str, Any]) -> str:
    """One row per trial, one flat column per value; empty where there is none."""
    return csv_of(finite(results))


def csv_of(results: dict[str, Any]) -> str:
    """The same of results that are finite already."""
    tasks = dict.fromkeys(score["task"] for trial in results["trials"] for score in trial["general"])
    rows = [_row(trial, list(tasks)) for trial in results["trials"]]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow([spreadsheet(name) for name in columns])
    writer.writerows([spreadsheet(row.get(name)) for name in columns] for row in rows)
    return sheet.getvalue()


def _row(trial: dict[str, Any], tasks: list[str]) -> dict[str, Any]:
    row = {name: trial[name] for name in ("id", "digest", "status", "reason")}
    row |= trial["spec"]
    target, lost = trial["target"] or {}, trial["forgetting"] or {}
    row |= {f"target_{name}": target.get(name) for name in _TARGET} | _bounds("target_ci", target.get("ci95"))
    row |= {f"forgetting_{name}": lost.get(name) for name in _FORGETTING}
    row |= _bounds("forgetting_ci", lost.get("ci95")) | _bounds("forgetting_nll_rise_ci", lost.get("nll_rise_ci95"))
    row |= trial["cost"]
    row |= _teacher(trial.get("teacher"))
    scores = {score["task"]: score for score in trial["general"]}
    for task in tasks:
        row |= {f"general_{task}_{side}": scores.get(task, {}).get(side) for side in _SCORES}
    notes = "; ".join(trial.get("notes", ()))
    return row | {"notes": notes, "started_at": trial["started_at"], "duration_s": trial["duration_s"]}


def _teacher(teacher: dict[str, Any] | None) -> dict[str, Any]:
    if teacher is None:
        return {}
    return {"teacher_value": teacher["target"]["value"]} | {f"teacher_{name}": teacher[name] for name in _TEACHER}


def _bounds(prefix: str, interval: list[float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {f"{prefix}_low": low, f"{prefix}_high": high}
