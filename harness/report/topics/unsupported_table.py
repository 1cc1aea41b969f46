"""What was asked for and cannot be: every refused arm with its reason."""

from harness.report.model.arms import UNSUPPORTED, short_reason
from harness.report.tables.table import Cell, Column, Group, Table
from harness.schema.results import Results


def unsupported_table(results: Results) -> Table | None:
    """One row per arm and reason, whatever the target and the seed; None where nothing was refused."""
    refused: dict[tuple[str, str], dict[str, None]] = {}
    for trial in results.trials:
        if trial.status == UNSUPPORTED:
            row = (trial.spec.arm, short_reason(trial.reason))
            refused.setdefault(row, {})[trial.spec.target] = None
    if not refused:
        return None
    rows = tuple((Cell(arm), Cell(", ".join(names)), Cell(reason)) for (arm, reason), names in refused.items())
    columns = (Column("Arm"), Column("Targets"), Column("Reason"))
    caption = "Not possible on this model or with these settings: nothing was run, and nothing is claimed."
    return Table("unsupported", caption, columns, (Group("", rows),), "narrow prose")
