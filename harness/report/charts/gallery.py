"""All charts of the page, and what the page needs to draw and move them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.report.charts.cost import PARTS, memory_parts, trained_parameters
from harness.report.charts.explorer import Explorer, explorer
from harness.report.charts.forest import forests
from harness.report.charts.levels import quantization_alone, quantization_levels, rank_curves
from harness.report.charts.live import specs_json
from harness.report.charts.theme import Figure, Mark, legend, marks
from harness.report.charts.tradeoff import tradeoff
from harness.report.charts.training import learning_rates, losses
from harness.report.model.arms import REFERENCE, methods, methods_at_levels, targets
from harness.report.topics.domain_shift import ladder
from harness.report.topics.domain_shift_chart import domain_shift
from harness.report.topics.scaled_back_chart import scaled_back
from harness.report.topics.while_training_chart import while_training
from harness.report.words.escaping import shortened
from harness.schema.gate import GateContent
from harness.schema.paths import ROOT
from harness.schema.results import Results

SCRIPT_SOURCES = "'unsafe-inline'"
"""What the page's content security policy must allow scripts to be: no evaluation of text, no other host."""

_TEMPLATES = ROOT / "reports" / "templates"

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


@dataclass(frozen=True)
class Gallery:
    """Everything of the page that is a picture.

    Attributes:
        figures_by: kind of chart to one figure per target that has something to show; `comparison` has several.
        marks: colour and shape of every method.
        legend: the same with one entry for all methods that share a mark.
        domain_shift: the ladder of targets; None where the run is none.
        domain_shift_marks: the two methods of the ladder.
        memory_parts: field of the cost, name and colour of each part of memory.
        explorer: gain and forgetting against each cost; None where none was measured.
        script: to stand in one inline script behind the specifications; empty where there is no picture.
        style: to stand in the page's style sheet.
        specs_json: to stand in `<script type="application/json" id="chart-specs">`.
    """

    figures_by: dict[str, list[Figure]]
    marks: list[Mark]
    legend: list[Mark]
    domain_shift: Figure | None
    domain_shift_marks: list[Mark]
    memory_parts: tuple[tuple[str, str, str], ...]
    explorer: Explorer | None
    script: str
    style: str
    specs_json: str


def gallery(results: Results, gate: GateContent | None = None) -> Gallery:
    """Every chart of `results`, and of `gate` where the run was judged; their texts must be visible ones already."""
    results, gate = shortened(results), shortened(gate)
    pair = [step.lora["method"] for step in ladder(results)[:1]]
    known = marks(methods(results), [*pair, *methods_at_levels(results)])
    figures_by = {kind: _figures(results, draw, known, kind) for kind, draw in CHARTS.items()}
    figures_by["comparison"] = [] if gate is None else forests(gate, results, known, "comparison")
    shift = domain_shift(results, known, "shift")
    costs = explorer(results, known, "explorer")
    drawn = [figure for figures in figures_by.values() for figure in figures] + ([shift] if shift else [])
    return Gallery(
        figures_by=figures_by,
        marks=known,
        legend=legend(known),
        domain_shift=shift,
        domain_shift_marks=[mark for mark in known if mark.name in (REFERENCE, *pair)],
        memory_parts=PARTS,
        explorer=costs,
        script=(_TEMPLATES / "charts.js").read_text() if drawn else "",
        style=(_TEMPLATES / "charts.css").read_text(),
        specs_json=specs_json(results, drawn, costs) if drawn else "{}",
    )


def _figures(results: Results, draw: Draw, known: list[Mark], kind: str) -> list[Figure]:
    """One figure per target, without those that have nothing to show."""
    drawn = (draw(results, target, known, f"{kind}-{place}") for place, target in enumerate(targets(results)))
    return [figure for figure in drawn if figure is not None]
