"""The page: every table and chart, put into the templates. One file, no request; complete where scripts are blocked."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.report.advice.criteria import CANDIDATES_RULE, CONCERNS
from harness.report.advice.findings import verdict
from harness.report.advice.recommend import advice
from harness.report.charts.gallery import SCRIPT_SOURCES, gallery
from harness.report.gate.judgements import comparisons_table, retention_table
from harness.report.gate.page import compare
from harness.report.model.arms import BASE, general_tasks, models, targets
from harness.report.model.links import choices, facets, numbered
from harness.report.tables.arms import arms_table
from harness.report.tables.cost import cost_table
from harness.report.tables.trial_sections import sections, shared_environment, shared_settings
from harness.report.tables.trials import broken_table, command, environment_table, promises_table, trials_table
from harness.report.topics.domain_shift_table import domain_shift_table
from harness.report.topics.general_text_table import text_table
from harness.report.topics.scaled_back_table import scaled_back_table
from harness.report.topics.students_table import students_table
from harness.report.topics.unsupported_table import unsupported_table
from harness.report.topics.while_training_table import matched_gain_table, while_training_table
from harness.report.words.escaping import visible_content
from harness.report.words.glossary import GLOSSARY
from harness.report.writers.embed import both_files, packed, script_json
from harness.schema.gate import GateContent
from harness.schema.results import Results

TEMPLATES = Path(__file__).resolve().parents[3] / "reports" / "templates"


def render_page(results: Results, gate: GateContent | None = None) -> str:
    """`results` as one HTML page that opens offline, and loses only its interaction where scripts are blocked.

    Args:
        gate: the content of `gate.json`, where the run was judged against another.
    """
    plain = results
    results = numbered(visible_content(plain))
    judged = None if gate is None else visible_content(gate)
    pictures = gallery(results, judged)
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("page.html")
        .render(
            policy=_policy(),
            results=results,
            targets=targets(results),
            models=models(results),
            general=general_tasks(results, "choice"),
            measured=_measured(results),
            advices=advice(results),
            candidates_rule=CANDIDATES_RULE,
            concerns=CONCERNS,
            verdict=verdict(results),
            comparison=None if judged is None else compare(judged, results),
            gallery=pictures,
            tables=_tables(results),
            sections=sections(results),
            shared_settings=tuple(shared_settings(results).items()),
            shared_environment=shared_environment(results),
            command=command(results),
            glossary=GLOSSARY,
            definitions=dict(GLOSSARY),
            choices=choices(results),
            checked=sum(bool(trial.promises) for trial in results.trials),
            facets=script_json(facets(results)),
            files=packed(both_files(plain)),
            script=script,
        )
    )


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _policy() -> str:
    """Nothing from any host: scripts and styles are those that stand in the page."""
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src {SCRIPT_SOURCES}"


def _measured(results: Results) -> str:
    """`36 trials of 9 arms, 2 seeds each at most`."""
    specs = [trial.spec for trial in results.trials if trial.spec.method != BASE]
    arms, seeds = {(spec.target, spec.arm) for spec in specs}, {spec.seed for spec in specs} - {None}
    if not specs:
        return "nothing beside the base" if results.trials else "nothing"
    said = f"{_counted(len(specs), 'trial')} of {_counted(len(arms), 'arm')}"
    return f"{said}, under {_counted(len(seeds), 'seed')}" if seeds else said


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _tables(results: Results) -> dict[str, Any]:
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
