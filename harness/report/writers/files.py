"""Writing a report's files: whole or not at all."""

import csv
import io
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from harness.report.words.escaping import spreadsheet
from harness.schema.results import Results, TrialResult

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


def results_json(results: Results) -> str:
    """Valid JSON whatever was measured: NaN and infinities become null."""
    return results.model_dump_json(indent=1) + "\n"


def results_csv(results: Results) -> str:
    """One row per trial, one flat column per value; empty where there is none."""
    tasks = dict.fromkeys(score.task for trial in results.trials for score in trial.general)
    rows = [_row(trial, list(tasks)) for trial in results.trials]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow([spreadsheet(name) for name in columns])
    writer.writerows([spreadsheet(row.get(name)) for name in columns] for row in rows)
    return sheet.getvalue()


def _row(trial: TrialResult, tasks: list[str]) -> dict[str, object]:
    target, lost = trial.target, trial.forgetting
    row: dict[str, object] = {name: getattr(trial, name) for name in ("id", "digest", "status", "reason")}
    row |= dict(trial.spec)
    row |= {f"target_{name}": getattr(target, name, None) for name in _TARGET}
    row |= _bounds("target_ci", target and target.ci95)
    row |= {f"forgetting_{name}": getattr(lost, name, None) for name in _FORGETTING}
    row |= _bounds("forgetting_ci", lost and lost.ci95)
    row |= _bounds("forgetting_nll_rise_ci", lost and lost.nll_rise_ci95)
    row |= asdict(trial.cost)
    if trial.teacher is not None:
        row |= {"teacher_value": trial.teacher.target.value}
        row |= {f"teacher_{name}": getattr(trial.teacher, name) for name in _TEACHER}
    scores = {score.task: score for score in trial.general}
    for task in tasks:
        row |= {f"general_{task}_{side}": getattr(scores.get(task), side, None) for side in _SCORES}
    return row | {"notes": "; ".join(trial.notes), "started_at": trial.started_at, "duration_s": trial.duration_s}


def _bounds(prefix: str, interval: tuple[float, float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {f"{prefix}_low": low, f"{prefix}_high": high}
