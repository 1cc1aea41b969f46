"""All charts of the page, and what the page needs to draw and move them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache

import vl_convert
from altair.utils.schemapi import debug_mode

from harness.report.charts.cost import PARTS, memory_parts, trained_parameters
from harness.report.charts.explorer import Explorer, explorer
from harness.report.charts.figure import Figure, Mark, VegaLite, legend, marks
from harness.report.charts.forest import forests
from harness.report.charts.hover import facts
from harness.report.charts.levels import quantization_levels, rank_curves
from harness.report.charts.tradeoff import tradeoff
from harness.report.charts.training import learning_rates, losses
from harness.report.model.arms import REFERENCE, methods, methods_at_levels, targets
from harness.report.topics import domain_shift, quantization, scaled_back, while_training
from harness.report.words.escaping import shortened
from harness.report.writers.embed import packed, script_json
from harness.schema.gate import GateContent
from harness.schema.results import Results

Draw = Callable[[Results, str, list[Mark], str], Figure | None]

CHARTS: dict[str, Draw] = {
    "tradeoff": tradeoff,
    "scaled": scaled_back.chart,
    "along": while_training.chart,
    "ranks": rank_curves,
    "quantization": quantization_levels,
    "alone": quantization.chart,
    "memory": memory_parts,
    "parameters": trained_parameters,
    "rates": learning_rates,
    "losses": losses,
}


@dataclass(frozen=True)
class Gallery:
    """Everything of the page that is a picture.

    Attributes:
        figures_by: kind of chart to one figure per target that has something to show; `comparison` has several, and
            `shift` has one of all targets where they are a ladder.
        legend: colour and shape of every method, with one entry for all that share a mark.
        shift_legend: the two methods of the ladder.
        memory_parts: name and colour of each part of memory.
        explorer: gain and forgetting against each cost; None where none was measured.
        specs_json: to stand in `<script type="application/json" id="chart-specs">`; empty where there is no picture.
    """

    figures_by: dict[str, list[Figure]]
    legend: list[Mark]
    shift_legend: list[Mark]
    memory_parts: tuple[tuple[str, str], ...]
    explorer: Explorer | None
    specs_json: str


@debug_mode(False)  # Altair would validate every part when it is made: a third of a page's time. Tests of charts let it
def gallery(results: Results, gate: GateContent | None = None) -> Gallery:
    """Every chart of `results`, and of `gate` where the run was judged; their texts must be visible ones already."""
    results, gate = shortened(results), shortened(gate)
    pair = [step.lora.method for step in domain_shift.ladder(results)[:1]]
    known = marks(methods(results), [*pair, *methods_at_levels(results)])
    shift = domain_shift.chart(results, known, "shift")
    figures_by = {
        **{kind: _figures(results, draw, known, kind) for kind, draw in CHARTS.items()},
        "comparison": [] if gate is None else forests(gate, results, known, "comparison"),
        "shift": [shift] if shift else [],
    }
    costs = explorer(results, known, "explorer")
    drawn = [figure for figures in figures_by.values() for figure in figures]
    return Gallery(
        figures_by=figures_by,
        legend=legend(known),
        shift_legend=[mark for mark in known if mark.name in (REFERENCE, *pair)],
        memory_parts=PARTS,
        explorer=costs,
        specs_json=_specs_json(results, drawn, costs) if drawn else "",
    )


def _figures(results: Results, draw: Draw, known: list[Mark], kind: str) -> list[Figure]:
    """One figure per target, without those that have nothing to show."""
    drawn = (draw(results, target, known, f"{kind}-{place}") for place, target in enumerate(targets(results)))
    return [figure for figure in drawn if figure is not None]


def _specs_json(results: Results, figures: Sequence[Figure], explorer: Explorer | None) -> str:
    """What scripts need to draw the pictures again, as JSON that no text in it can break out of a script element with.

    `library` is Vega's code and `specs` the specifications, each compressed by gzip and then in base64.
    """
    content = {
        "config": next((figure.spec["config"] for figure in figures), {}),
        "figures": {figure.name: {"target": figure.target, "spec": _bare(figure.spec)} for figure in figures},
        "arms": list(map(asdict, facts(results))),
        "explorer": {key: _bare(spec) for key, spec in explorer.specs.items()} if explorer else {},
    }
    return script_json({"library": library(), "specs": packed(json.dumps(content, separators=(",", ":")))})


def _bare(spec: VegaLite) -> VegaLite:
    """Without the looks, which all share."""
    return {name: part for name, part in spec.items() if name != "config"}


@cache
def library() -> str:
    """Vega-Embed with Vega and Vega-Lite, as a script that leaves `window.vegaEmbed` and nothing else; packed."""
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return packed(f"(() => {{{bundle}\n}})();")
