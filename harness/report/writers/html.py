"""The page: every table and chart, put into the templates. One file, no request; complete where scripts are blocked."""

import shlex
from collections.abc import Callable

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.report.advice.criteria import CANDIDATES_RULE, CRITERIA
from harness.report.advice.findings import findings
from harness.report.advice.recommend import advice
from harness.report.gate.page import gate_page
from harness.report.model.arms import BASE, general_tasks, models, targets
from harness.report.model.links import choices, facets, numbered
from harness.report.tables.arms import arms_table
from harness.report.tables.cost import cost_table
from harness.report.tables.retention import retention_table
from harness.report.tables.table import Table
from harness.report.tables.trial_sections import sections, shared_environment, shared_settings
from harness.report.tables.trials import broken_table, environment_table, promises_table, trials_table
from harness.report.topics import (
    domain_shift,
    general_text,
    learning_rates,
    scaled_back,
    students,
    unsupported,
    versus_full,
    while_training,
)
from harness.report.words.escaping import visible_content
from harness.report.words.glossary import GLOSSARY
from harness.report.writers.embed import both_files, packed, script_json
from harness.report.writers.gallery import gallery
from harness.schema.gate import GateContent
from harness.schema.paths import TEMPLATES
from harness.schema.record import RIGHT_OR_WRONG
from harness.schema.results import Results
from harness.schema.wording import counted

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""Nothing from any host, no evaluation of text: scripts and styles are those that stand in the page."""
PAGES = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def render_page(results: Results, gate: GateContent | None = None) -> str:
    """`results` as one HTML page that opens offline, and loses only its interaction where scripts are blocked.

    Args:
        gate: the content of `gate.json`, where the run was judged against another.
    """
    plain, results = results, numbered(visible_content(results))
    judged = None if gate is None else visible_content(gate)
    return PAGES.get_template("page.html").render(
        policy=POLICY,
        results=results,
        targets=targets(results),
        models=models(results),
        general=general_tasks(results, *RIGHT_OR_WRONG),
        measured=_measured(results),
        advices=advice(results),
        candidates_rule=CANDIDATES_RULE,
        criteria=CRITERIA,
        findings=findings(results),
        gate=None if judged is None else gate_page(judged, results),
        gallery=gallery(results, judged),
        tables={name: table(results) for name, table in _TABLES.items()},
        sections=sections(results),
        shared_settings=shared_settings(results).items(),
        shared_environment=shared_environment(results),
        command=shlex.join(results.command),
        glossary=GLOSSARY,
        definitions=dict(GLOSSARY),
        choices=choices(results),
        checked=sum(bool(trial.promises) for trial in results.trials),
        facets=script_json(facets(results)),
        files=packed(both_files(plain)),
    )


def _measured(results: Results) -> str:
    """`36 trials of 9 arms, under 2 seeds`."""
    specs = [trial.spec for trial in results.trials if trial.spec.method != BASE]
    arms, seeds = {(spec.target, spec.arm) for spec in specs}, {spec.seed for spec in specs} - {None}
    if not specs:
        return "nothing beside the base" if results.trials else "nothing"
    said = f"{counted(len(specs), 'trial')} of {counted(len(arms), 'arm')}"
    return f"{said}, under {counted(len(seeds), 'seed')}" if seeds else said


_TABLES: dict[str, Callable[[Results], Table]] = {
    "arms": arms_table,
    "unsupported": unsupported.table,
    "scaled": scaled_back.table,
    "along": while_training.table,
    "matched": while_training.matched_table,
    "shift": domain_shift.table,
    "students": students.table,
    "retention": retention_table,
    "perplexity": general_text.table,
    "comparisons": versus_full.table,
    "rates": learning_rates.table,
    "costs": cost_table,
    "broken": broken_table,
    "promises": promises_table,
    "trials": trials_table,
    "environment": environment_table,
}
