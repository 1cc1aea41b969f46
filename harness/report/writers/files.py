"""What the files of a report beside the page hold: all results as JSON, and a row per trial as CSV."""

import csv
import io
import json
from dataclasses import asdict

from harness.report.words.escaping import spreadsheet
from harness.schema.results import Results, TrialResult

_SCORES = ("before", "after")
_TARGET = ("metric", "before", "before_unquantized", "after", "gain", "gain_by_training",
           "gain_by_storing", "floor", "floor_by", "gain_above_floor", "items", "nll_before", "nll_after")  # fmt: skip
_FORGETTING = ("accuracy_drop", "by_training", "by_storing", "lost_at_most", "equal_within", "retention", "nll_rise")
_TEACHER = ("fine_tuned", "total_params", "weight_bytes", "forward_flops_per_token", "forward_tokens_per_s",
            "agreement", "params_ratio", "flops_ratio", "speed_ratio")  # fmt: skip


def results_json(results: Results) -> str:
    """All of it, in ASCII: an argument or a name of a file may hold what is no valid Unicode."""
    return json.dumps(results.model_dump(mode="json"), indent=1, allow_nan=False) + "\n"


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
    row |= _bounds("target_ci", None if target is None else target.ci95)
    row |= _bounds("target_gain_above_floor_ci", None if target is None else target.gain_above_floor_ci95)
    row |= {f"forgetting_{name}": getattr(lost, name, None) for name in _FORGETTING}
    row |= _bounds("forgetting_ci", None if lost is None else lost.ci95)
    row |= _bounds("forgetting_nll_rise_ci", None if lost is None else lost.nll_rise_ci95)
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
