"""What scripts need to draw the pictures again: Vega, and every specification, packed so that the page stays small."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache

import vl_convert

from harness.report.charts.explorer import Explorer
from harness.report.charts.figure import Figure, VegaLite
from harness.report.charts.hover import facts
from harness.report.writers.embed import packed, script_json
from harness.schema.results import Results


def specs_json(results: Results, figures: Sequence[Figure], explorer: Explorer | None) -> str:
    """JSON that no text in it can break out of a script element with.

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
