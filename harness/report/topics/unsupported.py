"""What was asked for and cannot be: every refused arm with its reason."""

from harness.report.model.arms import UNSUPPORTED, short_reason
from harness.report.tables import table as tables
from harness.report.tables.table import Col, Columns, Table
from harness.schema.results import Results


def table(results: Results) -> Table:
    """One row per arm and reason, whatever the target and the seed."""
    refused: dict[tuple[str, str], dict[str, None]] = {}
    for trial in results.trials:
        if trial.status == UNSUPPORTED:
            refused.setdefault((trial.spec.arm, short_reason(trial.reason)), {})[trial.spec.target] = None
    columns: Columns[tuple[str, str]] = (
        Col("Arm", lambda row: row[0]),
        Col("Targets", lambda row: ", ".join(refused[row])),
        Col("Reason", lambda row: row[1]),
    )
    caption = "Not possible on this model or with these settings: nothing was run, and nothing is claimed."
    return tables.table("unsupported", caption, columns, {"": list(refused)}, "narrow prose")
