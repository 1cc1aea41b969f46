"""The page: every table and chart, put into the templates. One file, no script, no request."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.report.arms import REFERENCE, general_tasks, methods, methods_at_levels, models, targets
from harness.report.charts.cost import PARTS, memory_parts, trained_parameters
from harness.report.charts.domain_shift import domain_shift
from harness.report.charts.levels import quantization_alone, quantization_levels, rank_curves
from harness.report.charts.scaled_back import scaled_back
from harness.report.charts.theme import Figure, Mark, legend, marks
from harness.report.charts.tradeoff import tradeoff
from harness.report.charts.training import learning_rates, losses
from harness.report.charts.while_training import while_training
from harness.report.domain_shift import ladder
from harness.report.glossary import GLOSSARY
from harness.report.tables.arms import arms_table
from harness.report.tables.cost import cost_table
from harness.report.tables.domain_shift import domain_shift_table
from harness.report.tables.general_text import text_table
from harness.report.tables.judgements import comparisons_table, retention_table
from harness.report.tables.scaled_back import scaled_back_table
from harness.report.tables.students import students_table
from harness.report.tables.trials import broken_table, command, environment_table, promises_table, trials_table
from harness.report.tables.unsupported import unsupported_table
from harness.report.tables.while_training import matched_gain_table, while_training_table
from harness.report.text import finite, visible_content
from harness.report.verdict import verdict

TEMPLATES = Path(__file__).resolve().parents[2] / "reports" / "templates"

Draw = Callable[[dict[str, Any], str, list[Mark], str], Figure | None]

CHARTS: dict[str, Draw] = {
    "tradeoff": tradeoff,
    "scaled": scaled_back,
    "along": while_training,
    "ranks": rank_curves,
    "quantization": quantization_levels,
    "alone": quantization_alone,
    "memory": lambda results, target, known, name: memory_parts(results, target, name),
    "parameters": trained_parameters,
    "rates": learning_rates,
    "losses": losses,
}


def render_page(results: dict[str, Any]) -> str:
    """`results` as one HTML page that opens offline, with scripts blocked."""
    results = visible_content(finite(results))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pair = [step.lora["method"] for step in ladder(results)[:1]]
    known = marks(methods(results), [*pair, *methods_at_levels(results)])
    return environment.get_template("page.html").render(
        results=results,
        targets=targets(results),
        models=models(results),
        general=general_tasks(results, "choice"),
        verdict=verdict(results),
        marks=legend(known),
        memory_parts=PARTS,
        figures_by={kind: _figures(results, draw, known, kind) for kind, draw in CHARTS.items()},
        domain_shift=domain_shift(results, known, "shift"),
        domain_shift_marks=[mark for mark in known if mark.name in (REFERENCE, *pair)],
        tables=_tables(results),
        command=command(results),
        glossary=GLOSSARY,
    )


def _figures(results: dict[str, Any], draw: Draw, known: list[Mark], kind: str) -> list[Figure]:
    """One figure per target, without those that have nothing to show."""
    drawn = (draw(results, target, known, f"{kind}-{place}") for place, target in enumerate(targets(results)))
    return [figure for figure in drawn if figure is not None]


def _tables(results: dict[str, Any]) -> dict[str, Any]:
    return {
        "arms": arms_table(results),
        "unsupported": unsupported_table(results),
        "scaled": scaled_back_table(results),
        "along": while_training_table(results),
        "matched": matched_gain_table(results),
        "shift": domain_shift_table(results),
        "students": students_table(results),
        "retention": retention_table(results),
        "perplexity": text_table(results),
        "comparisons": comparisons_table(results),
        "costs": cost_table(results),
        "broken": broken_table(results),
        "promises": promises_table(results),
        "trials": trials_table(results),
        "environment": environment_table(results),
    }
